"""How a column writes numbers and dates: decided once for the whole column, with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Locale", "date_order", "decimal_mark"]

# Digits after the mark that cannot be a group of thousands, or both marks in one number.
_COMMA = r"^[^,]*,(\d{1,2}|\d{4,}|--?|[\x{2013}\x{2014}])\D*$|\.\d{3}.*,"
_POINT = r"^[^.]*\.(\d{1,2}|\d{4,}|--?|[\x{2013}\x{2014}])\D*$|,\d{3}.*\."
_EITHER = r"^\D*\d{1,3}[.,]\d{3}\D*$"
_BY_DASHES = r"^\d{1,2}-\d{1,2}-\d{2}\b"
# Within how many years back the dates of a file are taken for its own.
_YEARS_BACK = 5
_SLASHED = r"^\d{1,2}[/.\- ]\d{1,2}[/.\- ](\d{4}|\d{2})\b"


@dataclass(frozen=True, slots=True)
class Locale:
    """How a column is read.

    Attributes
    ----------
    decimal
        ``.`` or ``,``; None where nothing in the column tells and nobody said.
    order
        ``dmy``, ``mdy`` or ``ymd``; None likewise.
    evidence
        What decided it.
    sure
        Whether that is proof enough for other columns of the sheet.
    """

    decimal: str | None = None
    order: str | None = None
    evidence: str = ""
    sure: bool = False


def decimal_mark(texts: pa.Array) -> Locale:
    """Tell the decimal mark of a column of typed amounts."""
    comma = _examples(texts, _COMMA)
    point = _examples(texts, _POINT)
    if len(comma) and len(point):
        return Locale(evidence=f'"{comma[0].as_py()}" is written with a comma, "{point[0].as_py()}" with a point')
    if len(comma) or len(point):
        mark, shown = (",", comma) if len(comma) else (".", point)
        return Locale(decimal=mark, evidence=f'decimal mark {mark}, as in "{shown[0].as_py()}"', sure=True)
    either = _examples(texts, _EITHER)
    if len(either):
        return Locale(evidence=f'"{either[0].as_py()}" may be read with either decimal mark')
    return Locale(decimal=".", evidence="whole numbers" if len(texts) else "numeric cells")


def date_order(texts: pa.Array) -> Locale:  # noqa: PLR0911 - one for each kind of evidence
    """Tell whether a column of typed dates puts the day, the month or the year first."""
    written = _examples(texts, _SLASHED)
    if not len(written):
        return Locale(order="dmy", evidence="dates in full" if len(texts) else "date cells")
    parts = pc.extract_regex(written, r"^(?P<a>\d{1,2})(?P<mark>[/.\- ])(?P<b>\d{1,2})")
    first = pc.cast(pc.struct_field(parts, "a"), pa.int32())
    second = pc.cast(pc.struct_field(parts, "b"), pa.int32())
    late_first = written.filter(pc.greater(first, 12))
    if (by_year := _year_first(written, first)) is not None:
        return by_year
    late_second = written.filter(pc.greater(second, 12))
    if len(late_first) and len(late_second):
        told = f'"{late_first[0].as_py()}" has the day first, "{late_second[0].as_py()}" the month'
        return Locale(evidence=told)
    if len(late_first) or len(late_second):
        order, shown = ("dmy", late_first) if len(late_first) else ("mdy", late_second)
        said = "day" if order == "dmy" else "month"
        return Locale(order=order, evidence=f'{said} first, as in "{shown[0].as_py()}"', sure=True)
    if pc.all(pc.equal(pc.struct_field(parts, "mark"), ".")).as_py():
        return Locale(
            order="dmy", evidence=f'day first, as points between usually mean: "{written[0].as_py()}"', sure=True
        )
    if pc.all(pc.equal(first, second)).as_py():
        return Locale(order="dmy", evidence="day and month are the same in every date")
    return Locale(evidence=f'"{written[0].as_py()}" may be read with the day or the month first')


def _year_first(written: pa.Array, first: pa.Array) -> Locale | None:
    """Tell of dates with dashes and a year of two digits whether the year is first, or may be; nothing where it is last."""
    if not pc.all(pc.match_substring_regex(written, _BY_DASHES)).as_py():
        return None
    last = pc.cast(pc.struct_field(pc.extract_regex(written, r"-(?P<c>\d{2})\b[^-]*$"), "c"), pa.int32())
    if pc.any(pc.less(first, 13)).as_py() or pc.any(pc.greater(last, 31)).as_py():
        return None
    # The years of a file lie together, near this one; its days do not.
    this_year = date.today().year % 100
    if len(pc.unique(last)) == 1 and abs(last[0].as_py() - this_year) <= 1:
        return None
    if _are_years(last, this_year) and not _are_years(first, this_year):
        return None
    shown = written[0].as_py()
    if pc.any(pc.greater(first, 31)).as_py():
        return Locale(order="ymd", evidence=f'year first, as in "{shown}"', sure=True)
    return Locale(evidence=f'"{shown}" may be read with the year or the day first')


def _are_years(numbers: pa.Array, this_year: int) -> bool:
    return all(this_year - _YEARS_BACK <= number <= this_year + 1 for number in pc.unique(numbers).to_pylist())


def _examples(texts: pa.Array, pattern: str) -> pa.Array:
    return texts.filter(pc.match_substring_regex(texts, pattern))
