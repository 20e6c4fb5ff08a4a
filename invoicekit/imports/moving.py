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
from invoicekit.imports.gathering import RECORD as _RECORD
from invoicekit.imports.gathering import of_whole_book
from invoicekit.imports.outcomes import Outcomes
from invoicekit.imports.plan import Plan
from invoicekit.imports.typed import PROBLEMS, Typed
from invoicekit.ledger import check
from invoicekit.schema import TABLES, Field, Table, versioned
from invoicekit.store import Operation, Store, frame
from invoicekit.store.sql import quoted
from invoicekit.workbooks import Cells

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Move", "export", "is_whole"]

_READ_AS = {"customers": "display_name", "invoices": "number", "payments": "external_id", "matters": "title"}
# A number of a customer that stays when that one is merged: no reference to follow, but one to carry over.
_CARRIED = {"recorded_for": "customers"}
# Text of no letters is not the same as no text: it is written behind this mark, as is text that begins with it.
_MARK = "''"
_LEAST_EMPTY = ("customers", "matters", "invoices", "payments")


def export(store: Store, path: Path) -> Path:
    """Write every table of a book: into a folder, a .csv each, or into one .xlsx.

    Raises
    ------
    InvalidValue
        If a workbook cannot hold what a table holds.
    """
    tables = {table.name: store.arrow(_written(table), mark=_MARK) for table in versioned()}
    if path.suffix.lower() == ".xlsx":
        return _workbook(tables, path)
    import pyarrow.csv

    path.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        pyarrow.csv.write_csv(rows, path / f"{name}.csv")
    return path


def _written(table: Table) -> str:
    """Return the query of a table's rows as texts."""
    columns, joins = [f"held.id::varchar as {_RECORD}"], []
    for field in table.fields:
        name, to = quoted(field.name), _leads_to(field)
        if field.name == "id":
            continue
        if to is None:
            text = f"to_json(held.{name})::varchar" if field.sql_type.endswith("[]") else f"held.{name}::varchar"
            columns.append(
                f"case when {text} = '' or starts_with({text}, $mark) then $mark || {text} else {text} end as {name}"
            )
            continue
        if to in _READ_AS:
            other = quoted(f"of_{field.name}")
            joins.append(f"left join {to} as {other} on {other}.id = held.{name}")
            columns.append(f"{other}.{_READ_AS[to]}::varchar as {name}")
        columns.append(f"held.{name}::varchar as {quoted(f'{field.name}.{_RECORD}')}")
    return f"select {', '.join(columns)} from {quoted(table.name)} as held {' '.join(joins)} order by held.id"


def _leads_to(field: Field) -> str | None:
    return field.references or _CARRIED.get(field.name)


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
        if cells is not None and (odd := set(_headings(table)).symmetric_difference(cells.rows(0, 1)[0]) - {""}):
            raise NoTable(
                f"This looks like a whole book, but its {table.name} have other headings: {', '.join(sorted(odd))}. "
                "Export the book anew, or import its files one by one."
            )
    return True


def _headings(table: Table) -> list[str]:
    headings = [_RECORD]
    for field in table.fields:
        to = _leads_to(field)
        if field.name != "id" and (to is None or to in _READ_AS):
            headings.append(field.name)
        if to is not None:
            headings.append(f"{field.name}.{_RECORD}")
    return headings


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
            op.insert_from(name, _moved(TABLES[name]))
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
        most = op.rows(f"select coalesce(max(try_cast({_RECORD} as bigint)), 0) as n from {quoted(f'told_{name}')}")[0][
            "n"
        ]
        given = op.next_number(name, most) - 1 if most else 0
        op.derive(
            f"moved_{name}",
            f"select try_cast({_RECORD} as bigint) as old, old + {given} as id from {quoted(f'told_{name}')}",
        )


def _texts(cells: Cells) -> pa.Table:
    """Return a sheet's rows as texts, each column under its heading; no text where the cell is blank."""
    columns: dict[str, pa.Array] = {}
    for heading, texts in zip(cells.rows(0, 1)[0], cells.texts, strict=True):
        held = [text.removeprefix(_MARK) if text else None for text in texts.slice(1).to_pylist()]
        columns[heading] = pa.array(held, pa.string())
    return pa.table(columns).append_column("line", pa.array(range(2, cells.height + 1), pa.int64()))


def _value(field: Field) -> str:
    name = f"told.{quoted(field.name)}"
    if field.sql_type.endswith("[]"):
        return f"try_cast({name}::json as {field.sql_type})"
    return f"try_cast({name} as {field.sql_type})"


def _moved(table: Table) -> str:
    """Return the query of a table's rows with their new numbers, and those of the records they mean."""
    columns = ["moved.id"]
    joins = [f"inner join {quoted(f'moved_{table.name}')} as moved on moved.old = try_cast(told.{_RECORD} as bigint)"]
    for field in table.fields:
        to = _leads_to(field)
        if field.name == "id":
            continue
        if to is None:
            columns.append(f"{_value(field)} as {quoted(field.name)}")
            continue
        other = quoted(f"of_{field.name}")
        at = quoted(f"{field.name}.{_RECORD}")
        joins.append(f"left join {quoted(f'moved_{to}')} as {other} on {other}.old = try_cast(told.{at} as bigint)")
        columns.append(f"{other}.id as {quoted(field.name)}")
    return (
        f"select {', '.join(columns)} from {quoted(f'told_{table.name}')} as told {' '.join(joins)} order by moved.id"
    )


def _problems(op: Operation, named: dict[str, Cells]) -> pa.Table:
    """Return the cells that hold no value of their field, or mean a record that is not there."""
    found: list[dict[str, Any]] = []
    for name in named:
        for field in TABLES[name].fields:
            if field.name != "id":
                found += [
                    {**row, "sheet": name, "column": field.name, "field": field.name, "hint": "", "severity": "error"}
                    for row in op.rows(_odd(name, field, named))
                ]
    return pa.Table.from_pylist([{what: row.get(what) for what in PROBLEMS.names} for row in found], schema=PROBLEMS)


def _odd(name: str, field: Field, named: dict[str, Cells]) -> str:
    to = _leads_to(field)
    table = quoted(f"told_{name}")
    if to is not None:
        at = f"told.{quoted(f'{field.name}.{_RECORD}')}"
        known = (
            f"select try_cast({_RECORD} as bigint) from {quoted(f'told_{to}')}"
            if to in named
            else "select null where false"
        )
        odd, why = (
            f"{at} is not null and coalesce(try_cast({at} as bigint) not in ({known}), true)",
            "is no record there",
        )
        if field.required:
            odd, why = f"{at} is null or ({odd})", "is no record there"
    else:
        at = f"told.{quoted(field.name)}"
        odd, why = f"{at} is not null and {_value(field)} is null", "is not what the field holds"
        if field.choices:
            among = ", ".join(f"'{choice}'" for choice in field.choices)
            odd, why = f"{at} not in ({among})", f"is none of {', '.join(field.choices)}"
    return f"select line as \"row\", {at} as value, '{why}' as problem from {table} as told where {odd} order by line limit 100"


def _forget_settings(op: Operation) -> None:
    held = op.rows("select id from settings where name in (select name from told_settings)")
    op.delete("settings", [row["id"] for row in held])
