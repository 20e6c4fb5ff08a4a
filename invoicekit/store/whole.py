"""A whole book as text: the queries that write its tables, read them again, and find what cannot be read.

They are made from the registry alone, so a table or a field that is added moves as well. Texts are read from
``told_<table>``, a table of texts by heading, and ``moved_<table>`` says which number each record had and gets.
"""

from __future__ import annotations

from collections.abc import Container

from invoicekit.schema import Field, Table
from invoicekit.store.sql import quoted

__all__ = ["MARK", "RECORD", "headings", "moved", "odd_cells", "written"]

# Heads the column of numbers that records have in the book they were written from.
RECORD = "record"
_READ_AS = {
    "customers": "display_name",
    "users": "name",
    "matters": "title",
    "activity_categories": "name",
    "invoices": "number",
    "payments": "external_id",
}
# A number of a customer that stays when that one is merged: no reference to follow, but one to carry over.
_CARRIED = {"recorded_for": "customers"}
# Text of no letters is not the same as no text: it is written behind this mark, as is text that begins with it, and text that a
# spreadsheet would take for a formula and run.
MARK = "''"


def written(table: Table) -> str:
    """Return the query of a table's rows as texts."""
    columns, joins = [f"held.id::varchar as {RECORD}"], []
    for field in table.fields:
        name, to = quoted(field.name), _leads_to(field)
        if field.name == "id":
            continue
        if to is None:
            columns.append(f"{_marked(_text(field, f'held.{name}'), field.sql_type)} as {name}")
            continue
        if to in _READ_AS:
            other = quoted(f"of_{field.name}")
            joins.append(f"left join {to} as {other} on {other}.id = held.{name}")
            columns.append(f"{_marked(f'{other}.{_READ_AS[to]}', 'VARCHAR')} as {name}")
        columns.append(f"held.{name}::varchar as {quoted(f'{field.name}.{RECORD}')}")
    return f"select {', '.join(columns)} from {quoted(table.name)} as held {' '.join(joins)} order by held.id"


def _marked(text: str, sql_type: str) -> str:
    """Return a text behind the mark where it would be taken for something else: for nothing, or by a spreadsheet for a formula."""
    formula = f" or regexp_matches({text}, '^[=+\\-@\\t\\r\\n]')" if sql_type == "VARCHAR" else ""
    return f"case when {text} = '' or starts_with({text}, $mark){formula} then $mark || {text} else {text} end"


def _text(field: Field, column: str) -> str:
    if field.sql_type.endswith("[]"):
        return f"to_json({column})::varchar"
    return f"base64({column})" if field.sql_type == "BLOB" else f"{column}::varchar"


def _leads_to(field: Field) -> str | None:
    return field.references or _CARRIED.get(field.name)


def headings(table: Table) -> list[str]:
    """Return the headings of a table as it is written."""
    told = [RECORD]
    for field in table.fields:
        to = _leads_to(field)
        if field.name != "id" and (to is None or to in _READ_AS):
            told.append(field.name)
        if to is not None:
            told.append(f"{field.name}.{RECORD}")
    return told


def _value(field: Field) -> str:
    name = f"told.{quoted(field.name)}"
    if field.sql_type.endswith("[]"):
        return f"try_cast({name}::json as {field.sql_type})"
    if field.sql_type == "BLOB":
        return f"try(from_base64({name}))"
    return f"try_cast({name} as {field.sql_type})"


def moved(table: Table) -> str:
    """Return the query of a table's rows with their new numbers, and those of the records they mean."""
    columns = ["moved.id"]
    joins = [f"inner join {quoted(f'moved_{table.name}')} as moved on moved.old = try_cast(told.{RECORD} as bigint)"]
    for field in table.fields:
        to = _leads_to(field)
        if field.name == "id":
            continue
        if to is None:
            columns.append(f"{_value(field)} as {quoted(field.name)}")
            continue
        other = quoted(f"of_{field.name}")
        at = quoted(f"{field.name}.{RECORD}")
        joins.append(f"left join {quoted(f'moved_{to}')} as {other} on {other}.old = try_cast(told.{at} as bigint)")
        columns.append(f"{other}.id as {quoted(field.name)}")
    return (
        f"select {', '.join(columns)} from {quoted(f'told_{table.name}')} as told {' '.join(joins)} order by moved.id"
    )


def odd_cells(name: str, field: Field, named: Container[str]) -> str:
    """Return the query of the cells of a field that cannot be taken over, with what is wrong with each."""
    to = _leads_to(field)
    if to is not None:
        at, why = f"told.{quoted(f'{field.name}.{RECORD}')}", "is no record there"
        there = (
            f"select try_cast({RECORD} as bigint) from {quoted(f'told_{to}')}"
            if to in named
            else "select null where false"
        )
        odd = f"{at} is not null and coalesce(try_cast({at} as bigint) not in ({there}), true)"
        if field.required:
            odd = f"{at} is null or ({odd})"
    elif field.choices:
        at, why = f"told.{quoted(field.name)}", f"is none of {', '.join(field.choices)}"
        among = ", ".join(f"'{choice}'" for choice in field.choices)
        odd = f"{at} not in ({among})"
    else:
        at, why = f"told.{quoted(field.name)}", "is not what the field holds"
        odd = f"{at} is not null and {_value(field)} is null"
    told = quoted(f"told_{name}")
    return f"select line as \"row\", {at} as value, '{why}' as problem from {told} as told where {odd} order by line limit 100"
