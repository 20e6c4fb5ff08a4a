"""What values look like, where a heading says nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyarrow.compute as pc

from invoicekit.imports.headings import Suggestion
from invoicekit.imports.tables import Column, SheetTable

__all__ = ["guess"]

_LOOKED_AT = 300
_MOST = 0.9
_SCORE = 60


def _is_iban(text: str) -> bool:
    from stdnum import iban

    return bool(iban.is_valid(text))


def _matches(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(pattern, text) is not None


# In this order: what is more particular comes first.
_SHAPES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("e-mail addresses", _matches(r"[^@\s]+@[^@\s]+\.[^@\s]+")),
    ("IBANs", _is_iban),
    ("tax ids", _matches(r"(?:AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)"
                         r"[ ]?[0-9A-Z]{2}[0-9A-Z .]{5,12}|[A-ZÑ&]{3,4}\d{6}[A-Z\d]{3}")),
    ("websites", _matches(r"(?:https?://|www\.)\S+")),
    ("dates", _matches(r"\d{4}-\d{2}-\d{2}(?: .*)?|\d{1,2}[/.]\d{1,2}[/.](?:\d{4}|\d{2})")),
    ("phone numbers", _matches(r"(?:\+|00)\d[\d ().\-/]{6,}|0\d(?:[ .-]?\d{2}){4}|\(\d{2,5}\) ?\d[\d -]{4,}")),
    ("amounts of money", _matches(r"[€$£] ?-?\d[\d., ']*|-?\d[\d., ']*[.,]\d{2} ?(?:[€$£]|[A-Z]{3})?")),
)  # fmt: skip
_FIELDS: dict[str, dict[str, str]] = {
    "customers": {"e-mail addresses": "email", "tax ids": "tax_id", "phone numbers": "phone", "websites": "website"},
    "contact_persons": {"e-mail addresses": "email", "phone numbers": "phone"},
    "invoices": {"dates": "date", "amounts of money": "total", "tax ids": "customer.tax_id", "e-mail addresses": "customer.email"},
    "payments": {"dates": "date", "amounts of money": "amount"},
    "activities": {"dates": "date"},
    "opening_balances": {"dates": "date", "amounts of money": "total"},
}  # fmt: skip


def guess(table: SheetTable) -> None:
    """Give columns that no heading explains the field their values look like, where it is free and only one fits."""
    given = {column.field for column in table.columns}
    unexplained = [
        column for column in table.columns if column.heading and column.suggestion is None and not column.on_purpose
    ]
    looks = {column.index: _look(table, column) for column in unexplained}
    fields = _FIELDS.get(table.target, {})
    for shape, path in fields.items():
        alike = [column for column in unexplained if looks[column.index] == shape]
        if len(alike) == 1 and path not in given and not _given_otherwise(table.target, path, given):
            alike[0].suggestion = Suggestion(path, _SCORE, f"its values look like {shape}")
            given.add(path)
    for column in unexplained:
        if column.suggestion is None and looks[column.index]:
            column.left_out = (
                f"its values look like {looks[column.index]}, but which field it means is not clear; it is left out"
            )


def _given_otherwise(target: str, path: str, given: set[str | None]) -> bool:
    # An amount is what nobody should guess where the file gives the others.
    return target == "invoices" and path == "total" and not given.isdisjoint({"net", "line.net", "line.unit_price"})


def _look(table: SheetTable, column: Column) -> str | None:
    texts = pc.utf8_trim_whitespace(pc.fill_null(table.texts(column.index).slice(0, _LOOKED_AT), ""))
    values = [text for text in pc.unique(texts).to_pylist() if text]
    if len(values) < 2:
        return None
    for shape, fits in _SHAPES:
        if sum(map(fits, values)) >= _MOST * len(values):
            return shape
    return None
