"""From one text to one value: a reader for each kind of field.

A reader is given a text, and whether the cell held a number, a day or a truth by itself. It returns the value, what is wrong
with the text where it has none, and what is worth a word where it has one.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, partial
from typing import Any

from invoicekit import durations
from invoicekit.countries import country_code
from invoicekit.dates import is_terms
from invoicekit.errors import InvalidValue
from invoicekit.imports.headings import heading_key
from invoicekit.imports.locale import Locale
from invoicekit.schema import LANGUAGES, Field

__all__ = ["DOLLARS", "SIGNS", "Reader", "currencies", "reader"]

Reader = Callable[[str, bool], tuple[Any, str | None, str | None]]

_YES = {
    "yes", "y", "true", "1", "x", "oui", "o", "vrai", "si", "s", "verdadero", "ja", "j", "wahr", "inactive", "inactif",
    "inactivo", "inaktiv", "archived",
}  # fmt: skip
_NO = {"no", "n", "false", "0", "non", "faux", "falso", "nein", "falsch", "active", "actif", "activo", "aktiv"}
SIGNS = {
    "€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "us$": "USD", "mx$": "MXN", "euro": "EUR", "euros": "EUR", "r$": "BRL",
    "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "nz$": "NZD", "hk$": "HKD", "s$": "SGD",
}  # fmt: skip
DOLLARS = {"USD", "MXN", "CAD", "AUD", "NZD", "HKD", "SGD", "ARS", "CLP", "COP"}
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?")
_NUMBERS = re.compile(r"(\d{1,4})[/.\- ](\d{1,2})[/.\- ](\d{1,4})(?: \d{1,2}:\d{2}.*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NAMED = re.compile(
    r"(?:(?P<d1>\d{1,2})\S{0,2}\s+(?:de\s+)?(?P<m1>[a-z]+)|(?P<m2>[a-z]+)\s+(?P<d2>\d{1,2})\S{0,2})\s+(?:de\s+)?(?P<y>\d{4}|\d{2})"
)
_PLAIN = re.compile(r"\d{1,5}([.,]\d+)?")
_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_ORDERS = {"dmy": "day/month/year", "mdy": "month/day/year", "ymd": "year/month/day"}
_DAY_ZERO = date(1899, 12, 30)


def reader(field: Field, locale: Locale, today: date) -> Reader:
    """Return what reads the texts of a field; amounts are read by columns."""
    readers: dict[str, Reader] = {
        "date": partial(_date, order=locale.order or "dmy"),
        "since": partial(_since, order=locale.order or "dmy", today=today),
        "choice": partial(_choice, choices=field.choices),
        "boolean": _boolean,
        "duration": _duration,
        "integer": _integer,
        "country": _country,
        "currency": _currency,
        "terms": _terms,
        "email": _email,
        "tags": _tags,
        "pairs": _pairs,
    }
    return readers[field.kind]


def _date(text: str, native: bool, order: str) -> tuple[Any, str | None, str | None]:
    if native and _SERIAL.fullmatch(text):
        day = _DAY_ZERO + timedelta(days=int(Decimal(text)))
        return day, None, f"is a day number, read as {day}"
    try:
        found = _read_date(text, order)
    except ValueError:
        found = None
    return (found, None, None) if found else (None, f"is not a date{_written(order)}", None)


def _written(order: str) -> str:
    return f" written {_ORDERS[order]}"


def _read_date(text: str, order: str) -> date | None:  # noqa: PLR0911 - one for each way of writing it
    if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return _plausible(*map(int, match.groups()))
    if match := _NUMBERS.fullmatch(text):
        if len(match[1]) == 4:
            return _plausible(int(match[1]), int(match[2]), int(match[3]))
        if order == "ymd" and len(match[3]) < 3:
            year_first = _plausible(_century(int(match[1])), int(match[2]), int(match[3]))
            return year_first if len(match[1]) == 2 else None
        first, second, year = (int(part) for part in match.groups())
        if len(match[3]) == 3 or len(match[1]) > 2:
            return None
        year = _century(year) if len(match[3]) < 4 else year
        return _plausible(year, second, first) if order != "mdy" else _plausible(year, first, second)
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = plain.replace(",", " ").replace(".", " ").replace("-", " ").replace("/", " ")
    plain = " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())
    if match := _NAMED.fullmatch(plain):
        month = _months().get(match["m1"] or match["m2"], 0)
        year = _century(int(match["y"])) if len(match["y"]) == 2 else int(match["y"])
        return _plausible(year, month, int(match["d1"] or match["d2"])) if month else None
    return None


def _century(year: int) -> int:
    # Two digits mean the nearer past, or the next twenty years.
    return 2000 + year if 2000 + year <= date.today().year + 20 else 1900 + year


def _plausible(year: int, month: int, day: int) -> date | None:
    # A year far off is a slip of the pen, and would hide an invoice for ever.
    return date(year, month, day) if 1950 <= year <= date.today().year + 50 else None


@cache
def _months() -> dict[str, int]:
    from babel.dates import get_month_names

    names: dict[str, int] = {}
    for language in LANGUAGES:
        for width in ("wide", "abbreviated"):
            for month, name in get_month_names(width, locale=language).items():
                names[heading_key(name)] = month
    return names


def _since(text: str, native: bool, order: str, today: date) -> tuple[Any, str | None, str | None]:
    word = heading_key(text)
    if word in _YES:
        return today, None, None
    if word in _NO:
        return None, None, None
    value, fault, warning = _date(text, native, order)
    return value, fault and "is neither a date nor yes or no", warning


def _boolean(text: str, _native: bool) -> tuple[Any, str | None, str | None]:
    word = heading_key(text)
    if word in _YES | _NO:
        return word in _YES, None, None
    return None, "is neither yes nor no", None


def _duration(text: str, _native: bool) -> tuple[Any, str | None, str | None]:
    try:
        # A third of an hour is no decimal number: it is taken to a ten-thousandth of a second.
        if _PLAIN.fullmatch(text):
            return round(Decimal(text.replace(",", ".")) * 3600, 4), None, None
        return durations.seconds(text), None, None
    except InvalidValue as error:
        far = "out of range" in str(error)
        return (
            None,
            "is out of range" if far else "is not a duration; write hours as 1.5, or 1h30, 90 min or 01:30",
            None,
        )


def _integer(text: str, _native: bool) -> tuple[Any, str | None, str | None]:
    return (int(text), None, None) if re.fullmatch(r"-?\d{1,18}", text) else (None, "is not a whole number", None)


def _choice(text: str, _native: bool, choices: Mapping[str, tuple[str, ...]]) -> tuple[Any, str | None, str | None]:
    word = heading_key(text)
    for value, words in choices.items():
        if word == heading_key(value) or word in {heading_key(meant) for meant in words}:
            return value, None, _DERIVED if word in _PAID else None
    if word in _VOID:
        return None, "says that it was cancelled: such a document is left out", None
    return None, f"is none of {', '.join(choices)}", None


def _country(text: str, _native: bool) -> tuple[Any, str | None, str | None]:
    code = country_code(text)
    return (code, None, None) if code else (text, None, "is not a country known by that name; it is kept as written")


def _currency(text: str, _native: bool) -> tuple[Any, str | None, str | None]:
    code = SIGNS.get(text.casefold(), text.upper())
    return (code, None, None) if code in currencies() else (None, "is not a currency; write its ISO 4217 code", None)


@cache
def currencies() -> frozenset[str]:
    """Return the codes of all currencies there are (ISO 4217)."""
    from babel.numbers import list_currencies

    return frozenset(list_currencies())


_VOID = {"void", "voided", "cancelled", "canceled", "cancel", "reversed", "annulee", "anulada", "storniert", "deleted"}
_PAID = {"paid", "payee", "pagada", "bezahlt"}
_DERIVED = "is not stored: whether an invoice is paid follows from its payments; import those as well"
_RECEIPT = {
    "due on receipt",
    "on receipt",
    "due upon receipt",
    "immediate",
    "cash",
    "comptant",
    "a reception",
    "reception",
    "contado",
    "al contado",
    "sofort",
    "sofort fallig",
    "bar",
}
_DAYS = re.compile(r"(?:net |neto |n |netto )?(\d{1,3})(?: ?(?:days?|d|jours?|j|dias?|tage?n?|t|nets?|netto|neto))*")
_MONTH_END = re.compile(
    r"(?:net )?(\d{1,3})? ?(?:days? |jours? |dias? |tage )?"
    r"(?:eom|end of month|fin de mois|fdm|fin de mes|monatsende)(?: le)? ?(\d{1,3})?"
)


def _terms(text: str, _native: bool) -> tuple[Any, str | None, str | None]:
    if is_terms(text):
        return text, None, None
    word = heading_key(text)
    if word in _RECEIPT or word == "0":
        return "DUE_ON_RECEIPT", None, None
    if match := _DAYS.fullmatch(word):
        return f"NET_{int(match[1])}", None, None
    if match := _MONTH_END.fullmatch(word):
        return f"END_OF_MONTH_{int(match[1] or match[2] or 0)}", None, None
    return None, "are no terms; write NET_30, END_OF_MONTH_15 or DUE_ON_RECEIPT", None


def _tags(text: str, _: bool) -> tuple[list[str] | None, str | None, str | None]:
    words = {word.casefold(): word for part in re.split(r"[,;|]", text) if (word := " ".join(part.split()))}
    return list(words.values()) or None, None, None


def _pairs(text: str, _native: bool) -> tuple[str | None, str | None, str | None]:
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        return None, 'are no further fields; write {"name": "text"}', None
    return json.dumps({str(name): str(value) for name, value in told.items()}, ensure_ascii=False), None, None


def _email(text: str, _native: bool) -> tuple[Any, str | None, str | None]:
    ok = re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text)
    return text, None, None if ok else "does not look like an e-mail address; it is kept as written"
