"""What an import did, row by row; kept in the book, even when the import is undone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.errors import NotFound
from invoicekit.store import Operation, Store, frame
from invoicekit.workbooks import File

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Receipt", "keep_receipt", "receipt_of"]

_OUTCOMES = ("created", "updated", "unchanged", "rejected", "skipped")


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receipt of one import.

    Attributes
    ----------
    number
        Its number among the receipts.
    operation
        The operation that wrote it: ``book.undo(receipt)`` takes it back.
    file, sha256
        Name of the file and hash of its bytes.
    created, updated, unchanged
        Records, by table.
    rejected, skipped
        Rows of the file, by the table they were meant for.
    mapping
        How every column was read.
    not_read
        Columns and sheets of the file that went nowhere.
    outcomes
        What became of every row, as an Arrow table; `rows` is the same for analysts.
    """

    number: int
    operation: int
    file: str
    sha256: str
    created: dict[str, int]
    updated: dict[str, int]
    unchanged: dict[str, int]
    rejected: dict[str, int]
    skipped: dict[str, int]
    not_read: list[str]
    mapping: list[dict[str, Any]] = field(repr=False)
    outcomes: pa.Table = field(repr=False)

    @property
    def rows(self) -> pd.DataFrame:
        """What became of every row: ``sheet``, ``row``, ``table``, ``outcome``, ``record`` and ``reason``."""
        return frame(self.outcomes)

    def __str__(self) -> str:
        if not self.created and not self.updated and not self.rejected:
            said = [
                "nothing created, nothing changed: the book has all of it already"
                if self.unchanged
                else "nothing to import"
            ]
        else:
            said = [
                f"{_listed(getattr(self, what))} {what}"
                for what in ("created", "updated", "unchanged")
                if getattr(self, what)
            ]
        said += [
            f"{sum(rows.values()):,} row{'s' * (sum(rows.values()) != 1)} {what}"
            for what, rows in (("rejected", self.rejected), ("skipped", self.skipped))
            if rows
        ]
        if self.not_read:
            more = f" and {len(self.not_read) - 3} more" if len(self.not_read) > 3 else ""
            said.append(f"not read: {', '.join(self.not_read[:3])}{more}")
        return f"{self.file}: {'; '.join(said)}."

    def _repr_html_(self) -> str:
        from html import escape

        odd = self.rows[self.rows["reason"].notna()]
        shown = odd.head(20).to_html(index=False, na_rep="") if len(odd) else ""
        return f"<p><b>{escape(str(self))}</b><br><small>book.undo(receipt) takes it back.</small></p>{shown}"


def keep_receipt(
    op: Operation,
    file: File,
    source: str,
    columns: list[dict[str, Any]],
    not_read: list[str],
    rows: pa.Table,
    records: Mapping[tuple[str, str], int],
) -> int:
    """Write the receipt of an import and return its number.

    Parameters
    ----------
    columns
        How every column was read.
    rows
        What became of every row, located.
    records
        How many records of which table were created, updated or found unchanged.
    """
    counts: dict[str, dict[str, int]] = {}
    for (table, outcome), number in records.items():
        if number:
            counts.setdefault(outcome, {})[table] = number
    told = rows.group_by(["table", "outcome"]).aggregate([([], "count_all")]).to_pylist()
    for row in sorted(told, key=lambda row: row["table"]):
        if row["outcome"] in ("rejected", "skipped"):
            counts.setdefault(row["outcome"], {})[row["table"]] = row["count_all"]
    mapping = {"columns": columns, "counts": counts, "not_read": not_read}
    kept = {
        "operation": op.id,
        "file": file.name,
        "sha256": file.sha256,
        "source": source,
        "mapping": json.dumps(mapping, ensure_ascii=False),
        **{what: sum(counts.get(what, {}).values()) for what in _OUTCOMES},
    }
    [number] = op.insert("imports", [kept])
    op.parameters.update(file=file.name, sha256=file.sha256, import_number=number)
    rows = rows.append_column("position", pa.array(range(1, rows.num_rows + 1), pa.int64()))
    op.insert("import_rows", rows.add_column(0, "import", pa.repeat(pa.scalar(number, pa.int64()), rows.num_rows)))
    return number


def receipt_of(store: Store, number: int) -> Receipt:
    """Read a receipt from the book.

    Raises
    ------
    NotFound
        If there is none with this number.
    """
    held = store.rows("select * from imports where id = $number", number=number)
    if not held:
        raise NotFound(f"There is no receipt {number}. book.imports.list() shows them all.")
    told = json.loads(held[0]["mapping"])
    rows = store.arrow(
        # Receipts of older books have no positions: their rows lie in order.
        'select sheet, "row", "table", outcome, record, reason from import_rows where import = $number order by position, rowid',
        number=number,
    )
    counts: dict[str, dict[str, int]] = {what: told["counts"].get(what, {}) for what in _OUTCOMES}
    return Receipt(
        number,
        held[0]["operation"],
        held[0]["file"],
        held[0]["sha256"],
        **counts,
        not_read=told["not_read"],
        mapping=told["columns"],
        outcomes=rows,
    )


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {_called(table, count)}" for table, count in counts.items())


def _called(table: str, count: int) -> str:
    words = table.replace("_", " ")
    if count != 1:
        return words
    for many, one in (("ies", "y"), ("ches", "ch"), ("s", "")):
        if words.endswith(many):
            return words.removesuffix(many) + one
    return words
