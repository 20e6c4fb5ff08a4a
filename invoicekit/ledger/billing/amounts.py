"""What documents come to: lines, discounts and charges, taxes and totals, worked out as EN 16931 has it.

Many documents are worked out at once: they are staged as ``drafted``, ``drafted_lines`` and ``drafted_adjustments``,
told apart by ``row``. The names of the standard's sums stand beside the statements:

- a line is quantity times price less its discount (BT-131); the lines' sum is BT-106;
- discounts (BT-107) and charges (BT-108) on the whole document belong to a tax group each, and make the net (BT-109);
- tax is worked out once for each category and rate, on the sum (BT-117); all of it is BT-110;
- net and tax are the total (BT-112); what rounding adds is BT-114; less what was paid before it is the amount due (BT-115).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from invoicekit import money
from invoicekit.errors import InvalidValue
from invoicekit.ledger.part import clean, first_problem, staged, statement
from invoicekit.schema import TABLES
from invoicekit.store import Operation

__all__ = [
    "GIVEN",
    "adjustments_given",
    "dicts",
    "head_table",
    "lines_given",
    "lines_table",
    "stage",
    "work_out",
    "write",
    "write_parts",
]

# What may be said of a line, beside its tax.
GIVEN = (
    "item", "description", "quantity", "unit_price", "price_per", "discount", "net", "tax_category", "tax_rate",
)  # fmt: skip


def lines_given(lines: Iterable[Mapping[str, Any]], row: int = 1) -> list[dict[str, Any]]:
    """Return lines somebody gave, brought to the form their fields store.

    Raises
    ------
    InvalidValue
        For a field that lines have not, or a value its field cannot hold.
    """
    found = []
    for place, line in enumerate(dicts(lines, "Lines"), 1):
        unknown = sorted(set(line) - set(GIVEN))
        if unknown:
            raise InvalidValue(f"Line {place} has no field {', '.join(unknown)}. The fields are: {', '.join(GIVEN)}.")
        found.append({**clean("invoice_lines", line), "row": row, "place": place})
    return found


def adjustments_given(
    discounts: Iterable[Mapping[str, Any]], charges: Iterable[Mapping[str, Any]], row: int = 1
) -> list[dict[str, Any]]:
    """Return discounts and charges somebody gave, brought to the form their fields store.

    Raises
    ------
    InvalidValue
        If one gives neither a percentage nor an amount, or both, or no reason.
    """
    found: list[dict[str, Any]] = []
    for kind, given in (("discount", discounts), ("charge", charges)):
        for one in dicts(given, f"{kind.capitalize()}s"):
            held = clean("invoice_adjustments", {**one, "kind": kind})
            if (held.get("percent") is None) == (held.get("amount") is None):
                raise InvalidValue(f"A {kind} is either a percent or an amount. Give one of them.")
            if held.get("reason") is None:
                raise InvalidValue(f"A {kind} needs a reason: it is printed. Say why.")
            found.append({**held, "row": row, "place": len(found) + 1})
    return found


def dicts(given: Any, what: str) -> list[Mapping[str, Any]]:
    """Return what was given as dicts, or refuse it."""
    several = [*given] if isinstance(given, Iterable) and not isinstance(given, Mapping | str) else [None]
    if not all(isinstance(one, Mapping) and all(isinstance(name, str) for name in one) for one in several):
        raise InvalidValue(f"{what} are given as a list of dicts, even where there is only one.")
    return [one for one in several if one is not None]


def stage(
    op: Operation,
    documents: Sequence[dict[str, Any]],
    lines: Sequence[dict[str, Any]] = (),
    adjustments: Sequence[dict[str, Any]] = (),
) -> None:
    """Stage documents, their lines (``row``, ``place``) and their discounts and charges, to be worked out."""
    op.stage("drafted", head_table(documents))
    op.stage("drafted_lines", lines_table(lines))
    op.stage("drafted_adjustments", _with_places("invoice_adjustments", adjustments))


def head_table(documents: Sequence[dict[str, Any]]) -> pa.Table:
    """Make the table of documents that working out reads; what it works out itself is left out."""
    told = [{**document, "row": document.get("row", 1)} for document in documents]
    table = staged("invoices", told).drop_columns(["net", "tax", "total", "rounding"])
    return table.append_column("places", pa.array([money.digits(one["currency"]) for one in documents], pa.int32()))


def lines_table(lines: Sequence[dict[str, Any]]) -> pa.Table:
    """Make the table of lines that working out reads."""
    table = _with_places("invoice_lines", lines)
    return table.append_column("taxable", pa.array([line.get("taxable", True) for line in lines], pa.bool_()))


def work_out(op: Operation) -> None:
    """Work out what staged documents come to.

    Leaves ``worth_lines``, ``worth_adjustments``, ``worked_taxes``, ``worked_parts`` and ``worked_documents``.

    Raises
    ------
    InvalidValue
        Naming the line that has no price, holds parts of the smallest unit, or is taxed in a way that cannot be.
    """
    op.derive("worth_lines", statement("lines_worth"))
    given = op.rows("select 1 as there from drafted_adjustments limit 1")
    op.derive("worth_adjustments", statement("adjustments_worth" if given else "adjustments_none"))
    first_problem(op, statement("lines_unfit"), {})
    op.derive("worked_taxes", statement("taxes_worked_out"))
    op.derive("worked_parts", statement("parts_taxed"))
    op.derive("worked_documents", statement("documents_totalled"))
    for _ in op.rows("select row from worked_documents where total is null limit 1"):
        raise InvalidValue("The document comes to more than fourteen digits. Correct its quantities and prices.")


def write(op: Operation) -> list[int]:
    """Write staged documents with their lines, discounts, charges and taxes, and return their ids, in the order of their rows.

    Leaves ``written`` (``row``, ``id``).
    """
    work_out(op)
    heads = op.arrow("select * exclude (id) from worked_documents order by row")
    ids = op.insert("invoices", heads.drop_columns(["row"]))
    op.stage("written", pa.table({"row": heads.column("row"), "id": pa.array(ids, pa.int64())}))
    write_parts(op)
    return ids


def write_parts(op: Operation) -> None:
    """Write the lines, discounts, charges and taxes of worked out documents (``written``)."""
    op.insert("invoice_lines", op.arrow(statement("drafted_lines_ready")))
    op.insert("invoice_adjustments", op.arrow(statement("adjustments_ready")))
    op.insert("invoice_taxes", op.arrow(statement("taxes_ready")))


def _with_places(table: str, rows: Sequence[dict[str, Any]]) -> pa.Table:
    bare = [
        {name: value for name, value in row.items() if name in TABLES[table].names or name == "row"} for row in rows
    ]
    return staged(table, bare).append_column("place", pa.array([row["place"] for row in rows], pa.int64()))
