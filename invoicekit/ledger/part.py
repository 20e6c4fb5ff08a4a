"""What every part of a book shares: the store it reads and writes through."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa

from invoicekit import dates, durations, money
from invoicekit.countries import country_code
from invoicekit.errors import InvalidValue, RuleError
from invoicekit.schema import KINDS, TABLES, Field
from invoicekit.store import Hold, Operation, held_here
from invoicekit.store.frames import rows_of
from invoicekit.store.sql import load

__all__ = ["Part", "clean", "first_problem", "shown", "staged", "statement"]


# Luminance of a colour that stands out against white three to one (WCAG 2.2, contrast of large text).
LIGHTEST = 0.3

# Bytes of a picture on a document.
LARGEST_PICTURE = 500_000

ROOMS = ("parties", "work", "billing", "receivables")


class Part:
    """One of the parts a book is composed of; while it is in use, the file stays open."""

    def __init__(self, hold: Hold) -> None:
        self._hold = hold
        self.store = hold.store


def statement(name: str) -> str:
    """Return one of the ledger's statements: its name is its own in all of the ledger, whichever room it stands in."""
    return load(_rooms()[name.partition("/")[0]], name)


@cache
def _rooms() -> dict[str, str]:
    """Return the package each statement stands in; steps of a longer one share a folder."""
    rooms = ("invoicekit.ledger", *(f"invoicekit.ledger.{room}" for room in ROOMS))
    return {file.name.removesuffix(".sql"): room for room in rooms for file in (files(room) / "sql").iterdir()}


def clean(table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Bring given values to the form their fields store.

    Text is trimmed and empty text is nothing; amounts become exact decimals; dates may be ISO
    text; a choice must be one of the choices.

    Raises
    ------
    InvalidValue
        Naming the field, the value and what would do.
    """
    declared = {field.name: field for field in TABLES[table].fillable}
    unknown = sorted(set(values) - set(declared))
    if unknown:
        raise InvalidValue(f"{table} have no field {', '.join(unknown)}. The fields are: {', '.join(declared)}.")
    return {name: _clean(declared[name], value) for name, value in values.items()}


def _clean(field: Field, value: Any) -> Any:
    given, value = value, _folded(field, value)
    if value is None:
        return None
    kind = KINDS[field.kind]
    if field.kind in _GATHERED:
        return _GATHERED[field.kind](field, value)
    if field.kind == "duration":
        return durations.seconds(value)
    if kind.sql.startswith("DECIMAL"):
        return _in_bounds(field, money.amount(value, int(kind.sql.rstrip(")").partition(",")[2])))
    if kind.sql == "DATE":
        return dates.to_date(value)
    if type(value) is not {"BIGINT": int, "BOOLEAN": bool}.get(kind.sql, str):
        raise InvalidValue(f"{field.name} wants {kind.wants}, not {value!r}.")
    if kind.sql == "BIGINT" and isinstance(value, int):
        _must_be_countable(field, value)
    if field.choices and value not in field.choices:
        raise InvalidValue(f'{field.name} is one of {", ".join(field.choices)}, not "{value}".')
    holds: dict[str, Callable[[str], bool]] = {"currency": money.is_currency, "terms": dates.is_terms}
    if field.kind in holds and not holds[field.kind](str(value)):
        raise InvalidValue(f'{field.name} wants {kind.wants}, not "{given}".')
    return value


def _must_be_countable(field: Field, value: int) -> None:
    if abs(value) >= 10**15:
        raise InvalidValue(f"{field.name} cannot be {value}: it has at most fifteen digits.")
    if field.least is not None and value < field.least:
        raise InvalidValue(f"{field.name} cannot be {value}: it is {field.least} or more.")


def _in_bounds(field: Field, exact: Decimal) -> Decimal:
    whole, places = (int(part) for part in KINDS[field.kind].sql.removeprefix("DECIMAL(").rstrip(")").split(","))
    if abs(exact) >= 10 ** (whole - places):
        raise InvalidValue(f"{field.name} cannot be {exact}: it has at most {whole - places} digits before the point.")
    if field.least is not None and exact < field.least:
        raise InvalidValue(f"{field.name} cannot be {exact}: it is {field.least} or more.")
    return exact


def _folded(field: Field, value: Any) -> Any:
    """Return text without blanks around it, and codes in the case they are written in."""
    if not isinstance(value, str):
        return value
    text = value.strip() or None
    if text and field.kind in ("currency", "terms"):
        return text.upper().replace(" ", "_").replace("-", "_")
    if text and field.kind == "country":
        return country_code(text) or text
    return text


def _tags(field: Field, value: Any) -> list[str] | None:
    """Return words in the order given, each once whatever its case; one text may hold several."""
    words = value.replace(";", ",").split(",") if isinstance(value, str) else value
    if not isinstance(words, Iterable) or not all(isinstance(word, str) for word in words):
        raise InvalidValue(f"{field.name} wants {KINDS[field.kind].wants}, not {value!r}.")
    held: dict[str, str] = {}
    for word in words:
        if trimmed := " ".join(word.split()):
            held.setdefault(trimmed.casefold(), trimmed)
    return list(held.values()) or None


def _pairs(field: Field, value: Any) -> str | None:
    """Return further fields as JSON text; a field without a text is left out."""
    if not isinstance(value, Mapping):
        raise InvalidValue(f"{field.name} wants {KINDS[field.kind].wants}, not {value!r}.")
    held = {str(name).strip(): str(text).strip() for name, text in value.items() if text is not None}
    kept = {name: text for name, text in held.items() if name and text}
    return json.dumps(kept, ensure_ascii=False) if kept else None


def _picture(field: Field, value: Any) -> bytes:
    """Return the bytes of a picture, given as such or as the path of a file."""
    if isinstance(value, str | os.PathLike) and held_here(value):
        raise InvalidValue(f"{value} is a book that is open here, not a picture.")
    try:
        content = value if isinstance(value, bytes) else Path(value).expanduser().read_bytes()
    except (OSError, TypeError, ValueError) as error:
        raise InvalidValue(
            f"{field.name} wants {KINDS[field.kind].wants}: {value!r} cannot be read ({error})."
        ) from None
    if not content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        raise InvalidValue(f"{field.name} wants {KINDS[field.kind].wants}: these bytes are neither. Save it as a PNG.")
    if len(content) > LARGEST_PICTURE:
        raise InvalidValue(
            f"{field.name} has {len(content):,} bytes, and would be in every document: {LARGEST_PICTURE:,} at "
            f"most. Make it smaller."
        )
    _must_be_drawable(field, content)
    return content


def _must_be_drawable(field: Field, content: bytes) -> None:
    from io import BytesIO

    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(content)) as picture:
            mode, size = picture.mode, picture.size
            picture.load()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise InvalidValue(f"{field.name} cannot be read as a picture: {error}. Save it anew as a PNG.") from None
    if mode == "CMYK" or max(size) > 4000:
        raise InvalidValue(
            f"{field.name} is a picture of {size[0]} by {size[1]} points in {mode}: documents show those of at "
            f"most 4,000 points a side, "
            "and none in CMYK. Save it as a PNG."
        )


def _colour(field: Field, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch("#[0-9a-fA-F]{6}", value):
        raise InvalidValue(f"{field.name} wants {KINDS[field.kind].wants}, not {value!r}.")
    red, green, blue = (int(value[start : start + 2], 16) / 255 for start in (1, 3, 5))
    # Headings and what is to be paid are written in it, on white.
    if 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 > LIGHTEST:
        raise InvalidValue(f"{field.name} {value} is too light to be read on white paper. Take a darker one.")
    return value.lower()


_GATHERED: dict[str, Callable[[Field, Any], Any]] = {
    "tags": _tags,
    "pairs": _pairs,
    "picture": _picture,
    "colour": _colour,
}


def shown(value: Any) -> str | None:
    """Return a field's value as a person reads it."""
    if isinstance(value, dict):
        return "; ".join(f"{name}: {text}" for name, text in value.items()) or None
    if isinstance(value, list):
        return ", ".join(value) or None
    return None if value is None else str(value)


def first_problem(op: Operation, sql: str, errors: Mapping[str, type[RuleError]], **parameters: Any) -> None:
    """Raise the first problem a rule's query finds, if any."""
    for row in op.rows(f"select * from ({sql}) limit 1", **parameters):
        raise errors.get(row["code"], InvalidValue)(f"{row['problem']} {row['hint']}")


def staged(table: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Make the table a posting reads: every field of the registry, and the row it comes from."""
    blank = dict.fromkeys(TABLES[table].names)
    numbers = pa.array([row["row"] for row in rows], pa.int64())
    full = [blank | {name: value for name, value in row.items() if name != "row"} for row in rows]
    empty = rows_of(table, [blank]).slice(0, 0)
    return (rows_of(table, full) if full else empty).append_column("row", numbers)
