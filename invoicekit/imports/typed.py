"""A sheet's rows as typed values, with everything its cells have against them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from invoicekit.imports.cells import DOLLARS, SIGNS
from invoicekit.imports.finding import blank_in
from invoicekit.imports.headings import FURTHER, currency_in, field_at, paths
from invoicekit.imports.locale import Locale, date_order, decimal_mark
from invoicekit.imports.outcomes import SHEET_STEP
from invoicekit.imports.tables import Column, SheetTable
from invoicekit.imports.values import Read, read_column
from invoicekit.schema import Field
from invoicekit.store.frames import arrow_type

__all__ = ["PROBLEMS", "Typed", "type_table"]

PROBLEMS = pa.schema(
    {
        "sheet": pa.string(), "row": pa.int64(), "column": pa.string(), "field": pa.string(), "value": pa.string(),
        "problem": pa.string(), "hint": pa.string(), "severity": pa.string(),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Typed:
    """A table of a sheet, read.

    Attributes
    ----------
    rows
        ``line`` (the row, told apart from rows of other sheets), ``fault`` and every field.
    left_out
        Rows that are no data: ``line``, ``table``, ``outcome``, ``record``, ``reason``.
    problems
        What the cells have against them; see `PROBLEMS`.
    locales
        How columns were read, by place.
    """

    table: SheetTable
    rows: pa.Table
    left_out: pa.Table
    problems: pa.Table
    locales: dict[int, Locale]

    def samples(self, index: int) -> list[str]:
        """Return the first three different texts of a column."""
        texts = self.table.texts(index).slice(0, 200)
        return [text for text in pc.unique(texts).to_pylist() if text and text.strip()][:3]

    def was_told(self, paths: Sequence[str]) -> bool:
        """Say whether each column that goes to one of some fields does so because somebody, or a known export, says it."""
        sent = [column.suggestion for column in self.table.columns if column.suggestion and column.field in paths]
        return all(one.reason == "you said so" or self.table.known_as for one in sent)

    def maps(self, prefix: str) -> bool:
        """Say whether a column goes to a field, or to one of records inside these rows: ``line``, ``customer``."""
        return any(column.field and f"{column.field}.".startswith(f"{prefix}.") for column in self.table.columns)


def type_table(
    table: SheetTable,
    place: int,
    skipped: Mapping[int, str],
    stated: Locale | None,
    today: date,
    currency: str,
    *,
    currency_said: bool,
) -> Typed:
    """Read the values of a table's mapped columns.

    Parameters
    ----------
    place
        Of the table among those of the plan.
    skipped
        Rows to leave out, as the spreadsheet counts, with the reason.
    stated
        How columns are read that nobody spoke about, where somebody said so of all.
    currency
        What amounts are in that state none: a bare dollar sign means it, where it is a dollar.
    currency_said
        Whether somebody said so for this import.
    """
    kept, numbers, left_out = _data_rows(table, place, skipped)
    mapped = [(column, field_at(table.target, column.field)) for column in table.columns if column.field]
    locales = _locales(table, mapped, kept, stated)
    lines = pc.add(numbers, place * SHEET_STEP)
    values: dict[str, pa.Array] = {}
    problems: list[pa.Table] = []
    faults: list[pa.Array] = []
    marks: list[pa.Array] = []
    for column, field in mapped:
        assert column.field is not None
        texts = table.texts(column.index).filter(kept)
        natives = table.natives(column.index).filter(kept)
        locale = locales.get(column.index, Locale())
        read = read_column(field, texts, natives, locale, today)
        values[column.field] = read.values
        if field.kind in ("amount", "price") and read.marks is not None:
            heading = pa.scalar(currency_in(column.heading), pa.string())
            marks.append(pc.coalesce(read.marks, heading))
        if _asks(field, locale):
            problems.append(_question(table, column, locale))
        found = _problems(table, column, texts, numbers, read)
        if found.num_rows:
            problems.append(found)
            faults.append(_told(column, texts, read.faults))
    stray, stray_faults = _under_no_heading(table, numbers, kept)
    problems += stray
    faults += stray_faults
    problems += [*_left_out_columns(table, kept), *_hidden(table, kept)]
    if marks and "currency" in paths(table.target):
        told, odd = _currencies(marks, values.get("currency"), currency)
        problems += _question_of_currency(table, told, currency, said_so="currency" in values or currency_said)
        values["currency"] = told
        faults.append(odd)
    rows: dict[str, pa.Array] = {"line": lines, "fault": _joined(faults, len(lines))}
    for path in paths(table.target):
        field = field_at(table.target, path)
        kind = pa.string() if field.references else arrow_type(field.sql_type)
        rows[path] = values.get(path, pa.nulls(len(lines), kind))
    further = {path.removeprefix(FURTHER): column for path, column in values.items() if path.startswith(FURTHER)}
    if further:
        rows["extra"] = _with_further(rows["extra"], further)
    return Typed(table, pa.table(rows), left_out, pa.concat_tables([PROBLEMS.empty_table(), *problems]), locales)


def _currencies(marks: list[pa.Array], stated: pa.Array | None, currency: str) -> tuple[pa.Array, pa.Array]:
    """Return the currency of each row, from its own column or else from its amounts, and where these disagree."""
    seen = reduce(pc.coalesce, marks)
    signs = {**SIGNS, "$": currency if currency in DOLLARS else "USD"}
    distinct = pc.unique(seen)
    codes = [None if mark is None else signs.get(mark.casefold(), mark) for mark in distinct.to_pylist()]
    found = pa.array(codes, pa.string()).take(pc.index_in(seen, distinct))
    if stated is None:
        return found, pa.nulls(len(found), pa.string())
    differ = pc.fill_null(pc.not_equal(found, stated), False)
    told = pc.binary_join_element_wise("its amounts are in", found, "but it says", stated, " ")
    return pc.coalesce(stated, found), pc.if_else(differ, told, pa.scalar(None, pa.string()))


def _question_of_currency(table: SheetTable, told: pa.Array, currency: str, *, said_so: bool) -> list[pa.Table]:
    """Ask, where some amounts name a foreign currency and others none."""
    foreign = [code for code in pc.unique(told).to_pylist() if code not in (None, currency)]
    if said_so or not foreign or not told.null_count:
        return []
    question = {
        "sheet": table.name, "row": None, "column": None, "field": "currency", "value": None,
        "problem": f"some amounts are in {' and '.join(foreign)}, and {told.null_count:,} rows say nothing",
        "hint": f'Say what those are in: plan.currency("{foreign[0]}") or plan.currency("{currency}").',
        "severity": "question",
    }  # fmt: skip
    return [pa.Table.from_pylist([question], schema=PROBLEMS)]


def _under_no_heading(table: SheetTable, numbers: pa.Array, kept: pa.Array) -> tuple[list[pa.Table], list[pa.Array]]:
    """Notice values to the side of the table; in a delimited file they mean that a row was split wrongly."""
    problems, faults = [], []
    for column in table.columns:
        if column.heading:
            continue
        texts = pc.utf8_trim_whitespace(pc.fill_null(table.texts(column.index), ""))
        values = texts.filter(kept)
        filled = pc.not_equal(values, "")
        if not pc.any(filled).as_py():
            continue
        said = "stands under no heading" + (
            ": the row has more cells than the headings" if table.cells.delimited else ""
        )
        told = pc.if_else(filled, pa.scalar(said), pa.scalar(None, pa.string()))
        nothing = pa.nulls(len(values), pa.string())
        read = Read(values, told, nothing) if table.cells.delimited else Read(values, nothing, told)
        problems.append(_problems(table, column, values, numbers, read))
        if table.cells.delimited:
            faults.append(_told(column, values, told))
    return problems, faults


def _with_further(extra: pa.Array, further: Mapping[str, pa.Array]) -> pa.Array:
    """Put the columns that are one's own beside what a column of further fields says."""
    columns = [column.to_pylist() for column in further.values()]
    kept = []
    for held, *texts in zip(extra.to_pylist(), *columns, strict=True):
        told = {name: text for name, text in zip(further, texts, strict=True) if text}
        kept.append(json.dumps({**json.loads(held or "{}"), **told}, ensure_ascii=False) if told or held else None)
    return pa.array(kept, pa.string())


def _hidden(table: SheetTable, kept: pa.Array) -> list[pa.Table]:
    """Say what the spreadsheet hides and is imported all the same."""
    sheet = table.cells
    within = (row for row in sheet.hidden_rows if table.first_row <= row <= table.last_row)
    rows = [row for row in within if kept[row - table.first_row].as_py()]
    told: list[tuple[str | None, str, str]] = []
    if sheet.hidden:
        told.append((None, "the sheet is hidden", "Name the sheets to read: sheet=...."))
    if rows:
        what = "1 row is" if len(rows) == 1 else f"{len(rows):,} rows are"
        shown = ", ".join(map(str, rows[:5])) + (", ..." if len(rows) > 5 else "")
        told.append((None, f"{what} hidden: {shown}", f"Leave them out: plan.skip({rows[:20]})."))
    told += [
        (column.heading, "the column is hidden", f'Leave it out: plan.map("{column.heading}", to=None).')
        for column in table.columns
        if column.index in sheet.hidden_columns and column.field
    ]
    same = {"sheet": table.name, "row": None, "field": None, "value": None, "severity": "warning"}
    found = [
        {**same, "column": column, "problem": f"{problem} in the spreadsheet, and imported all the same", "hint": hint}
        for column, problem, hint in told
    ]
    return [pa.Table.from_pylist(found, schema=PROBLEMS)] if found else []


def _left_out_columns(table: SheetTable, kept: pa.Array) -> list[pa.Table]:
    """Say which columns hold something and go nowhere."""
    rows = []
    for column in table.left_out():
        texts = pc.utf8_trim_whitespace(pc.fill_null(table.texts(column.index), ""))
        if pc.any(pc.not_equal(texts.filter(kept), "")).as_py():
            hint = f'If it matters: plan.map("{column.heading}", to="...").'
            rows.append(
                {
                    "sheet": table.name, "row": None, "column": column.heading, "field": None, "value": None,
                    "problem": column.left_out, "hint": hint, "severity": "warning",
                }
            )  # fmt: skip
    return [pa.Table.from_pylist(rows, schema=PROBLEMS)] if rows else []


def _data_rows(table: SheetTable, place: int, skipped: Mapping[int, str]) -> tuple[pa.Array, pa.Array, pa.Table]:
    """Return which rows below the headings are data, their numbers, and those that are not, with the reason."""
    numbers = pa.array(range(table.first_row, table.last_row + 1), pa.int64())
    blank = blank_in((table.texts(column.index) for column in table.columns if column.made is None), len(numbers))
    told = {**dict.fromkeys(table.totals, "it holds totals"), **skipped}
    out = pc.and_not(pc.is_in(numbers, pa.array(sorted(told), pa.int64())), blank)
    gone = numbers.filter(out)
    nothing = pa.nulls(len(gone), pa.int64())
    left_out = pa.table(
        {
            "line": pc.add(gone, place * SHEET_STEP),
            "table": pa.array([table.target] * len(gone), pa.string()),
            "outcome": pa.array(["skipped"] * len(gone), pa.string()),
            "record": nothing,
            "reason": pa.array([told[row] for row in gone.to_pylist()], pa.string()),
        }
    )
    kept = pc.invert(pc.or_(out, blank))
    return kept, numbers.filter(kept), left_out


def _locales(
    table: SheetTable,
    mapped: list[tuple[Column, Field]],
    kept: pa.Array,
    stated: Locale | None,
) -> dict[int, Locale]:
    """Decide how each column of amounts and dates is read; what one leaves open another may tell."""
    found: dict[int, Locale] = {}
    for column, field in mapped:
        tell = _tells(field)
        if tell is None:
            continue
        typed = pc.and_(kept, pc.invert(table.natives(column.index)))
        texts = pc.utf8_trim_whitespace(table.texts(column.index).filter(typed))
        spoken = column.locale or stated
        found[column.index] = spoken if spoken is not None and _speaks(field, spoken) else tell(texts)
    for column, field in mapped:
        locale = found.get(column.index)
        if locale is not None and _asks(field, locale):
            others = [other for other in found.values() if other.sure and _speaks(field, other)]
            if others:
                told = f"{locale.evidence}; read like the other columns: {others[0].evidence}"
                found[column.index] = Locale(others[0].decimal, others[0].order, told)
    return found


def _tells(field: Field) -> Any:
    if field.sql_type.startswith("DECIMAL") and field.kind != "duration":
        return decimal_mark
    return date_order if field.kind in ("date", "since") else None


def _speaks(field: Field, locale: Locale) -> bool:
    return (locale.decimal if _tells(field) is decimal_mark else locale.order) is not None


def _asks(field: Field, locale: Locale) -> bool:
    return _tells(field) is not None and not _speaks(field, locale)


def _question(table: SheetTable, column: Column, locale: Locale) -> pa.Table:
    amount = _tells(field_at(table.target, column.field or "")) is decimal_mark
    answer = 'decimal="," or decimal="."' if amount else 'order="dmy", order="mdy" or order="ymd"'
    return pa.Table.from_pylist(
        [
            {
                "sheet": table.name, "row": None, "column": column.heading, "field": column.field, "value": None,
                "problem": locale.evidence, "hint": f'Say which: plan.read_as("{column.heading}", {answer}).',
                "severity": "question",
            }
        ],
        schema=PROBLEMS,
    )  # fmt: skip


def _problems(table: SheetTable, column: Column, texts: pa.Array, numbers: pa.Array, read: Read) -> pa.Table:
    parts = []
    for said, severity, hint in (
        (read.faults, "error", "Correct the cell, map the column elsewhere, or skip the row."),
        (read.warnings, "warning", ""),
    ):
        odd = pc.is_valid(said)
        count = pc.sum(odd).as_py() or 0
        if count:
            same = {
                "sheet": table.name,
                "column": column.heading,
                "field": column.field,
                "hint": hint,
                "severity": severity,
            }
            told = {name: pa.repeat(pa.scalar(text, pa.string()), count) for name, text in same.items()}
            told |= {"row": numbers.filter(odd), "value": texts.filter(odd), "problem": said.filter(odd)}
            parts.append(pa.table({name: told[name] for name in PROBLEMS.names}, schema=PROBLEMS))
    return pa.concat_tables(parts) if parts else PROBLEMS.empty_table()


def _told(column: Column, texts: pa.Array, faults: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(f'{column.heading} "', texts, '" ', faults, "", null_handling="emit_null")


def _joined(faults: list[pa.Array], count: int) -> pa.Array:
    joined = pa.nulls(count, pa.string())
    for more in faults:
        both = pc.binary_join_element_wise(joined, more, "; ", null_handling="emit_null")
        joined = pc.coalesce(both, joined, more)
    return joined
