"""Electronic invoices on their way in: three small tables, as a workbook would have them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from invoicekit.einvoices import read_xml
from invoicekit.errors import NotAWorkbook
from invoicekit.schema import TABLES
from invoicekit.workbooks import Cells, File

__all__ = ["is_electronic", "must_be_ours", "read_electronic"]

_UBL = b"oasis:names:specification:ubl:schema:xsd:"
_MARKS = (b"CrossIndustryInvoice", _UBL + b"Invoice", _UBL + b"CreditNote")
_BUYER = {
    "display_name": "display_name", "company_name": "company_name", "address": "address", "city": "city", "region": "region",
    "postal_code": "postal_code", "country": "country", "tax_id": "tax_id", "email": "email", "phone": "phone",
}  # fmt: skip


def is_electronic(path: Path) -> bool:
    """Return whether a file is an electronic invoice, or a PDF: by its bytes, whatever it is called."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(4096)
    return start.lstrip()[:5] == b"%PDF-" or any(mark in start for mark in _MARKS)


def read_electronic(path: Path) -> tuple[File, dict[str, Any]]:
    """Return an electronic invoice as sheets of customers, invoices and lines, and what it says.

    Raises
    ------
    NotAWorkbook
        If it cannot be read.
    """
    data = path.read_bytes()
    try:
        content = read_xml(data)
    except NotAWorkbook as error:
        raise NotAWorkbook(f"{path.name}: {error}") from None
    return File(path.name, hashlib.sha256(data).hexdigest(), tuple(_sheets(content))), content


def must_be_ours(content: Mapping[str, Any], seller: Mapping[str, Any], name: str) -> None:
    """Refuse an invoice that somebody else issued: what this book is owed is not what its seller owes.

    Raises
    ------
    NotAWorkbook
        Saying who issued it, and what can be done with it.
    """
    theirs, ours = content["seller"]["tax_id"], seller.get("tax_id")
    if (theirs or "").casefold() != (ours or theirs or "").casefold():
        raise NotAWorkbook(
            f"{name} was issued by {content['seller']['name']} ({theirs}), not by {seller['name']} ({ours}): it is no invoice of "
            "this book. What was bought for a matter is noted on it: book.activities.add(matter, 'disbursement', "
            "**book.documents.read(...).expense)."
        )


def _sheets(content: Mapping[str, Any]) -> Sequence[Cells]:
    document, totals, buyer = content["document"], content["totals"], content["buyer"]
    invoice = {
        "kind": document["kind"], "number": document["number"], "customer": buyer["display_name"], "date": document["date"],
        "due_date": document["due_date"], "currency": document["currency"], "net": totals["net"], "tax": totals["tax"],
        "total": totals["total"], "subject": (document["note"] or "").partition("\n")[0] or None,
    }  # fmt: skip
    fields = ("item", "description", "quantity", "unit_price", "net", "tax_rate")
    lines = [{"invoice": document["number"], **{name: line[name] for name in fields}} for line in content["lines"]]
    # What is taken off, or added, on the whole is a line as well: else the lines would not make the net.
    for one in content["adjustments"]:
        worth = one["amount"] if one["kind"] == "charge" else -one["amount"]
        said = {
            "description": one["reason"],
            "quantity": Decimal(1),
            "unit_price": worth,
            "net": worth,
            "tax_rate": one["tax_rate"],
        }
        lines.append({"invoice": document["number"], "item": None, **said})
    return [
        _cells("customers", [{name: buyer[said] for name, said in _BUYER.items()}]),
        _cells("invoices", [invoice]),
        *([_cells("invoice_lines", lines)] if lines else []),
    ]


def _cells(table: str, rows: Sequence[Mapping[str, Any]]) -> Cells:
    """Return rows as a sheet whose headings are the registry's own."""
    declared = TABLES[table]
    texts, natives = [], []
    for name in rows[0]:
        values = [row[name] for row in rows]
        texts.append(pa.array([declared.field(name).title(), *(_text(value) for value in values)], pa.string()))
        natives.append(pa.array([False, *(isinstance(value, Decimal) for value in values)], pa.bool_()))
    return Cells(table.replace("_", " "), tuple(texts), tuple(natives))


def _text(value: Any) -> str | None:
    return f"{value:f}" if isinstance(value, Decimal) else value
