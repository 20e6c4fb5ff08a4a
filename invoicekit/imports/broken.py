"""Cells that hold an error, or a formula nobody ever calculated: the reader gives them as blank.

A blank is no answer where a total should be, so they are looked up in the workbook's own XML
and put back as what they are.
"""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape

__all__ = ["ERRORS", "UNCALCULATED", "broken_cells"]

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

_ERROR = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*\bt="e"[^>]*>(?:(?!</c>).)*<v>([^<]*)</v>', re.DOTALL)
_FORMULA = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>')
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_LINK = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(r"([\w:]+)=\"([^\"]*)\"")


def broken_cells(content: bytes) -> dict[str, list[tuple[int, int, str]]]:
    """Return, for each sheet of an .xlsx, row, column (from 0) and what stands there."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        names = set(file.namelist())
        if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
            return {}
        links = _attributes(_LINK, file.read("xl/_rels/workbook.xml.rels"))
        targets = {link.get("Id", ""): link.get("Target", "") for link in links}
        found = {}
        for sheet in _attributes(_SHEET, file.read("xl/workbook.xml")):
            target = targets.get(next((value for key, value in sheet.items() if key.endswith(":id")), ""), "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if path in names:
                found[sheet.get("name", "")] = _in_sheet(file.read(path))
        return found


def _attributes(tag: re.Pattern[str], xml: bytes) -> list[dict[str, str]]:
    # Two short lists of plain tags: no parser is let near a stranger's entities for them.
    text = xml.decode("utf-8", errors="replace")
    return [{key: unescape(value) for key, value in _ATTRIBUTE.findall(found)} for found in tag.findall(text)]


def _in_sheet(xml: bytes) -> list[tuple[int, int, str]]:
    cells = []
    if b't="e"' in xml:
        cells += [(int(row) - 1, _column(column), text.decode()) for column, row, text in _ERROR.findall(xml)]
    if b"<f" in xml:
        cells += [(int(row) - 1, _column(column), UNCALCULATED) for column, row in _FORMULA.findall(xml)]
    return cells


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
