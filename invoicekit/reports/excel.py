"""A report as a workbook."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from invoicekit.money import digits
from invoicekit.reports.html import heading

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from invoicekit.reports.report import Report

__all__ = ["put", "write"]

# A spreadsheet keeps fifteen significant digits and silently loses the rest.
_DIGITS_KEPT = 15
_FORMULA = re.compile(r"[=+\-@\t\r]")
_HEAD = PatternFill("solid", fgColor="E8ECF1")


def write(report: Report, path: Path) -> Path:
    """Write a report: title, parameters, headings, rows, totals by currency."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = report.definition.title[:31]
    sheet["A1"] = report.title
    sheet["A1"].font = Font(bold=True, size=14)
    sheet["A2"] = report.definition.question
    sheet["A2"].font = Font(italic=True, color="606060")
    names = report.table.column_names
    top = 4
    for column, name in enumerate(names, 1):
        cell = sheet.cell(top, column, heading(name))
        cell.font, cell.fill = Font(bold=True), _HEAD
        cell.alignment = Alignment(horizontal="right" if name in report.numbers else "left")
    rows = report.table.to_pylist()
    for number, row in enumerate(rows, top + 1):
        for column, name in enumerate(names, 1):
            put(sheet.cell(number, column), row[name], row.get("currency"), report.places(name))
    last = top + len(rows)
    for number, (currency, sums) in enumerate(report.totals.items(), last + 2):
        sheet.cell(number, names.index(report.definition.chart.label[0]) + 1, f"Total {currency}".rstrip()).font = Font(
            bold=True
        )
        for name, total in sums.items():
            cell = sheet.cell(number, names.index(name) + 1)
            put(cell, total, currency, report.places(name))
            cell.font = Font(bold=True)
    sheet.freeze_panes = sheet.cell(top + 1, 1)
    sheet.auto_filter.ref = f"A{top}:{get_column_letter(len(names))}{max(last, top + 1)}"
    _widen(sheet, names, rows)
    sheet.page_setup.orientation = "landscape"
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToHeight = 0
    sheet.print_title_rows = f"{top}:{top}"
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def put(cell: Cell | Any, value: Any, currency: str | None, places: int | None = None) -> None:
    """Write one value; amounts as their exact digits, text never as a formula.

    An amount with more digits than a spreadsheet keeps is written as text: what is shown is
    then what was meant.
    """
    if isinstance(value, Decimal):
        plain = format(value.normalize(), "f")
        cell.value = plain
        if len(value.normalize().as_tuple().digits) <= _DIGITS_KEPT:
            # Text into a numeric cell: the digits reach the file without passing a float.
            cell.data_type = "n"
            if places is None:
                places = max(digits(currency or ""), len(plain.partition(".")[2]))
            cell.number_format = "#,##0" + ("." + "0" * places if places else "")
        cell.alignment = Alignment(horizontal="right")
    elif isinstance(value, date):
        cell.value = value
        cell.number_format = "yyyy-mm-dd"
    elif isinstance(value, str):
        cell.value = value
        cell.data_type = "s"
        # Excel then shows what begins like a formula as the text it is.
        cell.quotePrefix = bool(_FORMULA.match(value))
    else:
        cell.value = value


def _widen(sheet: Worksheet, names: list[str], rows: list[dict[str, Any]]) -> None:
    for column, name in enumerate(names, 1):
        longest = max((len(str(row[name])) for row in rows[:500] if row[name] is not None), default=0)
        sheet.column_dimensions[get_column_letter(column)].width = min(max(longest, len(heading(name))) + 3, 44)
