"""What stands in a workbook's own XML and its reader leaves out.

Cells that hold an error, or a formula nobody ever calculated, come as blank: a blank is no answer
where a total should be. A percentage comes as a fraction, and an amount without the currency
that its format shows. Rows and columns that are hidden come like any other.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from html import unescape

__all__ = ["ERRORS", "UNCALCULATED", "Beside", "beside"]

UNCALCULATED = "#UNCALCULATED!"
ERRORS = (
    "#NULL!",
    "#DIV/0!",
    "#VALUE!",
    "#REF!",
    "#NAME?",
    "#NUM!",
    "#N/A",
    "#GETTING_DATA",
    "#SPILL!",
    "#CALC!",
    UNCALCULATED,
)

# Tags may carry a prefix, and their attributes stand in any order.
_CELL = rb'<(?:\w+:)?c\b(?=[^>]*\br="([A-Z]+)(\d+)")'
_IN_CELL = rb"(?:(?!</(?:\w+:)?c>).)*"
_ERROR = re.compile(_CELL + rb'(?=[^>]*\bt="e")[^>]*>' + _IN_CELL + rb"<(?:\w+:)?v>([^<]*)<", re.DOTALL)
# One that gives an empty text has no value either, and says so by its type.
_FORMULA = re.compile(
    _CELL + rb'(?![^>]*\bt="str")' + rb"[^>]*>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>"
)
_RICH = re.compile(_CELL + rb"[^>]*>\s*<is>(\s*<r>(?:(?!</is>).)*)</is>", re.DOTALL)
_RUN = re.compile(rb"<t\b[^>]*>([^<]*)</t>")
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b(?=[^>]*\bhidden="(?:1|true)")[^>]*\br="(\d+)"')
_HIDDEN_COLUMN = re.compile(rb'<(?:\w+:)?col\b(?=[^>]*\bhidden="(?:1|true)")[^>]*>')
_COLUMN = re.compile(r"<(?:\w+:)?col\b[^>]*>")
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_LINK = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_FORMAT = re.compile(r"<(?:\w+:)?numFmt\b[^>]*>")
_STYLES = re.compile(r"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(r"<(?:\w+:)?xf\b[^>]*>")
_ATTRIBUTE = re.compile(r"([\w:]+)=\"([^\"]*)\"")
# A sign or code of a currency in a number format: [$€-40C], [$USD], "€", or bare.
_CURRENCY = re.compile(r"\[\$([^\]-]+)(?:-[^\]]*)?\]|\"\s*([€$£¥]|[A-Z]{3})\s*\"|(?<!\[)([€£¥])|\\?(\$)(?!-)")
_PERCENT_IDS = (9, 10)
# A postal code or a number of a customer: 00000, with a letter before it or not.
_ZEROS = re.compile(r"(0{2,})")


@dataclass(slots=True)
class Beside:
    """What one sheet holds beside the values of its cells.

    Attributes
    ----------
    broken
        Cells without a value: row and column from 0, and what stands there.
    rich
        Cells of one text in several scripts or colours: row, column and text.
    shown
        Cells whose format adds something: row and column from 0, and what makes of the cell's
        text what a person sees.
    hidden_rows, hidden_columns
        Rows as the spreadsheet counts, columns from 0.
    """

    broken: list[tuple[int, int, str]] = field(default_factory=list)
    rich: list[tuple[int, int, str]] = field(default_factory=list)
    shown: list[tuple[int, int, Callable[[str], str]]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)


def beside(content: bytes) -> dict[str, Beside]:
    """Return what each sheet of an .xlsx holds beside its values."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        names = set(file.namelist())
        if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
            return {}
        links = _attributes(_LINK, file.read("xl/_rels/workbook.xml.rels"))
        targets = {link.get("Id", ""): link.get("Target", "") for link in links}
        styles = _told_by_styles(file.read("xl/styles.xml")) if "xl/styles.xml" in names else {}
        found = {}
        for sheet in _attributes(_SHEET, file.read("xl/workbook.xml")):
            target = targets.get(next((value for key, value in sheet.items() if key.endswith(":id")), ""), "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if path in names:
                found[sheet.get("name", "")] = _in_sheet(file.read(path), styles)
        return found


def _attributes(tag: re.Pattern[str], xml: bytes) -> list[dict[str, str]]:
    # A few short lists of plain tags: no parser is let near a stranger's entities for them.
    text = xml.decode("utf-8", errors="replace")
    return [{key: unescape(value) for key, value in _ATTRIBUTE.findall(found)} for found in tag.findall(text)]


def _told_by_styles(xml: bytes) -> dict[int, Callable[[str], str]]:
    """Return, for each style whose format shows a percent sign, a currency or leading zeros, how it shows a number."""
    formats = {int(one.get("numFmtId", -1)): one.get("formatCode", "") for one in _attributes(_FORMAT, xml)}
    told: dict[int, Callable[[str], str]] = {}
    block = _STYLES.search(xml.decode("utf-8", errors="replace"))
    for place, style in enumerate(_attributes(_STYLE, block[0].encode()) if block else []):
        number = int(style.get("numFmtId", 0))
        code = formats.get(number, "").split(";")[0]
        if number in _PERCENT_IDS or "%" in re.sub(r"\"[^\"]*\"", "", code):
            told[place] = _percent
        elif match := _ZEROS.fullmatch(code):
            told[place] = partial(_filled, len(match[1]))
        elif match := _CURRENCY.search(code):
            sign = next(group for group in match.groups() if group).strip()
            if re.fullmatch(r"[A-Z]{3}|[A-Z]{0,2}\$|[€£¥]", sign):
                told[place] = sign.__add__
    return told


def _percent(text: str) -> str:
    from decimal import Decimal, InvalidOperation

    try:
        return f"{(Decimal(text) * 100).normalize():f}%"
    except InvalidOperation:
        return text


def _filled(places: int, text: str) -> str:
    return text.zfill(places) if text.isdecimal() else text


def _in_sheet(xml: bytes, styles: dict[int, Callable[[str], str]]) -> Beside:
    found = Beside()
    if b't="e"' in xml:
        found.broken += [(int(row) - 1, _column(column), text.decode()) for column, row, text in _ERROR.findall(xml)]
    if b"<f>" in xml or b"<f " in xml:
        found.broken += [(int(row) - 1, _column(column), UNCALCULATED) for column, row in _FORMULA.findall(xml)]
    if b"<r>" in xml:
        # The blanks between differently written parts of one text would be lost.
        rich = ((row, column, b"".join(_RUN.findall(runs))) for column, row, runs in _RICH.findall(xml))
        found.rich = [(int(row) - 1, _column(column), unescape(text.decode())) for row, column, text in rich]
    if b"hidden=" in xml:
        found.hidden_rows = [int(row) for row in _HIDDEN_ROW.findall(xml)]
        for column in _attributes(_COLUMN, b"".join(_HIDDEN_COLUMN.findall(xml))):
            first, last = int(column.get("min", 1)), int(column.get("max", 1))
            found.hidden_columns += range(first - 1, min(last, first + 1000))
    if styles:
        wanted = b"|".join(str(style).encode() for style in styles)
        cells = re.findall(_CELL + rb'(?=[^>]*\bs="(' + wanted + rb')")', xml)
        found.shown = [(int(row) - 1, _column(column), styles[int(style)]) for column, row, style in cells]
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
