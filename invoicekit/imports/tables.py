"""Where in a sheet the table stands, and what its columns mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from invoicekit.errors import NoTable
from invoicekit.imports.cells import Cells
from invoicekit.imports.headings import TARGETS, Suggestion, heading_key, means, names_table

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
    found.totals = _totals(found, below)
    return found


def target_of(cells: Cells, headings: Sequence[str], into: str | None) -> tuple[str, list[Column]] | None:
    """Return what a sheet's rows are and what its headings mean; nothing where they say too little."""
    best: tuple[float, str, list[Column]] | None = None
    least = 2 if sum(map(bool, headings)) > 1 else 1
    for target in [into] if into else TARGETS:
        columns = assign(target, headings)
        given = [column.suggestion for column in columns if column.suggestion]
        if into is None and len(given) < least:
            continue
        score = sum((2 if "." not in one.field else 1) * (one.score / 100) ** 4 for one in given)
        score += 3 * names_table(target, cells.sheet) + 2 * (not _missing(target, columns))
        if best is None or score > best[0]:
            best = (score, target, columns)
    return best[1:] if best else None


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


def _totals(table: SheetTable, below: list[list[str]]) -> list[int]:
    """Return the rows at the end that say they are sums and lack what a record needs."""
    by_field = {column.field: column.index for column in table.columns if column.field}
    needs = TARGETS[table.target].needs
    found = []
    number = table.cells.height
    for row in reversed(below):
        if any(row):
            says_so = any(heading_key(text) in _TOTALS for text in row)
            lacking = any(
                all(
                    not row[by_field[name]] or heading_key(row[by_field[name]]) in _TOTALS
                    for name in needed
                    if name in by_field
                )
                for needed in needs
            )
            sparse = sum(map(bool, row)) <= len(row) / 2
            if not (says_so and ((lacking and sparse) or (len(needs) == 1 and sparse))):
                break
            found.append(number)
        number -= 1
    return found
