"""From text to values: one reader for each kind of field, for a whole column at a time.

A reader gives the values, and for the cells it cannot read the fault in words. Most kinds are
read once for each distinct text; amounts, which repeat little, are read by the engine.
"""

from __future__ import annotations

import json
import re
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, partial
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from invoicekit import durations
from invoicekit.countries import country_code
from invoicekit.dates import is_terms
from invoicekit.errors import InvalidValue
from invoicekit.imports.headings import heading_key
from invoicekit.imports.locale import Locale
from invoicekit.schema import LANGUAGES, Field
from invoicekit.store.frames import arrow_type, fetched
from invoicekit.store.sql import load
from invoicekit.workbooks.beside import ERRORS, UNCALCULATED
from invoicekit.workbooks.texts import UNREADABLE

__all__ = ["DOLLARS", "SIGNS", "Read", "read_column"]

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
_ASKING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Read:
    """A column that was read: its values, what could not be read or is worth a word, currencies beside amounts."""

    values: pa.Array
    faults: pa.Array
    warnings: pa.Array
    marks: pa.Array | None = None


_One = Callable[[str, bool], tuple[Any, str | None, str | None]]


def read_column(field: Field, texts: pa.Array, natives: pa.Array, locale: Locale, today: date) -> Read:
    """Read the cells of a column as the values of a field."""
    texts = _composed(pc.fill_null(pc.utf8_trim_whitespace(texts), ""))
    read = _read(field, texts, natives, locale, today)
    lost = pc.match_substring(texts, UNREADABLE)
    if not pc.any(lost).as_py():
        return read
    said = f"holds a letter that could not be read: {UNREADABLE} stands for it"
    return replace(read, warnings=pc.if_else(pc.and_(lost, pc.is_null(read.faults)), said, read.warnings))


def _read(field: Field, texts: pa.Array, natives: pa.Array, locale: Locale, today: date) -> Read:
    broken = pc.and_(natives, pc.is_in(texts, pa.array(ERRORS)))
    if pc.any(broken).as_py():
        read = _read(field, pc.if_else(broken, "", texts), natives, locale, today)
        never = pc.equal(texts, UNCALCULATED)
        said = pc.if_else(never, "holds a formula that was never calculated: open and save the file", "holds an error")
        return replace(read, faults=pc.if_else(broken, said, read.faults))
    if field.sql_type.startswith("DECIMAL") and field.kind != "duration":
        return _bounded(field, _amounts(field, texts, natives, locale.decimal or "."))
    if field.kind in ("text", "json") or (field.kind == "reference"):
        return _plain(texts)
    readers: dict[str, _One] = {
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
    return _each(texts, natives, readers[field.kind], arrow_type(field.sql_type))


def _composed(texts: pa.Array) -> pa.Array:
    """Join letters and their accents (NFC), so that one name is one text whichever keyboard wrote it."""
    if pc.all(pc.string_is_ascii(texts)).as_py():
        return texts
    # Not by Arrow: before 26.0 its NFC leaves accents apart.
    return pa.array([unicodedata.normalize("NFC", text) for text in texts.to_pylist()], pa.string())


def _bounded(field: Field, read: Read) -> Read:
    """Refuse numbers that are smaller than the field may hold."""
    if field.least is None:
        return read
    below = pc.fill_null(pc.less(read.values, pa.scalar(field.least, pa.int64())), False)
    faults = pc.if_else(below, f"is below {field.least}", read.faults)
    return replace(read, faults=faults, values=pc.if_else(below, pa.scalar(None, read.values.type), read.values))


def _plain(texts: pa.Array) -> Read:
    nothing = pa.nulls(len(texts), pa.string())
    return Read(pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts), nothing, nothing)


def _each(texts: pa.Array, natives: pa.Array, one: _One, kind: pa.DataType) -> Read:
    """Read every distinct text once. Native cells are told apart by a mark of their own."""
    marked = pc.if_else(natives, pc.binary_join_element_wise("\x1f", texts, ""), texts)
    coded = pc.dictionary_encode(marked)
    found = [
        (None, None, None) if text.strip("\x1f") == "" else one(text.lstrip("\x1f"), text.startswith("\x1f"))
        for text in coded.dictionary.to_pylist()
    ]
    values, faults, warnings = zip(*found, strict=True) if found else ((), (), ())
    take = coded.indices
    return Read(
        pa.array(values, kind).take(take),
        pa.array(faults, pa.string()).take(take),
        pa.array(warnings, pa.string()).take(take),
    )


def _amounts(field: Field, texts: pa.Array, natives: pa.Array, decimal: str) -> Read:
    cells = pa.table({"text": texts, "native": natives, "nth": pa.array(range(len(texts)), pa.int64())})
    with _asked() as engine:
        engine.register("cells", cells)
        how = {"decimal": decimal, "percent": field.kind == "rate"}
        read = fetched(engine, load("invoicekit.imports", "amounts"), how)
        engine.unregister("cells")
    kind = arrow_type(field.sql_type)
    exact = read.column("value").combine_chunks()
    of_rates: pa.Array = pa.nulls(len(texts), pa.string())
    if field.kind == "rate":
        exact, of_rates = _percent(exact, texts, natives)
    rounded = pc.round(exact, ndigits=kind.scale, round_mode="half_towards_infinity")
    faults = read.column("fault").combine_chunks()
    room = 10 ** (kind.precision - kind.scale)
    faults = pc.if_else(
        pc.fill_null(pc.greater_equal(pc.abs(rounded), pa.scalar(room, pa.int64())), False), "is out of range", faults
    )
    values = pc.if_else(pc.is_null(faults), rounded, pa.scalar(None, rounded.type)).cast(kind)
    lost = pc.fill_null(pc.and_(pc.not_equal(exact, rounded), pc.is_null(faults)), False)
    told = pc.binary_join_element_wise("was rounded to", values.cast(pa.string()), " ")
    warnings = pc.if_else(lost, told, pa.scalar(None, pa.string()))
    warnings = pc.coalesce(of_rates, warnings)
    marks = read.column("mark").combine_chunks()
    strange = [
        mark
        for mark in pc.unique(marks).to_pylist()
        if mark and mark.casefold() not in SIGNS and mark not in _currencies()
    ]
    if strange:
        odd = pc.and_(pc.is_in(marks, pa.array(strange, pa.string())), pc.is_null(faults))
        faults = pc.if_else(odd, pc.binary_join_element_wise("names a currency there is none of: ", marks, ""), faults)
        values = pc.if_else(odd, pa.scalar(None, values.type), values)
        marks = pc.if_else(odd, pa.scalar(None, pa.string()), marks)
    return Read(values, faults, warnings, marks)


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """Return an engine that holds nothing; starting one takes longer than reading most columns, so it is kept."""
    return duckdb.connect(config={"python_enable_replacements": "false"})


@contextmanager
def _asked() -> Iterator[duckdb.DuckDBPyConnection]:
    # The engine refuses two threads that ask it for a cursor, or close one, at the same instant.
    with _ASKING:
        cursor = _engine().cursor()
    try:
        yield cursor
    finally:
        with _ASKING:
            cursor.close()


def _percent(rates: pa.Array, texts: pa.Array, natives: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Read numeric cells that are all fractions of one as what a spreadsheet shows of them, 0.2 as 20 %, and say what of that.

    Typed ones stay as they are written: a book writes a rate of half a per cent as 0.5.
    """
    unsigned = pc.invert(pc.ends_with(texts, "%"))
    said: pa.Array = pa.nulls(len(rates), pa.string())
    for cells, is_shown in ((pc.and_(natives, unsigned), True), (pc.and_(pc.invert(natives), unsigned), False)):
        largest = pc.max(pc.abs(rates.filter(cells))).as_py()
        if not largest or largest >= 1:
            continue
        whole = pc.multiply(rates.cast(pa.decimal128(20, 6)), pa.scalar(100, pa.int32())).cast(rates.type)
        odd = pc.and_(cells, pc.fill_null(pc.not_equal(rates, whole), False))
        if is_shown:
            rates = pc.if_else(cells, whole, rates)
        plain = pc.replace_substring_regex(pc.if_else(odd, rates, None).cast(pa.string()), r"\.?0*$", "")
        hint = "%" if is_shown else "%, and not as a fraction: write it with a percent sign"
        told = pc.binary_join_element_wise("was read as", plain, hint, " ")
        said = pc.if_else(odd, told, said)
    return rates, said


def _date(text: str, native: bool, order: str) -> tuple[Any, str | None, str | None]:
    if native and _SERIAL.fullmatch(text):
        day = _DAY_ZERO + timedelta(days=int(float(text)))
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
    return (code, None, None) if code in _currencies() else (None, "is not a currency; write its ISO 4217 code", None)


@cache
def _currencies() -> frozenset[str]:
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
