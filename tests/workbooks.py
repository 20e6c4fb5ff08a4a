"""Small workbooks written by the tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook


def workbook(path: Path, sheets: Mapping[str, Iterable[Iterable[Any]]]) -> Path:
    """Write a workbook of named sheets of rows."""
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def text_table(path: Path, rows: Iterable[Iterable[str]], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """Write a delimited text file."""
    path.write_bytes("\n".join(delimiter.join(row) for row in rows).encode(encoding))
    return path
