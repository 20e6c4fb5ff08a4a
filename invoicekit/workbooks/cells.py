"""What was read: a file, its sheets, and the text of their cells."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

__all__ = ["Cells", "File"]


@dataclass(frozen=True, slots=True)
class Cells:
    """One sheet: a text column and a mask for each of its columns.

    Attributes
    ----------
    texts
        The cells of each column as text, from the sheet's first row on.
    natives
        Which of them were numbers, dates, booleans or errors rather than typed text: "1.234"
        means one thing in a numeric cell and may mean another where somebody typed it.
    delimited
        Whether marks between them told the cells apart, which a mark too many misleads.
    hidden
        Whether the spreadsheet hides the sheet.
    hidden_rows, hidden_columns
        Rows as the spreadsheet counts, and columns from 0, that it hides.
    merged
        Cells that are shown as one: first row, first column, last row, last column, from 0.
    """

    sheet: str
    texts: tuple[pa.Array, ...]
    natives: tuple[pa.Array, ...]
    delimited: bool = False
    hidden: bool = False
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    merged: tuple[tuple[int, int, int, int], ...] = ()

    @property
    def height(self) -> int:
        """How many rows the sheet has."""
        return len(self.texts[0]) if self.texts else 0

    def rows(self, start: int, stop: int) -> list[list[str]]:
        """Return some rows as lists of trimmed text."""
        columns = [column.slice(start, max(stop - start, 0)).to_pylist() for column in self.texts]
        return [[(value or "").strip() for value in row] for row in zip(*columns, strict=True)]


@dataclass(frozen=True, slots=True)
class File:
    """A file that was read.

    Attributes
    ----------
    sha256
        Hash of its bytes: it names the file on the receipt.
    keeps
        What the columns lie in, kept as long as they are.
    """

    name: str
    sha256: str
    sheets: tuple[Cells, ...]
    keeps: object = field(default=None, repr=False)
