"""Where in a sheet the table stands, and what its columns mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow.compute as pc

from invoicekit.errors import NoTable, QuestionsOpen
from invoicekit.imports.headings import TARGETS, Suggestion, heading_key, means, names_table
from invoicekit.workbooks import Cells

__all__ = ["Column", "SheetTable", "find_table", "target_of"]

_SEARCHED = 60
_TOTALS = {
    heading_key(word)
    for word in (
        "total", "totals", "grand total", "subtotal", "sum", "total général", "totaux", "sous-total", "total general",
        "suma", "totales", "summe", "gesamt", "gesamtsumme", "zwischensumme",
    )
}  # fmt: skip


@dataclass(slots=True)
class Column:
    """A column of a sheet: its heading, what it was taken to mean, or why it is left out."""

    index: int
    heading: str
    suggestion: Suggestion | None = None
    left_out: str = "no field is called that; the column is left out"
    on_purpose: bool = False

    @property
    def field(self) -> str | None:
        """The field it goes to, or nothing: it is then left out."""
        return self.suggestion.field if self.suggestion else None


@dataclass(slots=True)
class SheetTable:
    """A table in a sheet.

    Attributes
    ----------
    header_row
        Row of the headings, as the spreadsheet counts, from 1.
    target
        The kind of record its rows hold.
    totals
        Rows below the headings that hold sums: not data.
    """

    cells: Cells
    header_row: int
    target: str
    columns: list[Column]
    totals: list[int] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Name of the sheet."""
        return self.cells.sheet

    def left_out(self) -> list[Column]:
        """Return the columns with a heading that go nowhere, those set aside on purpose apart."""
        return [column for column in self.columns if column.heading and not column.suggestion and not column.on_purpose]

    @property
    def mapped(self) -> int:
        """How many of its columns go to a field."""
        return sum(column.suggestion is not None for column in self.columns)

    def is_clear(self) -> bool:
        """Say whether the sheet's name or three of its headings speak for its target."""
        return self.mapped >= 3 or names_table(self.target, self.name)

    def missing(self) -> list[tuple[str, ...]]:
        """Return what the record cannot do without and no column gives."""
        return _missing(self.target, self.columns)


def find_table(cells: Cells, into: str | None, header_row: int | None) -> SheetTable | None:
    """Find the headings of a sheet and what its rows are; nothing where it cannot be said.

    Raises
    ------
    NoTable
        If the sheet is empty, or holds nothing below its headings.
    """
    first = cells.rows(0, min(cells.height, _SEARCHED))
    if not any(map(any, first)) and cells.height <= _SEARCHED:
        raise NoTable(f"The sheet {cells.sheet} is empty.")
    if header_row is None:
        row = _header(first, [into] if into else list(TARGETS))
        if row is None:
            return None
    else:
        row = header_row - 1
        if not 0 <= row < cells.height:
            raise NoTable(f"The sheet {cells.sheet} has no row {header_row}: it ends at row {cells.height}.")
    headings = _unmerged(cells.rows(row, row + 1)[0])
    table = target_of(cells, headings, into)
    if table is None:
        return None
    target, columns = table
    found = SheetTable(cells, row + 1, target, columns)
    below = cells.rows(max(row + 1, cells.height - _SEARCHED), cells.height)
    if not any(map(any, below)) and not any(map(any, cells.rows(row + 1, cells.height))):
        raise NoTable(f"The sheet {cells.sheet} has headings in row {row + 1}, and nothing below them.")
    found.totals = _totals(found)
    return found


def target_of(cells: Cells, headings: Sequence[str], into: str | None) -> tuple[str, list[Column]] | None:
    """Return what a sheet's rows are and what its headings mean; nothing where they say too little.

    Raises
    ------
    QuestionsOpen
        If they may as well be something else.
    """
    found: list[tuple[float, bool, str, list[Column]]] = []
    least = 2 if sum(map(bool, headings)) > 1 else 1
    for target in [into] if into else TARGETS:
        columns = assign(target, headings)
        given = [column.suggestion for column in columns if column.suggestion]
        if into is None and len(given) < least:
            continue
        weights = [1 if one.field.startswith("customer.") else 2 for one in given]
        score = sum(weight * (one.score / 100) ** 4 for weight, one in zip(weights, given, strict=True))
        whole = not _missing(target, columns)
        found.append((score + 3 * names_table(target, cells.sheet) + 2 * whole, whole, target, columns))
    found.sort(key=lambda one: -one[0])
    if len(found) > 1 and found[0][1] and found[1][1] and found[0][0] - found[1][0] < 1:
        raise QuestionsOpen(
            f"The rows of {cells.sheet} may be {found[0][2]} or {found[1][2]}. "
            f'Say which: into="{found[0][2]}" or into="{found[1][2]}".'
        )
    return found[0][2:] if found else None


def assign(target: str, headings: Sequence[str]) -> list[Column]:
    """Give each heading the field it means best, no field twice."""
    columns = [Column(index, heading) for index, heading in enumerate(headings)]
    offers = [
        (-suggestion.score, suggestion.field.count("."), column.index, rank, suggestion)
        for column in columns
        for rank, suggestion in enumerate(means(target, column.heading))
    ]
    taken: set[str] = set()
    for *_, index, _, suggestion in sorted(offers, key=lambda offer: offer[:4]):
        if columns[index].suggestion is None and suggestion.field not in taken:
            columns[index].suggestion = suggestion
            taken.add(suggestion.field)
    return columns


def _missing(target: str, columns: list[Column]) -> list[tuple[str, ...]]:
    given = {column.field for column in columns}
    return [needed for needed in TARGETS[target].needs if not given.intersection(needed)]


def _header(rows: list[list[str]], targets: Sequence[str]) -> int | None:
    """Return the row with the most headings that are known, the first of equals."""
    best, found = 0.0, None
    # One known word may stand in a title above the table; a row of headings knows more.
    least = 1 if len(targets) == 1 or len(rows[0]) == 1 else 2
    for number, row in enumerate(rows):
        texts = [text for text in row if text and len(text) <= 60]
        for target in targets:
            given = [column.suggestion for column in assign(target, texts) if column.suggestion]
            known = sum(suggestion.score / 100 for suggestion in given)
            if known >= least - 0.15 * len(given) and known > best:
                best, found = known, number
    return found


def _unmerged(headings: list[str]) -> list[str]:
    """Give a heading that occurs twice a number, so that each column can be named."""
    seen: dict[str, int] = {}
    named = []
    for heading in headings:
        seen[heading] = seen.get(heading, 0) + 1
        named.append(f"{heading} ({seen[heading]})" if heading and seen[heading] > 1 else heading)
    return named


def _totals(table: SheetTable) -> list[int]:
    """Return the rows that are sums: what tells a record apart says so, or the last rows say so and lack it."""
    by_field = {column.field: column.index for column in table.columns if column.field}
    key = [by_field[name] for name in TARGETS[table.target].needs[0] if name in by_field]
    start, height = table.header_row, table.cells.height
    found = set()
    for index in key:
        texts = table.cells.texts[index].slice(start)
        near = pc.match_substring_regex(texts, r"(?i)tot|sum|gesamt")
        for nth in pc.indices_nonzero(pc.fill_null(near, False)).to_pylist():
            row = table.cells.rows(start + nth, start + nth + 1)[0]
            sparse = sum(map(bool, row)) <= len(row) / 2
            if heading_key(row[index]) in _TOTALS and (sparse or len(TARGETS[table.target].needs) > 1):
                found.add(start + nth + 1)
    for number in range(height, max(start, height - _SEARCHED), -1):
        row = table.cells.rows(number - 1, number)[0]
        if any(row) and number not in found:
            says_so = any(heading_key(text) in _TOTALS for text in row)
            if not (says_so and not any(row[index] for index in key) and sum(map(bool, row)) <= len(row) / 2):
                break
            found.add(number)
    return sorted(found)
