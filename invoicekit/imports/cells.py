"""A file's cells as text, exactly as they stand: no type is ever inferred.

A numeric cell of a workbook is a binary number of fifteen significant digits by its format;
its decimal text is taken here, once, and from here on money is never a float. Whether a cell
was a number, a date or typed text is remembered beside it, because "1.234" means one thing in
a numeric cell and may mean another where somebody typed it.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa

from invoicekit.errors import FileMissing, NotAWorkbook
from invoicekit.imports.broken import broken_cells

__all__ = ["Cells", "File", "read_file"]

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DELIMITERS = ";,\t|"
_OTHERS = {
    b"%PDF": "a PDF",
    b"{\\rtf": "a text document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"<": "a web page",
}
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True, slots=True)
class Cells:
    """One sheet: a text column and a mask for each of its columns.

    Attributes
    ----------
    texts
        The cells of each column as text, from the sheet's first row on.
    natives
        Which of them were numbers, dates or booleans rather than typed text.
    delimited
        Whether marks between them told the cells apart, which a mark too many misleads.
    """

    sheet: str
    texts: tuple[pa.Array, ...]
    natives: tuple[pa.Array, ...]
    delimited: bool = False

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
    """

    name: str
    sha256: str
    sheets: tuple[Cells, ...]


def read_file(path: Path) -> File:
    """Read a workbook or a text table whole.

    Raises
    ------
    FileMissing
        If there is no such file.
    NotAWorkbook
        If its bytes are neither a workbook nor a text table.
    """
    if not path.is_file():
        raise FileMissing(f"There is no file {path}. Check the path; the folder holds {_neighbours(path)}.")
    content = path.read_bytes()
    sheets = _workbook(path, content) if content.startswith((_ZIP, _OLE)) else (_text_table(path, content),)
    return File(path.name, hashlib.sha256(content).hexdigest(), tuple(sheets))


def _workbook(path: Path, content: bytes) -> tuple[Cells, ...]:
    from python_calamine import CalamineWorkbook

    if content.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in content:
        raise NotAWorkbook(
            f"{path.name} is protected by a password. Open it in a spreadsheet program, save it without one, and import that."
        )
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        broken = broken_cells(content) if content.startswith(_ZIP) else {}
        return tuple(
            _cells(name, _mended(book.get_sheet_by_name(name).to_python(skip_empty_area=False), broken.get(name, [])))
            for name in book.sheet_names
        )
    except BaseException as error:
        # The reader's panics are no Exception, and stand for a broken file all the same.
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise NotAWorkbook(
            f"{path.name} looks like a workbook but cannot be read ({error}). "
            "Open it in a spreadsheet program and save it anew as .xlsx or .csv."
        ) from error


class Broken(str):
    """What stands in a cell that holds no value: an error, or a formula nobody calculated."""

    __slots__ = ()


def _mended(rows: list[list[Any]], broken: list[tuple[int, int, str]]) -> list[list[Any]]:
    for row, column, text in broken:
        if row < len(rows) and column < len(rows[row]) and rows[row][column] == "":
            rows[row][column] = Broken(text)
    return rows


def _text_table(path: Path, content: bytes) -> Cells:
    if not content.strip():
        raise NotAWorkbook(f"{path.name} is empty. Export it again, or choose another file.")
    for start, what in _OTHERS.items():
        if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(start):
            raise NotAWorkbook(f"{path.name} is {what}, not a table. Export it as .xlsx or .csv.")
    text = _decoded(content)
    if text is None:
        raise NotAWorkbook(
            f"{path.name} is neither a workbook nor a text table: its bytes are something else. "
            "Give an .xlsx, .xlsb, .xls, .ods or .csv file."
        )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise NotAWorkbook(
            f"{path.name} cannot be split into cells: {error}, near line {reader.line_num}. "
            "A quotation mark is not closed, or stands inside a cell; correct it there, or export the file anew."
        ) from error
    return _cells(path.stem, rows, delimited=True)


def _decoded(content: bytes) -> str | None:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if b"\0" in content:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
        # Western text hardly ever holds control characters; other bytes are full of them.
        odd = sum(character < " " and character not in "\t\r\n" for character in text)
        return None if odd * 100 > len(text) else text


def _delimiter(text: str) -> str:
    """Return the mark that splits the first lines most often and most evenly."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]

    def evenness(mark: str) -> tuple[int, int]:
        counts = [line.count(mark) for line in lines]
        most = max(set(counts), key=counts.count)
        return (counts.count(most) if most else 0, most)

    return max(_DELIMITERS, key=evenness)


def _cells(sheet: str, rows: Sequence[Sequence[Any]], *, delimited: bool = False) -> Cells:
    width = max(map(len, rows), default=0)
    ragged = any(len(row) != width for row in rows)
    columns: Iterable[tuple[Any, ...]] = zip_longest(*rows, fillvalue="") if ragged else zip(*rows, strict=True)
    read = [_column(column) for column in columns]
    return Cells(sheet, tuple(text for text, _ in read), tuple(native for _, native in read), delimited)


def _column(values: tuple[Any, ...]) -> tuple[pa.Array, pa.Array]:
    kinds = set(map(type, values))
    if kinds <= {str}:
        return pa.array(values, pa.string()), pa.repeat(pa.scalar(False), len(values))
    texts = [_AS_TEXT[type(value)](value) for value in values]
    natives = [type(value) is not str for value in values]
    return pa.array(texts, pa.string()), pa.array(natives, pa.bool_())


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


def _date_text(value: date) -> str:
    return value.isoformat()


def _moment_text(value: datetime) -> str:
    return value.date().isoformat() if value.time() == time.min else value.isoformat(" ", "seconds")


def _duration_text(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


_AS_TEXT: dict[type, Callable[[Any], str]] = {
    str: str,
    Broken: str,
    float: number_text,
    int: str,
    bool: lambda value: "TRUE" if value else "FALSE",
    datetime: _moment_text,
    date: _date_text,
    time: lambda value: value.isoformat("seconds"),
    timedelta: _duration_text,
    type(None): lambda _: "",
}


def _neighbours(path: Path) -> str:
    if not path.parent.is_dir():
        return "nothing: it does not exist either"
    names = sorted(
        entry.name
        for entry in path.parent.iterdir()
        if entry.suffix.lower() in (".xlsx", ".xls", ".xlsb", ".ods", ".csv")
    )
    return ", ".join(names[:5]) if names else "no workbook"
