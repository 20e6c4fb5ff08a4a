"""Asking whether customers are to be merged, with everything there is to know before."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets

from invoicekit.forms.parts.question import Question
from invoicekit.forms.parts.table import table
from invoicekit.forms.parts.words import Words
from invoicekit.ledger import Merge

__all__ = ["merge_question"]


def merge_question(
    merge: Merge, words: Words, confirmed: Callable[[], object], declined: Callable[[], object]
) -> Question:
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
        (words("take_over_one", label=row.label, value=row.loses, of=row.of), (row.field, ids[row.of]))
        for row in lost.itertuples()
        if row.of in ids
    ]
    take_over = ipywidgets.SelectMultiple(
        description=words("take_over"),
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
        table(merge.moves, ("table", "field", "rows", "amount"), words("what_moves"), words),
        table(lost, ("label", "keeps", "loses", "of"), words("what_is_lost"), words),
        take_over,
    ]
    question = Question(
        words("merge_question", names=names, kept=merge.kept["display_name"]),
        ((words("yes_merge"), yes), (words("no"), declined)),
        details,
    )
    question.take_over = take_over
    return question
