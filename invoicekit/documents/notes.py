"""What else the law wants said on an invoice, beside what seller and buyer are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from invoicekit.documents.words import Words

__all__ = ["notes_of"]


def notes_of(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the notes of a document: ``code`` (UNTDID 4451), ``text``, and whether it is ``printed`` as well.

    Notes
    -----
    Source: Code de commerce, articles L441-9 and D441-5 - rate of penalties (PMD), 40 euros for recovery (PMT), terms of early
    payment (AAB) - which the French rules for electronic invoices want as a note each.
    """
    seller = content["seller"] or {}
    late = (seller.get("late_payment") or "").strip()
    # On a credit note the French rules want them as data; nobody reads there what is owed for paying late.
    printed = content["document"]["kind"] == "invoice"
    if seller.get("country") != "FR":
        return [{"code": "PMD", "text": late, "printed": True}] if late and printed else []
    words = Words("fr", "FR")
    found = [{"code": "PMD", "text": late, "printed": printed}] if late else []
    # The seller's own words often name the fee already.
    return [
        *found,
        {"code": "PMT", "text": words("recovery_fee"), "printed": printed and "40" not in late},
        {"code": "AAB", "text": words("no_early_discount"), "printed": printed and "escompte" not in late.lower()},
    ]
