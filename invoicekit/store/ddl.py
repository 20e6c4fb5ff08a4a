"""Tables, columns and comments, as the registry declares them."""

from __future__ import annotations

from collections.abc import Iterator

from invoicekit.schema import TABLES, Field, Table
from invoicekit.store.sql import quoted

__all__ = ["add_column", "columns", "create_table", "create_tables", "create_team_tables"]

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


# What the engine's types are called by PostgreSQL.
_TEAM = {"VARCHAR": "text", "VARCHAR[]": "text[]", "BLOB": "bytea"}
# What tells the rows of a table apart that are not numbered. One row of a file may become several records, so nothing does
# among rows that were imported.
_KEYS = {"counters": "name", "migrations": "version"}

# What operations look for by value, beside numbers of records.
_SOUGHT = {"invoices": ("number",), "entries": ("customer", "invoice")}


def create_team_tables() -> Iterator[str]:
    """Yield the statements by which PostgreSQL makes an empty book, with the keys and references it holds for everyone."""
    yield "create schema main"
    yield "create schema history"
    for table in TABLES.values():
        key = "id" if "id" in table.names else _KEYS.get(table.name)
        checks = [
            f"check ({quoted(field.name)} in ({', '.join(map(_text, field.choices))}))"
            for field in table.fields
            if field.choices
        ]
        whole = ", ".join([_team_columns(columns(table)), *([f"primary key ({key})"] if key else []), *checks])
        yield f"create table main.{quoted(table.name)} ({whole})"
        yield f"comment on table main.{quoted(table.name)} is {_text(table.help)}"
        for field in table.fields:
            yield f"comment on column main.{quoted(table.name)}.{quoted(field.name)} is {_text(field.help)}"
        if table.versioned:
            versions = _team_columns([*columns(table), ENDED_BY])
            yield f"create table history.{quoted(table.name)} ({versions}, primary key (id, operation))"
            # What an operation wrote is sealed when it ends, and published.
            yield f"create index on main.{quoted(table.name)} (operation)"
            yield f"create index on history.{quoted(table.name)} (ended_by)"
            for name in _SOUGHT.get(table.name, ()):
                yield f"create index on main.{quoted(table.name)} ({quoted(name)})"
        elif key is None:
            yield f"create index on main.{quoted(table.name)} (import)"
    for table in TABLES.values():
        for field in table.fields:
            if field.references is not None:
                # Looked at when an operation ends: its steps may come in any order.
                yield (
                    f"alter table main.{quoted(table.name)} add foreign key ({quoted(field.name)}) "
                    f"references main.{quoted(field.references)} (id) deferrable initially deferred"
                )


def _team_columns(pairs: list[tuple[str, str]]) -> str:
    return _columns([(name, _TEAM.get(kind, kind)) for name, kind in pairs])
