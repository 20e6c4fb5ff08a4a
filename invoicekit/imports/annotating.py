"""The file back, with what is wrong in it: coloured cells, remarks beside them, and a summary."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.imports.gathering import Gathered
from invoicekit.imports.tables import SheetTable
from invoicekit.store import writable

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["annotated"]

_COLOURS = {"question": "BDD7EE", "error": "F8CBAD", "warning": "FFE699"}
_SUMMARY = ("sheet", "row", "column", "value", "problem", "hint", "severity")
_WIDTHS = (18, 8, 22, 24, 60, 60, 10)
_MOST_REMARKS = 20_000
_TITLE = "invoicekit"


def annotated(found: Gathered, problems: pa.Table, path: Path) -> Path:
    """Write the files again, as one workbook in which each cell with a problem is coloured and tells it.

    Parameters
    ----------
    problems
        See `invoicekit.imports.telling.problems_of`.
    """
    rows = problems.to_pylist()
    book = _copy(found)
    for table in found.tables:
        own = [row for row in rows if row["sheet"] == table.name and row["row"] is not None]
        _mark(book[_sheet_names(found)[id(table.cells)]], table, own[:_MOST_REMARKS])
    _summarise(book, rows)
    book.save(writable(path))
    return path


def _copy(found: Gathered) -> Workbook:
    """Return the workbook itself where it can be kept as it is, or else one with its texts."""
    import openpyxl

    if found.kept_as_it_is:
        return openpyxl.load_workbook(found.paths[0])
    book = openpyxl.Workbook()
    assert book.active is not None
    book.remove(book.active)
    names = _sheet_names(found)
    for cells in found.file.sheets:
        sheet = book.create_sheet(names[id(cells)])
        for row in zip(*(column.to_pylist() for column in cells.texts), strict=True):
            _append(sheet, row)
    return book


def _append(sheet: Worksheet, row: Iterable[Any]) -> None:
    """Add a row in which a text that begins like a formula stays the text it is."""
    sheet.append([_safe(value) if isinstance(value, str) else value for value in row])
    for cell in sheet[sheet.max_row]:
        if isinstance(cell.value, str):
            cell.data_type = "s"


def _safe(text: str) -> str | None:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return ILLEGAL_CHARACTERS_RE.sub("", text or "") or None


def _sheet_names(found: Gathered) -> dict[int, str]:
    """Return what each sheet is called in the workbook: as it was, or numbered where several share a name."""
    names: dict[int, str] = {}
    for cells in found.file.sheets:
        name = "".join(" " if letter in r"[]:*?/\\" else letter for letter in cells.sheet)[:28] or "Sheet"
        taken = sum(held.startswith(name) for held in names.values())
        names[id(cells)] = cells.sheet if found.kept_as_it_is else name + (f" {taken + 1}" if taken else "")
    return names


def _mark(sheet: Worksheet, table: SheetTable, rows: Iterable[dict[str, Any]]) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    fills = {severity: PatternFill("solid", fgColor=colour) for severity, colour in _COLOURS.items()}
    places = {column.heading: column for column in table.columns if column.heading}
    told: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for row in rows:
        column = places.get(row["column"] or "")
        parts = (column.index,) if column and column.made is None else column.made.of if column and column.made else ()
        for place in parts or (_first(table),):
            told.setdefault((row["row"], place + 1), []).append(row)
    for (number, place), said in told.items():
        cell = sheet.cell(number, place)
        worst = min((row["severity"] for row in said), key=list(_COLOURS).index)
        text = "\n".join(f"{row['problem']}. {row['hint'] or ''}".strip() for row in said)
        if hasattr(cell, "style"):
            cell.fill = fills[worst]
            if cell.comment is not None:
                text = f"{cell.comment.text}\n\n{text}"
            cell.comment = Comment(text[:2000], "invoicekit", width=320, height=40 + 18 * len(text) // 40)


def _first(table: SheetTable) -> int:
    return next((column.index for column in table.columns if column.field and column.made is None), 0)


def _summarise(book: Workbook, rows: list[dict[str, Any]]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    name = _TITLE
    while name in book.sheetnames:
        name += "_"
    sheet = book.create_sheet(name, 0)
    counts = {severity: sum(row["severity"] == severity for row in rows) for severity in _COLOURS}
    sheet.append([", ".join(f"{count:,} {severity}{'s' * (count != 1)}" for severity, count in counts.items())])
    sheet["A1"].font = Font(bold=True, size=13)
    sheet.append([])
    sheet.append([heading.capitalize() for heading in _SUMMARY])
    for row in rows[:_MOST_REMARKS]:
        _append(sheet, [row[what] for what in _SUMMARY])
        sheet.cell(sheet.max_row, len(_SUMMARY)).fill = PatternFill("solid", fgColor=_COLOURS[row["severity"]])
    for place, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
        sheet.cell(3, place).font = Font(bold=True)
    for line in sheet.iter_rows(min_row=4, max_col=len(_SUMMARY)):
        for cell in line:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A4"
    sheet.auto_filter.ref = f"A3:{get_column_letter(len(_SUMMARY))}{max(sheet.max_row, 4)}"
