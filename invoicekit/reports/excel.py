"""A report, or a pack of them, as a workbook."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.utility import xl_col_to_name, xl_range

from invoicekit.errors import InvalidValue
from invoicekit.money import digits
from invoicekit.reports.html import heading
from invoicekit.reports.panels import Panel, panels

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from invoicekit.reports.report import Report

__all__ = ["write", "write_pack"]

# A spreadsheet keeps fifteen significant digits and silently loses the rest; and so many characters, and rows.
_DIGITS_KEPT = 15
_CHARACTERS_KEPT = 32_767
_ROWS_KEPT = 1_048_576
_FORMULA = re.compile(r"[=+\-@\t\r]")
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
# Where headings stand: above them title, question and what the report was told.
_TOP = 3


def write(report: Report, path: Path) -> Path:
    """Write a report: title, what it was told, headings, rows, totals as formulas; and a sheet with its chart."""
    return _written([report], path, contents=False)


def write_pack(reports: Sequence[Report], path: Path) -> Path:
    """Write several reports, a sheet each, after a table of contents and before their charts."""
    return _written(reports, path, contents=True)


def _written(reports: Sequence[Report], path: Path, *, contents: bool) -> Path:
    for report in reports:
        if len(report) + _TOP + 9 > _ROWS_KEPT:
            raise InvalidValue(
                f"{report.definition.title} has {len(report):,} rows, and a sheet holds {_ROWS_KEPT:,}. Ask for fewer customers or "
                "one currency, or write report.df.to_csv(...)."
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    # The time it was made is no part of what it says.
    made = datetime.combine(
        max((report.params["as_of"] for report in reports), default=date(2000, 1, 1)), datetime.min.time()
    )
    try:
        with xlsxwriter.Workbook(
            path, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        ) as book:
            book.set_properties({"created": made, "title": reports[0].title if len(reports) == 1 else "Reports"})
            styles = _Styles(book)
            names = [*_sheet_names(reports)]
            if contents:
                _contents(book, styles, reports, names)
            for report, name in zip(reports, names, strict=True):
                _sheet(book.add_worksheet(name), styles, report)
            _charts(book, styles, reports)
    except FileCreateError as error:
        raise InvalidValue(
            f"{path} cannot be written ({error}). Name a file rather than a folder, and close it where another program has it open."
        ) from error
    return path


class _Styles:
    """Formats of cells, each made once: a workbook counts them."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def __call__(self, **said: Any) -> Any:
        key = tuple(sorted(said.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"valign": "top", **said})
        return self._made[key]


def _contents(book: Workbook, styles: _Styles, reports: Sequence[Report], names: Sequence[str]) -> None:
    sheet = book.add_worksheet("Contents")
    sheet.hide_gridlines(2)
    sheet.write_string(
        0, 0, f"Reports as of {max(report.params['as_of'] for report in reports)}", styles(bold=True, font_size=14)
    )
    for column, title in enumerate(("Report", "Question", "Rows")):
        sheet.write_string(2, column, title, styles(bold=True, bg_color="#E8ECF1"))
    for row, (report, name) in enumerate(zip(reports, names, strict=True), 3):
        sheet.write_url(
            row, 0, f"internal:'{name}'!A1", styles(font_color="#1F4E79", underline=1), report.definition.title
        )
        sheet.write_string(row, 1, report.definition.question, styles())
        sheet.write_number(row, 2, len(report), styles(num_format="#,##0"))
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 90)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _sheet_names(reports: Sequence[Report]) -> Iterator[str]:
    used: set[str] = {"contents", "charts"}
    for report in reports:
        plain = _FORBIDDEN.sub(" ", report.definition.title)[:31]
        name, nth = plain, 2
        while name.lower() in used:
            name, nth = f"{plain[:27]} ({nth})", nth + 1
        used.add(name.lower())
        yield name


def _sheet(sheet: Worksheet, styles: _Styles, report: Report) -> None:
    names = report.table.column_names
    sheet.write_string(0, 0, report.title, styles(bold=True, font_size=14))
    sheet.write_string(1, 0, report.definition.question, styles(italic=True, font_color="#606060"))
    sheet.write_string(2, 0, _told(report), styles(font_color="#606060"))
    for column, name in enumerate(names):
        align = "right" if name in report.numbers and name in report.shown else "left"
        sheet.write_string(_TOP, column, heading(name), styles(bold=True, bg_color="#E8ECF1", align=align, bottom=1))
    rows = report.table.to_pylist()
    for number, row in enumerate(rows, _TOP + 1):
        for column, name in enumerate(names):
            if name not in report.shown:
                # A number that is a name stands to the left.
                sheet.write(number, column, row[name], styles(align="left"))
            else:
                _put(sheet, styles, number, column, row[name], row.get("currency"), report.places(name))
    last = _TOP + len(rows)
    _totals(sheet, styles, report, rows, last)
    sheet.freeze_panes(_TOP + 1, 0)
    sheet.autofilter(_TOP, 0, max(last, _TOP + 1), len(names) - 1)
    for column, name in enumerate(names):
        longest = max((len(_shown(row[name])) for row in rows[:500] if row[name] is not None), default=0)
        sheet.set_column(column, column, min(max(longest, len(heading(name)) + 2) + 3, 60))
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_TOP)
    sheet.set_footer("&L&A&R&P / &N")


def _told(report: Report) -> str:
    """Say what the report was told, and at which rates its amounts were converted."""
    usual = {name: value for name, value in report.params.items() if name not in report.told and value is not None}
    said = [f"{name.replace('_', ' ')}: {_word(value)}" for name, value in usual.items()]
    said += [f"{name.replace('_', ' ')}: {value}" for name, value in report.told.items()]
    if report.known_at is not None:
        said.append(f"known at: {report.known_at}")
    rates = [f"1 {code} = {rate}" for code, rate in report.rates.items() if rate != 1]
    return "; ".join([*said, *rates])


def _word(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _totals(sheet: Worksheet, styles: _Styles, report: Report, rows: Sequence[dict[str, Any]], last: int) -> None:
    """Write the sum of each column, for each currency, as a formula and with what it comes to."""
    names, label = report.table.column_names, report.definition.chart.label[0]
    if not report.added:
        return
    for number, (currency, sums) in enumerate(report.totals.items(), last + 2):
        sheet.write_string(number, names.index(label), f"Total {currency}".rstrip(), styles(bold=True))
        for name, total in sums.items():
            column = names.index(name)
            if not _fits(total) or any(not _fits(row[name]) for row in rows if row[name] is not None):
                _put(sheet, styles, number, column, total, currency, report.places(name), bold=True)
                continue
            cells = f"{xl_col_to_name(column)}{_TOP + 2}:{xl_col_to_name(column)}{last + 1}"
            formula = f"=SUM({cells})"
            if currency:
                of = xl_col_to_name(names.index("currency"))
                formula = f'=SUMIFS({cells},${of}${_TOP + 2}:${of}${last + 1},"{currency}")'
            style = styles(bold=True, top=1, num_format=_number_format(total, currency, report.places(name)))
            # Its value goes along: what shows a file without working it out shows the same.
            sheet.write_formula(number, column, formula, style, Decimal(format(total.normalize(), "f")))


def _put(
    sheet: Worksheet,
    styles: _Styles,
    row: int,
    column: int,
    value: Any,
    currency: str | None,
    places: int | None = None,
    *,
    bold: bool = False,
) -> None:
    """Write one value; amounts as their exact digits, text never as a formula.

    An amount with more digits than a spreadsheet keeps is written as text: what is shown is
    then what was meant.
    """
    if value is None:
        return
    if isinstance(value, Decimal):
        if _fits(value):
            # The digits reach the file without passing a float: a Decimal is written as it is.
            style = styles(bold=bold, num_format=_number_format(value, currency, places))
            sheet.write_number(row, column, value.normalize(), style)
        else:
            sheet.write_string(row, column, format(value.normalize(), "f"), styles(bold=bold, align="right"))
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value, styles(num_format="yyyy-mm-dd hh:mm:ss", align="left"))
    elif isinstance(value, date):
        sheet.write_datetime(
            row, column, datetime.combine(value, datetime.min.time()), styles(num_format="yyyy-mm-dd", align="left")
        )
    elif isinstance(value, str):
        # Excel then shows what begins like a formula as the text it is.
        style = styles(quote_prefix=True) if _FORMULA.match(value) else styles()
        kept = value if len(value) <= _CHARACTERS_KEPT else value[: _CHARACTERS_KEPT - 1] + "…"
        sheet.write_string(row, column, kept, style)
    elif isinstance(value, list):
        sheet.write_string(row, column, ", ".join(map(str, value)), styles())
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value, styles())
    else:
        sheet.write_number(row, column, value, styles())


def _fits(value: Decimal) -> bool:
    return len(value.normalize().as_tuple().digits) <= _DIGITS_KEPT


def _number_format(value: Decimal, currency: str | None, places: int | None) -> str:
    if places is None:
        places = max(digits(currency or ""), len(format(value.normalize(), "f").partition(".")[2]))
    return "#,##0" + ("." + "0" * places if places else "")


def _shown(value: Any) -> str:
    return f"{value:,.2f}" if isinstance(value, Decimal) else str(value)


_KINDS = {
    "bars": {"type": "bar", "subtype": "stacked"},
    "columns": {"type": "column"},
    "lines": {"type": "line"},
    "band": {"type": "line"},
    "pareto": {"type": "column"},
}
_INKS = ("#D3DFE7", "#A3BFD1", "#C98F35", "#B0602A", "#6E2412", "#7A7F86")
_LINES = ("#3D6A8A", "#2F3437", "#B0602A", "#7A7F86")
_SINGLE = "#3D6A8A"
_ROWS_OF_A_CHART = 22


def _charts(book: Workbook, styles: _Styles, reports: Sequence[Report]) -> None:
    """Put a chart of every report on one sheet, the figures it shows beside it."""
    sheet = book.add_worksheet("Charts")
    sheet.hide_gridlines(2)
    row, begins = 0, []
    for report in reports:
        for panel in panels(report):
            begins.append(row)
            row = _chart(book, sheet, styles, report, panel, row)
    sheet.set_column(0, 0, 34)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_print_scale(55)
    sheet.set_h_pagebreaks(begins[2::2])


def _chart(book: Workbook, sheet: Worksheet, styles: _Styles, report: Report, panel: Panel, row: int) -> int:
    kind = report.definition.chart.kind
    title = f"{report.title}{f', {panel.currency}' if panel.currency else ''}"
    _figures(sheet, styles, report, panel, row, title)
    first, last = row + 2, row + 1 + len(panel.rows)
    chart = book.add_chart(_KINDS[kind])
    for column, name in enumerate(panel.names, 1):
        said = {
            "name": heading(name),
            "categories": f"=Charts!{xl_range(first, 0, last, 0)}",
            "values": f"=Charts!{xl_range(first, column, last, column)}",
            **_look(kind, column, len(panel.names)),
        }
        if kind == "pareto" and column == 2:
            beside = book.add_chart({"type": "line"})
            beside.add_series({**said, "y2_axis": True})
            beside.set_y2_axis({"name": "% of all", "min": 0, "max": 100})
            chart.combine(beside)
        else:
            chart.add_series(said)
    grid = {"visible": True, "line": {"color": "#D0D4D8"}}
    chart.set_title({"name": title, "name_font": {"size": 11}})
    chart.set_x_axis({"name": panel.axis} if kind == "bars" else {})
    chart.set_y_axis({"reverse": True} if kind == "bars" else {"name": panel.axis, "major_gridlines": grid})
    chart.set_legend({"position": "bottom"} if len(panel.names) > 1 else {"none": True})
    chart.set_size({"width": 860, "height": 420})
    sheet.insert_chart(row, len(panel.names) + 2, chart)
    return row + max(len(panel.rows) + 4, _ROWS_OF_A_CHART + 1)


def _figures(sheet: Worksheet, styles: _Styles, report: Report, panel: Panel, row: int, title: str) -> None:
    """Write what a chart shows: its labels, and a column for each of its bars or lines."""
    sheet.write_string(row, 0, title, styles(bold=True))
    for column, name in enumerate(panel.names, 1):
        sheet.write_string(row + 1, column, heading(name), styles(bold=True, align="right"))
    for number, (label, values) in enumerate(panel.rows, row + 2):
        _put(sheet, styles, number, 0, label, None)
        for column, (name, value) in enumerate(zip(panel.names, values, strict=True), 1):
            _put(sheet, styles, number, column, value, panel.currency, report.places(name))


def _look(kind: str, column: int, many: int) -> dict[str, Any]:
    if kind in ("lines", "band"):
        return {"line": {"color": _LINES[(column - 1) % len(_LINES)], "width": 1.5}}
    ink = _SINGLE if many == 1 or kind == "pareto" else _INKS[(column - 1) % len(_INKS)]
    return {"fill": {"color": ink}, "line": {"color": ink, "width": 1.5}, "gap": 40}
