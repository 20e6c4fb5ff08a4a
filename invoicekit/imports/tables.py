"""A table in a sheet: where it stands, and what its columns mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from invoicekit.imports.headings import TARGETS, Suggestion, names_table
from invoicekit.imports.locale import Locale
from invoicekit.imports.pieces import pieces
from invoicekit.workbooks import Cells

__all__ = ["Column", "SheetTable", "missing_of"]


@dataclass(frozen=True, slots=True)
class Made:
    """How a column that stands in no sheet is made: of others put together, of a part of one, or of one value.

    Attributes
    ----------
    of
        Places of the columns it is made of.
    by
        What stands between their texts.
    part, fields
        Which part of the one column it is, and the fields that all its parts go to.
    value
        The text of every row.
    """

    of: tuple[int, ...] = ()
    by: str = " "
    part: int | None = None
    fields: tuple[str, ...] = ()
    value: str | None = None


@dataclass(slots=True)
class Column:
    """A column of a table: its heading, what it was taken to mean, or why it is left out.

    Attributes
    ----------
    index
        Its place in the sheet; further places for columns that are made of others.
    dismissed
        Whether somebody, or a known program's export, says that it goes nowhere.
    locale
        How its amounts or dates are written, where somebody said so.
    """

    index: int
    heading: str
    suggestion: Suggestion | None = None
    left_out: str = "no field is called that; the column is left out"
    on_purpose: bool = False
    dismissed: bool = False
    made: Made | None = None
    locale: Locale | None = None

    @property
    def field(self) -> str | None:
        """The field it goes to, or nothing: it is then left out."""
        return self.suggestion.field if self.suggestion else None

    def leave(self, why: str) -> None:
        """Let it go nowhere, on purpose."""
        self.suggestion, self.left_out, self.on_purpose = None, why, True

    def dismiss(self, why: str) -> None:
        """Let it go nowhere, here and in the next file alike."""
        self.leave(why)
        self.dismissed = True


@dataclass(slots=True)
class SheetTable:
    """A table in a sheet.

    Attributes
    ----------
    name
        Of the sheet, and of its file where there are several.
    header_row
        Row of the headings, as the spreadsheet counts, from 1.
    first_row, last_row
        The rows below them that are the table's, likewise.
    target
        The kind of record its rows hold.
    totals
        Rows below the headings that hold sums: not data.
    known_as
        The program whose export it is, or the mapping that was used.
    only
        Columns whose text says which rows are meant, by heading.
    """

    name: str
    cells: Cells
    header_row: int
    first_row: int
    last_row: int
    target: str
    columns: list[Column]
    totals: list[int] = field(default_factory=list)
    known_as: str | None = None
    only: dict[str, list[str]] = field(default_factory=dict)

    @property
    def height(self) -> int:
        """How many rows stand below the headings."""
        return self.last_row - self.first_row + 1

    @property
    def headings(self) -> list[str]:
        """The headings of the sheet, those of columns that were made of others left out."""
        return [column.heading for column in self.columns if column.made is None and column.heading]

    def texts(self, index: int) -> pa.Array:
        """Return a column's cells below the headings."""
        made = self._made(index)
        if made is None:
            return self.cells.texts[index].slice(self.first_row - 1, self.height)
        if made.value is not None:
            return pa.repeat(pa.scalar(made.value), self.height)
        parts = [self.texts(part) for part in made.of]
        if made.part is not None:
            return pieces(parts[0], made.by, made.fields)[made.part]
        trimmed = [pc.utf8_trim_whitespace(pc.fill_null(part, "")) for part in parts]
        blank = pa.scalar(None, pa.string())
        filled = [pc.if_else(pc.equal(part, ""), blank, part) for part in trimmed]
        # Joining leaves a row out altogether in which nothing is left to join.
        nothing = reduce(pc.and_, (pc.is_null(part) for part in filled))
        filled[0] = pc.if_else(nothing, "", filled[0])
        return pc.binary_join_element_wise(*filled, made.by, null_handling="skip")

    def natives(self, index: int) -> pa.Array:
        """Return which of a column's cells are numbers, dates or the like."""
        if self._made(index) is None:
            return self.cells.natives[index].slice(self.first_row - 1, self.height)
        return pa.repeat(pa.scalar(False), self.height)

    def row(self, number: int) -> list[str]:
        """Return a row's trimmed texts by the place of the column, as the spreadsheet counts rows."""
        return self.cells.rows(number - 1, number)[0]

    def left_out(self) -> list[Column]:
        """Return the columns with a heading that go nowhere, those set aside on purpose apart."""
        return [column for column in self.columns if column.heading and not column.suggestion and not column.on_purpose]

    @property
    def mapped(self) -> int:
        """How many of its columns go to a field."""
        return sum(column.suggestion is not None for column in self.columns)

    def is_clear(self) -> bool:
        """Say whether the sheet's name or three of its headings speak for its target."""
        return self.mapped >= 3 or names_table(self.target, self.cells.sheet)

    def missing(self) -> list[tuple[str, ...]]:
        """Return what the record cannot do without and no column gives."""
        return missing_of(self.target, self.columns)

    def column(self, heading: str) -> Column | None:
        """Return the column of a heading, if there is one."""
        return next((column for column in self.columns if column.heading == heading), None)

    def free(self, path: str) -> None:
        """Let no column go to a field, since another will."""
        for column in self.columns:
            if column.field == path:
                column.leave("another column gives it")

    def join(self, columns: Sequence[Column], path: str, by: str, reason: str) -> Column:
        """Let several columns go to one field, their texts put together."""
        self.free(path)
        for column in columns:
            column.leave(f"part of {path}")
        heading = " + ".join(column.heading for column in columns)
        made = Made(of=tuple(column.index for column in columns), by=by)
        return self._add(heading, Suggestion(path, 100, reason), made)

    def split(self, column: Column, paths: Sequence[str], by: str, reason: str) -> None:
        """Let the parts of one column go to several fields."""
        column.leave(f"split into {', '.join(paths)}")
        for place, path in enumerate(paths):
            self.free(path)
            made = Made(of=(column.index,), by=by, part=place, fields=tuple(paths))
            self._add(f"{column.heading} ({place + 1})", Suggestion(path, 100, reason), made)

    def set(self, path: str, value: str, reason: str) -> None:
        """Let a field hold one value in every row."""
        self.free(path)
        self._add(f"({path})", Suggestion(path, 100, reason), Made(value=value))

    def _add(self, heading: str, suggestion: Suggestion, made: Made) -> Column:
        place = max([len(self.cells.texts) - 1, *(column.index for column in self.columns)]) + 1
        self.columns.append(Column(place, heading, suggestion, made=made))
        return self.columns[-1]

    def _made(self, index: int) -> Made | None:
        if index < len(self.cells.texts):
            return None
        return next(column.made for column in self.columns if column.index == index)


def missing_of(target: str, columns: Sequence[Column]) -> list[tuple[str, ...]]:
    """Return what a kind of record cannot do without and none of some columns gives."""
    given = {column.field for column in columns}
    return [needed for needed in TARGETS[target].needs if not given.intersection(needed)]
