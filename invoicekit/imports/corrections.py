"""What a person says about a plan: which column means what, which rows are meant, how cells are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from invoicekit.errors import InvalidValue
from invoicekit.imports.choosing import Choices, Rows
from invoicekit.imports.gathering import Gathered, must_have_folder
from invoicekit.imports.headings import Suggestion, is_path, paths
from invoicekit.imports.locale import Locale
from invoicekit.imports.mappings import Mappings, keep, mapping_of
from invoicekit.imports.outcomes import KEYS, POLICIES
from invoicekit.imports.steps import Steps, silent
from invoicekit.imports.tables import Column, SheetTable
from invoicekit.imports.typed import Typed
from invoicekit.ledger import Settings
from invoicekit.store import Hold, writable

if TYPE_CHECKING:
    from invoicekit.store import Store
    from invoicekit.workbooks import File

__all__ = ["Corrections"]


@dataclass
class Corrections:
    """What was found in files, and what was said about it. Each method returns the plan, so that they can be chained.

    Attributes
    ----------
    source
        Name of the system the file's numbers belong to.
    steps
        Called with a few words whenever a new step begins.
    """

    _hold: Hold = field(repr=False)
    _found: Gathered = field(repr=False)
    source: str = ""
    steps: Steps = field(default=silent, repr=False)
    _choices: Choices = field(default_factory=Choices, repr=False)
    _locale: Locale | None = field(default=None, repr=False)
    _answers: dict[str, Any] = field(default_factory=dict, repr=False)
    _typed: list[Typed] | None = field(default=None, repr=False)
    _problems: pa.Table | None = field(default=None, repr=False)

    @property
    def file(self) -> File:
        """The file that was read; where there are several, one that stands for all."""
        return self._found.file

    @property
    def tables(self) -> list[SheetTable]:
        """The tables that were found."""
        return self._found.tables

    @property
    def unread(self) -> dict[str, str]:
        """Sheets that could not be understood, with the reason."""
        return self._found.unread

    @property
    def _store(self) -> Store:
        return self._hold.store

    def map(self, *columns: str, to: str | None, sheet: str | None = None, by: str | None = None) -> Self:
        """Send a column to a field, several together to one, or nowhere with ``to=None``.

        Parameters
        ----------
        *columns
            Headings as the sheet has them.
        to
            The field; ``extra.<name>`` keeps a field of a customer that is one's own.
        by
            What stands between the texts of several columns: a blank, or ``", "`` in an address.

        Raises
        ------
        InvalidValue
            If there is no such column or field, or several sheets have the column.
        """
        found = [self._column(column, sheet) for column in columns]
        if not found:
            raise InvalidValue('Name the column, as in plan.map("Plazo", to="terms").')
        table = found[0][0]
        if to is None:
            for _, column in found:
                column.dismiss("you said so")
            return self._again()
        path = self._path(table, to)
        if len(found) > 1:
            between = by if by is not None else (", " if path.rpartition(".")[2].endswith("address") else " ")
            table.join([column for _, column in found], path, between, "you said so")
            return self._again()
        table.free(path)
        found[0][1].suggestion = Suggestion(path, 100, "you said so")
        return self._again()

    def split(self, column: str, *, into: Sequence[str], by: str = ",", sheet: str | None = None) -> Self:
        """Send the parts of a column to several fields: ``plan.split("City, ZIP", into=["city", "postal_code"])``.

        A postal code is found by its digits, wherever it stands.

        Raises
        ------
        InvalidValue
            If there is no such column or field.
        """
        if not by:
            raise InvalidValue('Say what stands between the parts, as in by=","')
        table, found = self._column(column, sheet)
        table.split(found, [self._path(table, path) for path in into], by, "you said so")
        return self._again()

    def set(self, field: str, value: str, *, sheet: str | None = None) -> Self:
        """Let a field hold one value in every row: ``plan.set("currency", "MXN")``.

        Raises
        ------
        InvalidValue
            If there is no such field.
        """
        table = self._sheet(sheet)
        if not isinstance(value, str):
            raise InvalidValue(f'A value is set as text, as a cell would hold it: "{value}", not {value!r}.')
        table.set(self._path(table, field), value, "you said so")
        return self._again()

    def only(self, rows: Rows, *, sheet: str | None = None) -> Self:
        r"""Take these rows and no others.

        Parameters
        ----------
        rows
            Rows as the spreadsheet counts them, or a condition: a function that gets the values as a
            DataFrame, a column for each field, and returns which rows are meant.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> _ = (folder / "clients.csv").write_text("Name,Country\nAcme,FR\nZebra,MX\n")
        >>> book = ik.open(folder / "acme.duckdb")
        >>> plan = book.imports.read(folder / "clients.csv").only(lambda rows: rows["country"] == "MX")
        >>> plan.preview["outcome"].tolist()
        ['skipped', 'created']
        """
        self._choices.only(self._sheet(sheet).name, rows)
        return self._again()

    def skip(self, rows: Rows, *, sheet: str | None = None) -> Self:
        """Leave rows out: as the spreadsheet counts them, or by a condition as in `only`."""
        self._choices.skip(self._sheet(sheet).name, rows)
        return self._again()

    def all_rows(self, *, sheet: str | None = None) -> Self:
        """Take every row again, whatever `only` and `skip` said before."""
        self._choices.forget(self._sheet(sheet).name)
        return self._again()

    def read_as(
        self,
        column: str | None = None,
        *,
        decimal: str | None = None,
        order: str | None = None,
        sheet: str | None = None,
    ) -> Self:
        """Say how a column, or all, writes amounts (``decimal="," | "."``) or dates (``order="dmy" | "mdy" | "ymd"``).

        Raises
        ------
        InvalidValue
            For another mark or order, or an unknown column.
        """
        if decimal not in (None, ",", ".") or order not in (None, "dmy", "mdy", "ymd"):
            raise InvalidValue('A column is read with decimal="," or ".", and order="dmy", "mdy" or "ymd".')
        said = Locale(decimal, order, "you said so", sure=True)
        if column is None:
            self._locale = said
        else:
            self._column(column, sheet)[1].locale = said
        return self._again()

    def currency(self, code: str) -> Self:
        """Say which currency amounts are in that state none; the book's own unless said.

        Raises
        ------
        InvalidValue
            If that is no ISO 4217 code.
        """
        Settings.must_be_currency(code)
        return self._answer(currency=code)

    def same_names(self, answer: str) -> Self:
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
        return self._answer(same_names=answer)

    def match(self, *keys: str) -> Self:
        """Find customers of the book by their ``tax_id`` or ``email`` as well, where neither number nor name finds them.

        Raises
        ------
        InvalidValue
            For another key.
        """
        if unknown := [key for key in keys if key not in KEYS]:
            raise InvalidValue(f"Customers are found by {' or '.join(KEYS)}, not by {', '.join(unknown)}.")
        return self._answer(match=keys)

    def policy(self, policy: str) -> Self:
        """Say what becomes of customers the book has already.

        Parameters
        ----------
        policy
            ``"update"``: what the file says is written, but for blanks; ``"fill"``: it is written where the
            book says nothing; ``"create"``: they stay as they are.

        Raises
        ------
        InvalidValue
            For another policy.
        """
        if policy not in POLICIES:
            raise InvalidValue(f'A policy is {", ".join(POLICIES)}, not "{policy}".')
        return self._answer(policy=policy)

    def repeats(self, answer: str) -> Self:
        """Say whether rows that repeat each other exactly are real (``"keep"``, as unless said) or slips (``"once"``).

        Raises
        ------
        InvalidValue
            For another answer.
        """
        if answer not in ("keep", "once"):
            raise InvalidValue(f'Rows that repeat are imported "once", or "keep" their number; not "{answer}".')
        return self._answer(once=answer == "once")

    # Mappings

    def use_mapping(self, mapping: str | PathLike[str], *, sheet: str | None = None) -> Self:
        """Let columns go where a saved mapping, or one in a file, sends them.

        Raises
        ------
        InvalidValue, FileMissing
            If there is none of this name.
        """
        table, used = self._sheet(sheet), Mappings(self._store).named(str(mapping))
        if used.into != table.target:
            raise InvalidValue(
                f'The mapping "{used.name}" is for {used.into}, the sheet {table.name} holds {table.target}. '
                f'Read the file with into="{used.into}".'
            )
        used.use(table)
        return self._again()

    def save_mapping(self, name: str, *, sheet: str | None = None) -> Self:
        """Keep under a name what the columns mean; the next file with these headings is read alike."""
        table = self._sheet(sheet)
        with self._store.operation("save mapping", f'saved the mapping "{name}"') as op:
            keep(op, table, mapping_of(table, name))
        return self

    def export_mapping(self, path: str | PathLike[str], *, sheet: str | None = None) -> Path:
        """Write into a .json file what the columns mean, for another book."""
        where = writable(path)
        must_have_folder(where)
        where.write_text(mapping_of(self._sheet(sheet), where.stem).as_json() + "\n", encoding="utf-8")
        return where

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

    @staticmethod
    def _path(table: SheetTable, to: str) -> str:
        path = to.removeprefix(f"{table.target}.")
        path = path.removeprefix("customer.") if table.target == "customers" else path
        if not is_path(table.target, path):
            raise InvalidValue(
                f'Rows of {table.target} have no field "{path}". They have: {", ".join(paths(table.target))}.'
            )
        return path

    def _answer(self, **answers: Any) -> Self:
        self._answers |= answers
        return self._again()

    def _again(self) -> Self:
        self._typed = self._problems = None
        return self
