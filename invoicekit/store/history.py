"""The second clock: a book as it was known when an operation had just been recorded.

Every versioned table is re-assembled from the versions that were current then, as views in a
schema of the engine's own memory. A cursor whose search path leads there reads the past with
the very same SQL: tables, public views and reports alike.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, SupportsIndex

from invoicekit import dates
from invoicekit.errors import InvalidValue, NotFound
from invoicekit.schema import TABLES, Table, versioned
from invoicekit.store.ddl import columns
from invoicekit.store.sql import quoted

if TYPE_CHECKING:
    import duckdb

# A view that reads versions reads those of its time.
_VERSIONS = re.compile(r"\bhistory\.(\w+)")

__all__ = ["as_known", "build", "operation_at", "story"]


def build(cursor: duckdb.DuckDBPyConnection, operation: int, views: Mapping[str, str]) -> str:
    """Make the schema that shows the book after an operation, and return its path."""
    schema = f"memory.known_{operation}"
    cursor.execute(f"create schema if not exists {schema}")
    for table in TABLES.values():
        cursor.execute(f"create or replace view {schema}.{quoted(table.name)} as {as_known(table, operation)}")
    cursor.execute(f"set search_path = '{schema},memory.main'")
    then = rf"(select * from book.history.\1 where operation <= {operation})"
    for name, sql in views.items():
        cursor.execute(f"create or replace view {schema}.{quoted(name)} as {_VERSIONS.sub(then, sql)}")
    return schema


def operation_at(known_at: Any, rows: Callable[..., list[dict[str, Any]]]) -> int | None:
    """Return the last operation recorded by a moment; an operation's own number is taken as is.

    Raises
    ------
    InvalidValue
        If that is neither a moment nor the number of an operation.
    """
    if isinstance(known_at, bool):
        raise InvalidValue(f"{known_at} is no moment. Give a date, a date and time, or the number of an operation.")
    if isinstance(known_at, SupportsIndex):
        known_at = operator.index(known_at)
    if isinstance(known_at, int) and known_at < 0:
        raise InvalidValue(f"{known_at} is no operation: they are numbered from 1, and 0 is before the first.")
    if known_at is None or isinstance(known_at, int):
        return known_at
    found = rows(
        "select coalesce(max(id), 0) as id from book.main.operations where recorded_at <= $moment",
        moment=dates.moment(known_at),
    )
    return int(found[0]["id"])


def as_known(table: Table, operation: int) -> str:
    """Return the query that gives a table's rows as they stood after an operation."""
    present = f"book.main.{quoted(table.name)}"
    names = ", ".join(quoted(name) for name, _ in columns(table))
    if table.versioned:
        past = f"book.history.{quoted(table.name)}"
        return (
            f"select {names} from {present} where operation <= {operation} "
            f"union all select {names} from {past} where operation <= {operation} and ended_by > {operation}"
        )
    if table.name == "operations":
        return f"select {names} from {present} where id <= {operation}"
    if table.name == "imports":
        return f"select {names} from {present} where operation <= {operation}"
    if table.name == "import_rows":
        receipts = f"select id from book.main.imports where operation <= {operation}"
        return f"select {names} from {present} where import in ({receipts})"
    return f"select {names} from {present}"


def story(name: str) -> str:
    """Return the query that tells what happened to one record, $id: a row for each field an operation changed.

    Raises
    ------
    NotFound
        If no table of this name has a history.
    """
    tables = {one.name: one for one in versioned()}
    if name not in tables:
        raise NotFound(f'There is no table "{name}" with a history. There are: {", ".join(tables)}.')
    table = tables[name]
    names = ", ".join(quoted(name) for name, _ in columns(table))
    present, past = f"book.main.{quoted(table.name)}", f"book.history.{quoted(table.name)}"
    changes = " union all ".join(
        f"select operation, {place} as place, '{field.name}' as field, "
        f"lag({quoted(field.name)}::varchar) over (order by operation) as before, "
        f"{quoted(field.name)}::varchar as after from versions"
        for place, field in enumerate(table.fields)
        if field.name != "id"
    )
    return f"""
        with versions as (
            select {names} from {present} where id = $id
            union all
            select {names} from {past} where id = $id
        ),
        changes as ({changes}),
        ended as (
            select ended_by as operation, 0 as place, 'record' as field, 'there' as before, 'taken out' as after
            from {past}
            where id = $id and ended_by not in (select operation from versions)
        )
        select o.recorded_at, o.actor, o.kind, c.field, c.before, c.after, c.operation
        from (select * from changes where before is distinct from after union all select * from ended) c
        join operations o on o.id = c.operation
        order by c.operation, c.place
    """
