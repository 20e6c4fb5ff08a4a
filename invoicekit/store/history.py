"""The second clock: a book as it was known when an operation had just been recorded.

Every versioned table is re-assembled from the versions that were current then, as views in a
schema of the engine's own memory. A cursor whose search path leads there reads the past with
the very same SQL: tables, public views and reports alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from invoicekit.schema import TABLES, Table
from invoicekit.store.ddl import columns
from invoicekit.store.sql import quoted

if TYPE_CHECKING:
    import duckdb

__all__ = ["as_known", "build"]


def build(cursor: duckdb.DuckDBPyConnection, operation: int, views: Mapping[str, str]) -> str:
    """Make the schema that shows the book after an operation, and return its path."""
    schema = f"memory.known_{operation}"
    cursor.execute(f"create schema if not exists {schema}")
    for table in TABLES.values():
        cursor.execute(f"create or replace view {schema}.{quoted(table.name)} as {as_known(table, operation)}")
    cursor.execute(f"set search_path = '{schema},memory.main'")
    for name, sql in views.items():
        cursor.execute(f"create or replace view {schema}.{quoted(name)} as {sql}")
    return schema


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
