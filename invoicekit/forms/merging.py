"""Asking whether customers are to be merged, with everything there is to know before."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets

from invoicekit.forms.question import Question
from invoicekit.forms.table import table
from invoicekit.ledger import Merge

__all__ = ["merge_question"]


def merge_question(merge: Merge, confirmed: Callable[[], None], declined: Callable[[], None]) -> Question:
    """Ask whether a merge is meant: what moves, what is lost, and what to take over of that.

    Parameters
    ----------
    merge
        The merge, prepared; what is taken over is told it before `confirmed` is called.
    confirmed, declined
        Called with the answer.
    """
    lost = merge.fields
    ids = {other["display_name"]: other["id"] for other in merge.duplicates}
    options = [
        (f"{row.label}: {row.loses} (of {row.of})", (row.field, ids[row.of]))
        for row in lost.itertuples()
        if row.of in ids
    ]
    take_over = ipywidgets.SelectMultiple(
        description="Take over",
        description_allow_html=False,
        options=options,
        rows=min(max(len(options), 2), 8),
        layout=ipywidgets.Layout(width="auto", display="" if options else "none"),
        style={"description_width": "6em"},
    )

    def yes() -> None:
        merge.keep(**dict(take_over.value))
        confirmed()

    names = ", ".join(other["display_name"] for other in merge.duplicates)
    details = [
        table(merge.moves, ("table", "field", "rows", "amount"), "What moves"),
        table(lost, ("label", "keeps", "loses", "of"), "What is kept, and what is lost"),
        take_over,
    ]
    question = Question(
        f"Merge {names} into {merge.kept['display_name']}?", (("Yes, merge", yes), ("No", declined)), details
    )
    question.take_over = take_over
    return question
