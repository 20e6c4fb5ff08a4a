"""Issuing drafts: the day and the look are asked for, then they are numbered and frozen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from invoicekit.documents import Documents, Invoices
from invoicekit.forms.parts.dialog import ask_for, control
from invoicekit.forms.parts.screen import Screen
from invoicekit.forms.sending import warned
from invoicekit.store import Hold

__all__ = ["ask_to_finalise"]


def ask_to_finalise(screen: Screen, hold: Hold, ids: Sequence[int]) -> None:
    """Ask for the template and the day, then issue drafts: numbered and frozen, and mailed at once where that is wanted."""
    w, documents, invoices = screen.words, Documents(hold), Invoices(hold)
    held = documents.templates.list()
    names = [name for name, kind in zip(held["name"], held["kind"], strict=True) if kind == "invoice"]
    looks = [(w("usual_template"), None), *((name, name) for name in names if name != "default")]
    controls = {
        "template": control("choice", w("template"), None, options=looks),
        "date": control("date", w("date_of_issue"), None),
    }

    def issue(given: dict[str, Any], *, send: bool) -> None:
        numbers, told = warned(lambda: invoices.finalize_all(ids, send=send, **given))
        screen.done_with_chosen()
        screen.close_inner()
        screen.say(
            f"{w.count('issued', len(numbers), numbers=', '.join(numbers[:5]))} {told}".strip(),
            "warning" if told else "saved",
        )

    ask_for(
        screen, w.count("finalise_question", len(ids)), controls,
        {
            w("finalise"): lambda given: issue(given, send=False),
            w("finalise_and_send"): lambda given: issue(given, send=True),
        },
    )  # fmt: skip
