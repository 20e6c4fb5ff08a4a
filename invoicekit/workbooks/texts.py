"""Text tables: which encoding, which mark between the cells, and the cells themselves."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Literal

__all__ = ["UNREADABLE", "NotATable", "text_table"]

# What stands for a letter that could not be read.
UNREADABLE = "\ufffd"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_QUOTED = re.compile(r'(?:(?<=[;,\t|\n\r])|\A)"(?:[^"]|"")*"(?=[;,\t|\n\r]|\Z)')
_DELIMITERS = ";,\t|"
_OTHERS = {
    b"%PDF": "a PDF",
    b"{\\rtf": "a text document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"<": "a web page",
}
csv.field_size_limit(2**31 - 1)


class NotATable(Exception):
    """The bytes are no table; the message says what they are, and what to do."""


def text_table(
    content: bytes, *, encoding: str | None = None, delimiter: str | None = None, widths: Sequence[int] = ()
) -> Iterator[list[str]]:
    """Return the rows of a text table.

    Parameters
    ----------
    encoding, delimiter
        Found unless given.
    widths
        How many characters each column takes, in a table of fixed widths.

    Raises
    ------
    NotATable
        If the bytes are something else, or the cells cannot be told apart.
    """
    if not content.strip():
        raise NotATable("is empty. Export it again, or choose another file.")
    for start, what in _OTHERS.items():
        if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(start):
            raise NotATable(f"is {what}, not a table. Export it as .xlsx or .csv.")
    text = _decoded(content, encoding)
    if widths:
        return _fixed(text, widths)
    if text.startswith("LEDES"):
        # The first line names the format, and every line after it ends with a mark of its own.
        lines = (line.removesuffix("[]") for line in text.splitlines())
        return _split(lines, delimiter or "|", quoting=csv.QUOTE_NONE)
    return _split(io.StringIO(text, newline=""), delimiter or _delimiter(text), quoting=csv.QUOTE_MINIMAL)


def _damaged(content: bytes) -> str:
    """Read text that is not quite UTF-8, as what more of its letters are; what cannot be read stands as U+FFFD."""
    text = content.decode("utf-8-sig", errors="replace")
    lost = text.count(UNREADABLE)
    accents = sum(character > "\x7f" for character in text) - lost
    return text if accents > lost else content.decode("cp1252", errors="replace")


def _decoded(content: bytes, encoding: str | None) -> str:
    if encoding is not None:
        try:
            return content.decode(encoding)
        except (UnicodeDecodeError, LookupError) as error:
            raise NotATable(f"cannot be read as {encoding} ({error}). Name another encoding, or none.") from error
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if b"\0" not in content:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = _damaged(content)
        # Text hardly ever holds control characters; other bytes are full of them.
        if len(_CONTROL.findall(text)) * 100 <= len(text):
            return text
    raise NotATable(
        "is neither a workbook nor a text table: its bytes are something else. Give an .xlsx, .xlsb, .xls, .ods or .csv file."
    )


def _delimiter(text: str) -> str:
    """Return the mark that splits the first lines most often and most evenly."""
    # What stands between quotation marks belongs to a cell, line ends and marks included.
    lines = [line for line in _QUOTED.sub("x", text[:200_000]).splitlines()[:50] if line.strip()]

    def evenness(mark: str) -> tuple[int, int]:
        counts = [line.count(mark) for line in lines]
        most = max(set(counts), key=counts.count)
        return (counts.count(most) if most else 0, most)

    return max(_DELIMITERS, key=evenness)


def _split(lines: Iterator[str] | io.StringIO, delimiter: str, quoting: Literal[0, 3]) -> Iterator[list[str]]:
    reader = csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise NotATable(
            f"cannot be split into cells: {error}, near line {reader.line_num}. "
            "A quotation mark is not closed, or stands inside a cell; correct it there, or export the file anew."
        ) from error


def _fixed(text: str, widths: Sequence[int]) -> Iterator[list[str]]:
    ends = [sum(widths[: place + 1]) for place in range(len(widths))]
    for line in text.splitlines():
        yield [line[end - width : end].strip() for end, width in zip(ends, widths, strict=True)]
