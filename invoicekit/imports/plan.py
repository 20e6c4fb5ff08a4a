"""A plan: what a file would bring into the book, open to correction until it is applied."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.errors import InvalidValue, MissingColumn, NoTable, NotAWorkbook, QuestionsOpen
from invoicekit.imports.headings import TARGETS, Suggestion, paths
from invoicekit.imports.locale import Locale
from invoicekit.imports.outcomes import Answers, Outcomes
from invoicekit.imports.receipt import Receipt, keep_receipt, receipt_of
from invoicekit.imports.steps import Steps, silent
from invoicekit.imports.tables import Column, SheetTable, find_table
from invoicekit.imports.telling import located, problems_of
from invoicekit.imports.typed import Typed, type_table
from invoicekit.imports.write import write
from invoicekit.ledger import Settings
from invoicekit.store import Hold, Operation, frame, held_here
from invoicekit.workbooks import File, read_file

if TYPE_CHECKING:
    import pandas as pd

    from invoicekit.store import Store

__all__ = ["Plan"]


_MAPPING = pa.schema(
    {
        "sheet": pa.string(), "into": pa.string(), "column": pa.string(), "field": pa.string(), "score": pa.int64(),
        "reason": pa.string(), "read_as": pa.string(), "samples": pa.string(),
    }
)  # fmt: skip


@dataclass
class Plan:
    """What a file would bring. Its methods correct it and return it, so that they can be chained.

    Attributes
    ----------
    file
        The file that was read.
    tables
        The tables found in it.
    unread
        Sheets that could not be understood, with the reason.
    source
        Name of the system the file's numbers belong to.
    steps
        Called with a few words whenever a new step begins.
    """

    _hold: Hold = field(repr=False)
    file: File = field(repr=False)
    tables: list[SheetTable]
    unread: dict[str, str]
    source: str = ""
    steps: Steps = field(default=silent, repr=False)
    _skipped: dict[str, set[int]] = field(default_factory=dict, repr=False)
    _locales: dict[tuple[str, int], Locale] = field(default_factory=dict, repr=False)
    _currency: str | None = field(default=None, repr=False)
    _same_names: str | None = field(default=None, repr=False)
    _typed: list[Typed] | None = field(default=None, repr=False)
    _problems: pa.Table | None = field(default=None, repr=False)

    @classmethod
    def read(
        cls,
        hold: Hold,
        path: Path,
        *,
        into: str | None,
        source: str,
        sheet: str | None,
        header_row: int | None,
        steps: Steps,
    ) -> Plan:
        """Read a file and suggest a plan; see `invoicekit.imports.Imports.read`."""
        if into is not None and into not in TARGETS:
            raise InvalidValue(f'Files are imported into {", ".join(TARGETS)}, not into "{into}".')
        if held_here(path):
            raise NotAWorkbook(f"{path} is a book that is open here, not a file to import. Name the workbook.")
        steps(f"reading {path.name}")
        file = read_file(path)
        names = [cells.sheet for cells in file.sheets]
        if sheet is not None and sheet not in names:
            raise NoTable(f'{file.name} has no sheet "{sheet}". Its sheets are: {", ".join(names)}.')
        steps("finding tables and headings")
        tables, unread = [], {}
        for cells in file.sheets:
            if sheet not in (None, cells.sheet):
                continue
            try:
                found = find_table(cells, into, header_row)
            except NoTable as problem:
                unread[cells.sheet] = str(problem)
                continue
            if found is None:
                unread[cells.sheet] = _unknown(cells.sheet, into)
            else:
                tables.append(found)
        if not tables:
            raise NoTable(f"{file.name}: " + " ".join(unread.values()))
        whole = [table for table in tables if not table.missing()]
        if into is None and whole:
            # A side table that merely shares a word must not stand in the way of the rest. What clearly
            # is one of ours stays, with what it lacks, and has to be mapped or named first.
            aside = [table for table in tables if table.missing() and not table.is_clear()]
            unread |= {table.name: _lacking(table, table.missing()[0]) for table in aside}
            tables = [table for table in tables if table not in aside]
        _leave_customers_to_their_sheet(tables)
        return cls(hold, file, tables, unread, source, steps)

    @property
    def _store(self) -> Store:
        return self._hold.store

    # Looking

    @property
    def mapping(self) -> pd.DataFrame:
        """Every column: what it goes to, how sure that is and why, how it is read, three samples."""
        rows = []
        for typed in self._types():
            for column in typed.table.columns:
                said = column.suggestion
                locale = typed.locales.get(column.index)
                rows.append(
                    {
                        "sheet": typed.table.name,
                        "into": typed.table.target,
                        "column": column.heading,
                        "field": said.field if said else None,
                        "score": said.score if said else None,
                        "reason": said.reason if said else column.left_out,
                        "read_as": locale.evidence if locale else None,
                        "samples": ", ".join(typed.samples(column.index)),
                    }
                )
        return frame(pa.Table.from_pylist(rows, schema=_MAPPING))

    @property
    def problems(self) -> pd.DataFrame:
        """Everything that is in the way or worth a word, row by row; nothing is written for it.

        ``severity`` is ``question`` (must be answered before the plan is applied), ``error``
        (the row will be rejected) or ``warning`` (it is taken all the same).
        """
        if self._problems is None:
            with self._store.trial("look at import") as op:
                outcomes, typed = self._write(op)
                self._problems = problems_of(typed, outcomes, self._sheets())
        return frame(self._problems)

    @property
    def preview(self) -> pd.DataFrame:
        """What would become of every row, if the plan were applied now."""
        with self._store.trial("preview import") as op:
            outcomes, _ = self._write(op)
            return frame(located(outcomes.rows(), self._sheets()))

    # Correcting

    def map(self, column: str, to: str | None, *, sheet: str | None = None) -> Plan:
        """Send a column to a field, or nowhere with ``to=None``.

        Raises
        ------
        InvalidValue
            If there is no such column or field, or several sheets have the column.
        """
        table, found = self._column(column, sheet)
        if to is not None:
            to = to.removeprefix(f"{table.target}.")
            to = to.removeprefix("customer.") if table.target == "customers" else to
            if to not in paths(table.target):
                raise InvalidValue(
                    f'Rows of {table.target} have no field "{to}". They have: {", ".join(paths(table.target))}.'
                )
            for other in table.columns:
                if other.field == to:
                    other.suggestion = None
        found.suggestion = Suggestion(to, 100, "you said so") if to else None
        found.left_out, found.on_purpose = "you said so", True
        return self._again()

    def skip(self, rows: Iterable[int], *, sheet: str | None = None) -> Plan:
        """Leave rows out, told as the spreadsheet counts them."""
        table = self._sheet(sheet)
        self._skipped.setdefault(table.name, set()).update(rows)
        return self._again()

    def read_as(
        self, column: str, *, decimal: str | None = None, order: str | None = None, sheet: str | None = None
    ) -> Plan:
        """Say how a column writes amounts (``decimal="," | "."``) or dates (``order="dmy" | "mdy"``).

        Raises
        ------
        InvalidValue
            For another mark or order, or an unknown column.
        """
        if decimal not in (None, ",", ".") or order not in (None, "dmy", "mdy"):
            raise InvalidValue('A column is read with decimal="," or ".", and order="dmy" or "mdy".')
        table, found = self._column(column, sheet)
        self._locales[table.name, found.index] = Locale(decimal, order, "you said so", sure=True)
        return self._again()

    def currency(self, code: str) -> Plan:
        """Say which currency amounts are in that state none; the book's own unless said.

        Raises
        ------
        InvalidValue
            If that is no ISO 4217 code.
        """
        Settings.must_be_currency(code)
        self._currency = code
        return self._again()

    def same_names(self, answer: str) -> Plan:
        """Say what customers are that have one name but different numbers.

        Parameters
        ----------
        answer
            ``"same"``: one customer, the first; ``"separate"``: several, told apart by their
            number behind the name.

        Raises
        ------
        InvalidValue
            For another answer.
        """
        if answer not in ("same", "separate"):
            raise InvalidValue(f'Customers of one name are "same" or "separate", not "{answer}".')
        self._same_names = answer
        return self._again()

    # Applying

    def apply(self) -> Receipt:
        """Write the plan as one operation and return its receipt.

        Raises
        ------
        MissingColumn
            If a record cannot do without a field that no column gives.
        QuestionsOpen
            If something needs an answer first; ``plan.problems`` lists it.
        """
        with self._store.operation("import") as op:
            outcomes, typed = self._write(op)
            said = problems_of(typed, outcomes, self._sheets()).to_pylist()
            questions = [row for row in said if row["severity"] == "question"]
            if questions:
                told = " ".join(f"{_where(row)}: {row['problem']}. {row['hint']}" for row in questions[:3])
                more = f" And {len(questions) - 3} more." if len(questions) > 3 else ""
                raise QuestionsOpen(
                    f"{self.file.name} cannot be imported before this is answered. {told}{more} plan.problems lists all."
                )
            self.steps("writing the receipt")
            columns = json.loads(self.mapping.drop(columns="samples").to_json(orient="records"))
            rows = located(outcomes.rows(), self._sheets())
            number = keep_receipt(op, self.file, self.source, columns, self._not_read(), rows, outcomes.records)
            receipt = receipt_of(self._store, number)
            op.summary = str(receipt)
            self.steps("committing")
        return receipt

    def _write(self, op: Operation) -> tuple[Outcomes, list[Typed]]:
        missing = [(table, needed) for table in self.tables for needed in table.missing()]
        if missing:
            raise MissingColumn(" ".join(_lacking(table, needed) for table, needed in missing))
        typed = self._types()
        answers = Answers(self.source, self._default_currency(), self._same_names)
        outcomes = write(op, typed, answers, self.steps)
        return outcomes, typed

    def _default_currency(self) -> str:
        return self._currency or Settings(self._hold).currency

    def _types(self) -> list[Typed]:
        if self._typed is None:
            self.steps("reading values")
            today, currency, said = date.today(), self._default_currency(), self._currency is not None
            self._typed = [
                type_table(
                    table,
                    place,
                    self._skipped.get(table.name, set()),
                    self._locales,
                    today,
                    currency,
                    currency_said=said,
                )
                for place, table in enumerate(self.tables)
            ]
        return self._typed

    def _sheets(self) -> list[str]:
        return [table.name for table in self.tables]

    def _not_read(self) -> list[str]:
        columns = [f"column {column.heading}" for table in self.tables for column in table.left_out()]
        return columns + [f"sheet {name}" for name in self.unread]

    def _sheet(self, name: str | None) -> SheetTable:
        if name is None and len(self.tables) == 1:
            return self.tables[0]
        for table in self.tables:
            if table.name == name:
                return table
        names = ", ".join(table.name for table in self.tables)
        raise InvalidValue(f"Say which sheet is meant, as in sheet=...: {names}.")

    def _column(self, heading: str, sheet: str | None) -> tuple[SheetTable, Column]:
        tables = [self._sheet(sheet)] if sheet is not None else self.tables
        found = [(table, column) for table in tables for column in table.columns if column.heading == heading]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(table.name for table, _ in found)
            raise InvalidValue(
                f'Several sheets have a column "{heading}": {names}. Say which is meant, as in sheet=....'
            )
        headings = ", ".join(f'"{column.heading}"' for table in tables for column in table.columns if column.heading)
        raise InvalidValue(f'There is no column "{heading}". The columns are: {headings}.')

    def _again(self) -> Plan:
        self._typed = self._problems = None
        return self

    def __str__(self) -> str:
        found = "; ".join(
            f"{table.name} into {table.target}, {table.mapped} of {len(table.columns)} columns" for table in self.tables
        )
        left = "".join(f" Not read: {reason}" for reason in self.unread.values())
        return f"{self.file.name}: {found}.{left}"

    def _repr_html_(self) -> str:
        from html import escape

        table = self.mapping.to_html(index=False, na_rep="")
        return f"<p><b>{escape(str(self))}</b></p>{table}"


def _leave_customers_to_their_sheet(tables: list[SheetTable]) -> None:
    if not any(table.target == "customers" for table in tables):
        return
    for table in tables:
        for column in table.columns:
            if (column.field or "").startswith("customer.") and column.field != "customer.display_name":
                column.suggestion = None
                column.left_out, column.on_purpose = "the sheet of customers says it", True


def _unknown(sheet: str, into: str | None) -> str:
    what = into or ", ".join(TARGETS)
    return (
        f"No row of the sheet {sheet} looks like the headings of {what}. Say where they are with header_row=..., "
        "or what the rows hold with into=..., and map the columns by hand."
    )


def _lacking(table: SheetTable, needed: tuple[str, ...]) -> str:
    headings = ", ".join(f'"{column.heading}"' for column in table.columns if column.heading and column.field is None)
    spare = f" Columns without a field: {headings}." if headings else ""
    return (
        f"The sheet {table.name} cannot be imported into {table.target}: no column gives {' or '.join(needed)}.{spare} "
        f'Map one, as in plan.map("...", to="{needed[0]}").'
    )


def _where(row: dict[str, Any]) -> str:
    place = f", row {row['row']}" if row["row"] is not None else ""
    return f"{row['sheet']}{place}"
