"""Tables, columns and comments, as the registry declares them."""

from __future__ import annotations

from collections.abc import Iterator

from invoicekit.schema import TABLES, Field, Table
from invoicekit.store.sql import quoted

__all__ = ["add_column", "columns", "create_table", "create_tables"]

# Which operation wrote a version, and which one ended it.
WRITTEN_BY = ("operation", "BIGINT")
ENDED_BY = ("ended_by", "BIGINT")


def columns(table: Table) -> list[tuple[str, str]]:
    """Return the columns of a table: its fields and, where versioned, who wrote the row."""
    declared = [(field.name, field.sql_type) for field in table.fields]
    return [*declared, WRITTEN_BY] if table.versioned else declared


def create_table(table: Table) -> Iterator[str]:
    """Yield the statements that make a table, its history and its comments."""
    yield f"create table if not exists book.main.{quoted(table.name)} ({_columns(columns(table))})"
    yield f"comment on table book.main.{quoted(table.name)} is {_text(table.help)}"
    for field in table.fields:
        yield _comment(table, field)
    if table.versioned:
        yield f"create table if not exists book.history.{quoted(table.name)} ({_columns([*columns(table), ENDED_BY])})"


def create_tables() -> Iterator[str]:
    """Yield the statements that make an empty book."""
    yield "create schema book.history"
    for table in TABLES.values():
        yield from create_table(table)


def add_column(table: Table, field: Field) -> Iterator[str]:
    """Yield the statements that give an older book a field, in the table and in its history."""
    for schema in ("main", "history") if table.versioned else ("main",):
        yield (f"alter table book.{schema}.{quoted(table.name)} add column {quoted(field.name)} {field.sql_type}")
    yield _comment(table, field)


def _columns(pairs: list[tuple[str, str]]) -> str:
    return ", ".join(f"{quoted(name)} {kind}" for name, kind in pairs)


def _comment(table: Table, field: Field) -> str:
    return f"comment on column book.main.{quoted(table.name)}.{quoted(field.name)} is {_text(field.help)}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
