"""A whole book: out into a folder or a workbook, and into another book.

Every table is written with all its fields, as text. A record keeps the number it had as ``record``, and a
reference stands twice: as a person reads it, and as the number of the record it means. So an empty book can
take everything over, while a book that holds something imports the same files like any others.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.errors import InvalidValue, NoTable
from invoicekit.imports.gathering import of_whole_book
from invoicekit.imports.outcomes import Outcomes
from invoicekit.imports.plan import Plan
from invoicekit.imports.typed import PROBLEMS, Typed
from invoicekit.ledger import check
from invoicekit.schema import TABLES, versioned
from invoicekit.store import Operation, Store, frame, writable
from invoicekit.store.sql import quoted
from invoicekit.store.whole import MARK, RECORD, headings, moved, odd_cells, written
from invoicekit.workbooks import Cells

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Move", "export", "is_whole"]

_LEAST_EMPTY = ("customers", "users", "matters", "invoices", "payments")


def export(store: Store, path: Path) -> Path:
    """Write every table of a book: into a folder, a .csv each, or into one .xlsx.

    Raises
    ------
    InvalidValue
        If a workbook cannot hold what a table holds.
    """
    path = writable(path)
    tables = {table.name: store.arrow(written(table), mark=MARK) for table in versioned()}
    if path.suffix.lower() == ".xlsx":
        return _workbook(tables, path)
    import pyarrow.csv

    path.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        pyarrow.csv.write_csv(rows, path / f"{name}.csv")
    return path


def _workbook(tables: dict[str, pa.Table], path: Path) -> Path:
    import openpyxl
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils.exceptions import IllegalCharacterError

    book = openpyxl.Workbook(write_only=True)
    for name, rows in tables.items():
        sheet = book.create_sheet(name)
        sheet.append(rows.column_names)
        for row in zip(*(column.to_pylist() for column in rows.columns), strict=True):
            try:
                cells = [WriteOnlyCell(sheet, text) for text in row]
            except IllegalCharacterError as error:
                raise InvalidValue(
                    f"Record {row[0]} of {name} holds a character that a workbook cannot hold. Export into a folder instead."
                ) from error
            for cell in cells:
                # What begins like a formula stays the text it is.
                if cell.value is not None:
                    cell.data_type = "s"
            sheet.append(cells)
    book.save(path)
    return path


def is_whole(store: Store, sheets: Iterable[Cells]) -> bool:
    """Say whether sheets are a whole book as `export` writes it, and the book that reads them is empty.

    Raises
    ------
    NoTable
        If only a part of it is there, or a heading is not as it was written.
    """
    named = {cells.sheet: cells for cells in sheets if of_whole_book(cells)}
    held = " union all ".join(f"select count(*) as n from {name}" for name in _LEAST_EMPTY)
    if len(named) < 2 or any(row["n"] for row in store.rows(held)):
        return False
    for table in versioned():
        cells = named.get(table.name)
        if cells is None:
            raise NoTable(
                f"This looks like a whole book, but its {table.name} are missing or have lost their headings. "
                "Export the book anew, or import its files one by one."
            )
        if odd := (set(headings(table)).symmetric_difference(cells.rows(0, 1)[0]) - {""}):
            raise NoTable(
                f"This looks like a whole book, but its {table.name} have other headings: {', '.join(sorted(odd))}. "
                "Export the book anew, or import its files one by one."
            )
    return True


class Move(Plan):
    """What a whole book would bring into an empty one: everything, as it was; there is nothing to map."""

    @property
    def mapping(self) -> pd.DataFrame:
        """The tables and how many rows each has."""
        told = [{"table": name, "rows": cells.height - 1} for name, cells in self._named().items()]
        return frame(pa.Table.from_pylist(told))

    def _said(self) -> pa.Table:
        with self._store.trial("look at import") as op:
            self._stage(op)
            return _problems(op, self._named())

    def _write(self, op: Operation) -> tuple[Outcomes, list[Typed]]:
        named = self._named()
        self._stage(op)
        for problem in _problems(op, named).to_pylist():
            raise InvalidValue(
                f"{self.file.name} cannot be taken over: {problem['sheet']}, row {problem['row']}: {problem['column']} "
                f'"{problem["value"]}" {problem["problem"]}. Correct it there, or export the book anew.'
            )
        outcomes = Outcomes(op)
        for name in named:
            self._number(op, name)
        for name in named:
            self.steps(name.replace("_", " "))
            if name == "settings":
                _forget_settings(op)
            op.insert_from(name, moved(TABLES[name]))
            outcomes.count(name, "created", op.rows(f"select count(*) as n from {quoted(f'moved_{name}')}")[0]["n"])
        for finding in check(self._store).to_dict("records"):
            if finding["finding"] == f"operation {op.id} is unknown":
                continue  # it is being written
            raise InvalidValue(
                f"{self.file.name} cannot be taken over: {finding['table']}: {finding['finding']}. Export the book anew."
            )
        return outcomes, []

    def _named(self) -> dict[str, Cells]:
        held = {cells.sheet: cells for cells in self.file.sheets if cells.height}
        return {table.name: held[table.name] for table in versioned() if table.name in held}

    def _stage(self, op: Operation) -> None:
        for name, cells in self._named().items():
            op.stage(f"told_{name}", _texts(cells))

    def _number(self, op: Operation, name: str) -> None:
        """Leave which number each record had and gets: the same, where the book never gave any."""
        told = quoted(f"told_{name}")
        [last] = op.rows(f"select coalesce(max(try_cast({RECORD} as bigint)), 0) as number from {told}")
        most = last["number"]
        given = op.next_number(name, most) - 1 if most else 0
        op.derive(
            f"moved_{name}",
            f"select try_cast({RECORD} as bigint) as old, old + {given} as id from {told}",
        )


def _texts(cells: Cells) -> pa.Table:
    """Return a sheet's rows as texts, each column under its heading; no text where the cell is blank."""
    columns: dict[str, pa.Array] = {}
    for heading, texts in zip(cells.rows(0, 1)[0], cells.texts, strict=True):
        held = [text.removeprefix(MARK) if text else None for text in texts.slice(1).to_pylist()]
        columns[heading] = pa.array(held, pa.string())
    return pa.table(columns).append_column("line", pa.array(range(2, cells.height + 1), pa.int64()))


def _problems(op: Operation, named: dict[str, Cells]) -> pa.Table:
    """Return the cells that hold no value of their field, or mean a record that is not there."""
    found: list[dict[str, Any]] = []
    for name in named:
        for field in TABLES[name].fields:
            if field.name != "id":
                found += [
                    {**row, "sheet": name, "column": field.name, "field": field.name, "hint": "", "severity": "error"}
                    for row in op.rows(odd_cells(name, field, named))
                ]
    return pa.Table.from_pylist([{what: row.get(what) for what in PROBLEMS.names} for row in found], schema=PROBLEMS)


def _forget_settings(op: Operation) -> None:
    held = op.rows("select id from settings where name in (select name from told_settings)")
    op.delete("settings", [row["id"] for row in held])
