"""An invoice, a statement and a reminder of nobody: what a template is tried on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from invoicekit.documents.content import Look, invoice_context, parties_context
from invoicekit.documents.notes import notes_of

__all__ = ["SAMPLES"]

_SELLER = {
    "name": "Lee & Marsh LLP", "address": "1 Park Row", "city": "Leeds", "postal_code": "LS1 5HD", "country": "GB",
    "tax_id": "GB123456789", "email": "office@lee-marsh.example", "phone": "+44 113 496 0000", "iban": "GB33BUKB20201555555555",
    "late_payment": "Interest of 8 % a year is owed on late payments.",
}  # fmt: skip
_BUYER = {
    "id": 1, "display_name": "Acme SA", "company_name": "Acme SA", "address": "2 Low Street", "city": "Lyon",
    "postal_code": "69002", "country": "FR", "tax_id": "FR83404833048", "email": "office@acme.example",
    "shipping_address": "3 High Street", "language": "en",
}  # fmt: skip
_LINE = {
    "position": 1, "description": "Advice on the lease\nof the second floor", "quantity": Decimal("1.5"),
    "unit_price": Decimal(200), "unit": "hour", "discount": Decimal(10), "net": Decimal(290), "tax_category": "standard",
    "tax_rate": Decimal(20), "date": "2026-10-05",
}  # fmt: skip
_CONTENT: dict[str, Any] = {
    "document": {"kind": "invoice", "number": "F-1", "date": "2026-10-31", "due_date": "2026-11-30", "currency": "EUR",
                 "subject": "Lease", "purchase_order": "PO 7", "note": "Thank you.", "matter": "M-1 Lease", "since": "2026-10-05",
                 "until": "2026-10-20"},
    "seller": _SELLER, "buyer": _BUYER, "billed_for": None, "lines": [_LINE],
    "adjustments": [{"kind": "discount", "reason": "Loyalty", "percent": Decimal(10), "amount": Decimal(29)}],
    "taxes": [{"tax_category": "standard", "tax_rate": Decimal(20), "base": Decimal(261), "tax": Decimal("52.2")}],
    "totals": {"lines_net": Decimal(290), "net": Decimal(261), "tax": Decimal("52.2"), "total": Decimal("313.2"),
               "rounding": Decimal(0), "payable": Decimal("313.2")},
}  # fmt: skip


def _invoice() -> dict[str, Any]:
    return invoice_context({**_CONTENT, "notes": notes_of(_CONTENT)}, _LOOK)


def _credit_note() -> dict[str, Any]:
    document = {**_CONTENT["document"], "kind": "credit_note", "number": "C-1", "corrects": "F-1", "corrects_date": "2026-10-31",
                "reason": "Mistake", "prices_include_tax": True}  # fmt: skip
    return invoice_context({**_CONTENT, "document": document, "billed_for": _BUYER}, _LOOK)


def _common(title: str) -> dict[str, Any]:
    _, parties = parties_context(_SELLER, _BUYER, "en")
    return {**parties, "title": title, "currency": "EUR", "colour": _LOOK.colour, "logo": None, "watermark": None, "qr": None,
            "as_of": "2026-12-31"}  # fmt: skip


def _statement() -> dict[str, Any]:
    entry = {"date": "2026-10-31", "kind": "invoice", "number": "F-1", "amount": Decimal(300), "balance": Decimal(300),
             "customer_name": None}  # fmt: skip
    item = {
        "number": "F-1",
        "date": "2026-10-31",
        "due_date": "2026-11-30",
        "days_late": 31,
        "amount": Decimal(300),
        "customer_name": None,
    }
    account = {
        "currency": "EUR",
        "carried": Decimal(0),
        "balance": Decimal(300),
        "entries": [entry],
        "open_items": [item],
    }
    return {**_common("Statement"), "since": "2026-10-01", "accounts": [account]}


def _reminder() -> dict[str, Any]:
    item = {"number": "F-1", "date": "2026-10-31", "due_date": "2026-11-30", "days_late": 31, "total": Decimal(300),
            "open": Decimal(300), "level": 1}  # fmt: skip
    return {**_common("Reminder"), "level": 1, "says": 1, "items": [item], "owed": Decimal(300)}


_LOOK = Look(None, "#1f4e79", {})
#: What each kind of template is tried on.
SAMPLES = {"invoice": (_invoice, _credit_note), "statement": (_statement,), "reminder": (_reminder,)}
