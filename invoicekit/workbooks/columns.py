"""Rows of a reader, turned into columns of text: no type is ever inferred.

A numeric cell of a workbook is a binary number of fifteen significant digits by its format;
its decimal text is taken here, once, and from here on money is never a float.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice, zip_longest
from typing import Any

import pyarrow as pa

__all__ = ["Columns", "number_text"]

# Rows are turned a few at a time, so that a reader that gives them one by one never holds them all.
_AT_ONCE = 4096


class Columns:
    """Columns that grow as rows are read.

    Parameters
    ----------
    rows
        Cells of every row, from the first of the sheet.
    before
        Columns left of them that are empty.
    """

    def __init__(self, rows: Iterable[list[Any]], before: int = 0) -> None:
        self._texts: list[list[pa.Array]] = [[] for _ in range(before)]
        self._natives: list[list[pa.Array]] = [[] for _ in range(before)]
        self.height = 0
        reader = iter(rows)
        while some := list(islice(reader, _AT_ONCE)):
            self._add(some, before)

    def _add(self, rows: list[list[Any]], before: int) -> None:
        width = len(rows[0])
        even = all(len(row) == width for row in rows)
        columns: Iterator[tuple[Any, ...]] = zip(*rows, strict=True) if even else zip_longest(*rows, fillvalue="")
        found = [_column(column) for column in columns]
        for _ in range(before + len(found) - len(self._texts)):
            self._texts.append([_blank(self.height)] if self.height else [])
            self._natives.append([_never(self.height)] if self.height else [])
        empty = (_blank(len(rows)), _never(len(rows)))
        padded = [*[empty] * before, *found, *[empty] * (len(self._texts) - before - len(found))]
        for place, (texts, natives) in enumerate(padded):
            self._texts[place].append(texts)
            self._natives[place].append(natives)
        self.height += len(rows)

    def put(self, cells: Iterable[tuple[int, int, str]], *, native: bool = True) -> None:
        """Put texts into cells that the reader gave otherwise: row and column from 0, and text."""
        wanted: dict[tuple[int, int], dict[int, str]] = {}
        for row, column, text in cells:
            if row < self.height and column < len(self._texts):
                wanted.setdefault((column, row // _AT_ONCE), {})[row % _AT_ONCE] = text
        for (column, part), texts in wanted.items():
            held = self._texts[column][part].to_pylist()
            natives = self._natives[column][part].to_pylist()
            for row, text in texts.items():
                held[row], natives[row] = text, native
            self._texts[column][part] = pa.array(held, pa.string())
            self._natives[column][part] = pa.array(natives, pa.bool_())

    def text(self, row: int, column: int) -> str:
        """Return the text of a cell; nothing beside the table."""
        if row >= self.height or column >= len(self._texts):
            return ""
        return str(self._texts[column][row // _AT_ONCE][row % _AT_ONCE].as_py())

    def number(self, row: int, column: int) -> str:
        """Return the text of a cell that holds no typed text; nothing for another."""
        text = self.text(row, column)
        return text if text and self._natives[column][row // _AT_ONCE][row % _AT_ONCE].as_py() else ""

    def batch(self) -> pa.RecordBatch:
        """Return all columns: their texts as ``t0``, ``t1`` ..., which are native as ``n0``, ``n1`` ... ."""
        arrays, names = [], []
        for place in range(len(self._texts)):
            texts, self._texts[place] = self._texts[place], []
            natives, self._natives[place] = self._natives[place], []
            arrays += [pa.concat_arrays(texts), pa.concat_arrays(natives)]
            names += [f"t{place}", f"n{place}"]
        return pa.record_batch(arrays, names=names)


def _blank(count: int) -> pa.Array:
    return pa.repeat(pa.scalar(""), count)


def _never(count: int) -> pa.Array:
    return pa.repeat(pa.scalar(False), count)


def _column(values: tuple[Any, ...]) -> tuple[pa.Array, pa.Array]:
    kinds = set(map(type, values))
    if kinds <= {str}:
        return pa.array(values, pa.string()), _never(len(values))
    if kinds <= {str, float}:
        import pyarrow.compute as pc  # takes as long to load as the rest of Arrow, and a file of texts needs none of it

        numbers = [value if type(value) is float else None for value in values]
        typed = [None if type(value) is float else value for value in values]
        texts = pc.coalesce(_number_texts(pa.array(numbers, pa.float64())), pa.array(typed, pa.string()))
        return texts, pc.is_null(pa.array(typed, pa.string()))
    texts = pa.array([_AS_TEXT[type(value)](value) for value in values], pa.string())
    return texts, pa.array([type(value) is not str for value in values], pa.bool_())


def _number_texts(numbers: pa.Array) -> pa.Array:
    """Return the texts of numeric cells, as `number_text` does, for all of them at once."""
    import pyarrow.compute as pc

    whole = pc.and_(pc.equal(numbers, pc.floor(numbers)), pc.less(pc.abs(numbers), 1e15))
    if pc.all(pc.fill_null(whole, True)).as_py():
        return pc.cast(pc.cast(numbers, pa.int64()), pa.string())
    # The engine writes the shortest digits that mean the same number; up to fifteen of them that is what is wanted.
    short = pc.cast(pc.round(numbers, 4), pa.string())
    plain = pc.and_(pc.equal(pc.round(numbers, 4), numbers), pc.less(pc.abs(numbers), 1e10))
    plain = pc.fill_null(pc.and_(plain, pc.invert(pc.match_substring(short, "e"))), True)
    if not pc.all(plain).as_py():
        return pa.array([None if value is None else number_text(value) for value in numbers.to_pylist()], pa.string())
    return pc.replace_substring_regex(short, r"\.0$", "")


def number_text(value: float) -> str:
    """Return the decimal text of a numeric cell: fifteen significant digits, as it is shown.

    Whole numbers keep every digit a binary number of the file can hold.

    Examples
    --------
    >>> number_text(0.1 + 0.2), number_text(12345678901234.0), number_text(2328.6)
    ('0.3', '12345678901234', '2328.6')
    """
    if value.is_integer():
        return str(int(value))
    text = f"{value:.15g}"
    return format(Decimal(text), "f") if "e" in text else text


def _moment_text(value: datetime) -> str:
    return value.date().isoformat() if value.time() == time.min else value.isoformat(" ", "seconds")


def _duration_text(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


_AS_TEXT: dict[type, Callable[[Any], str]] = {
    str: str,
    float: number_text,
    int: str,
    bool: lambda value: "TRUE" if value else "FALSE",
    datetime: _moment_text,
    date: date.isoformat,
    time: lambda value: value.isoformat("seconds"),
    timedelta: _duration_text,
    type(None): lambda _: "",
}
