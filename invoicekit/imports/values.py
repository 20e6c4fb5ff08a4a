"""From text to values, a whole column at a time.

A reader gives the values, and for the cells it cannot read the fault in words. Most kinds are
read once for each distinct text (`cells`); amounts, which repeat little, are read by the engine.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from invoicekit.imports.cells import SIGNS, Reader, currencies, reader
from invoicekit.imports.locale import Locale
from invoicekit.schema import Field
from invoicekit.store.frames import arrow_type, fetched
from invoicekit.store.sql import load
from invoicekit.workbooks.beside import ERRORS, UNCALCULATED
from invoicekit.workbooks.texts import UNREADABLE

__all__ = ["Read", "read_column"]

_ASKING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Read:
    """A column that was read: its values, what could not be read or is worth a word, currencies beside amounts."""

    values: pa.Array
    faults: pa.Array
    warnings: pa.Array
    marks: pa.Array | None = None


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
    return _each(texts, natives, reader(field, locale, today), arrow_type(field.sql_type))


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


def _each(texts: pa.Array, natives: pa.Array, one: Reader, kind: pa.DataType) -> Read:
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
        if mark and mark.casefold() not in SIGNS and mark not in currencies()
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
