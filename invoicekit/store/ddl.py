"""Tables, columns and comments, as the registry declares them."""

from __future__ import annotations

from collections.abc import Iterator

from invoicekit.schema import TABLES, Field, Table
from invoicekit.store.sql import quoted

__all__ = ["add_column", "columns", "create_table", "create_tables", "team_tables"]

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

# What operations and lists look for by value, beside numbers of records.
_SOUGHT = {
    "invoices": ("number", "customer", "billed_for", "matter"), "entries": ("customer", "invoice", "payment"),
    "payments": ("customer",), "allocations": ("invoice", "payment"), "activities": ("matter",),
}  # fmt: skip


def team_tables() -> Iterator[str]:
    """Yield the statements by which PostgreSQL makes a book, or brings an older one along that lacks something of it.

    It holds keys, references and choices for everyone, whatever they come in by.
    """
    yield "create schema if not exists main"
    yield "create schema if not exists history"
    for table in TABLES.values():
        yield from _team_table(table)
    for table in TABLES.values():
        for field in table.fields:
            if field.references is not None:
                # Looked at when an operation ends: its steps may come in any order.
                held = f"references main.{quoted(field.references)} (id) deferrable initially deferred"
                yield from _held(table, field, f"foreign key ({quoted(field.name)}) {held}")


def _team_table(table: Table) -> Iterator[str]:
    name = quoted(table.name)
    key = "id" if "id" in table.names else _KEYS.get(table.name)
    keyed = [f"primary key ({key})"] if key else []
    yield f"create table if not exists main.{name} ({', '.join([_team_columns(columns(table)), *keyed])})"
    if table.versioned:
        versions = _team_columns([*columns(table), ENDED_BY])
        yield f"create table if not exists history.{name} ({versions}, primary key (id, operation))"
    yield f"comment on table main.{name} is {_text(table.help)}"
    for field in table.fields:
        for schema in ("main", "history") if table.versioned else ("main",):
            kind = _TEAM.get(field.sql_type, field.sql_type)
            yield f"alter table {schema}.{name} add column if not exists {quoted(field.name)} {kind}"
        yield f"comment on column main.{name}.{quoted(field.name)} is {_text(field.help)}"
        if field.choices:
            yield from _held(table, field, f"check ({quoted(field.name)} in ({', '.join(map(_text, field.choices))}))")
    # What an operation wrote is sealed when it ends, and published.
    sought = [("main", "operation"), ("history", "ended_by")] if table.versioned else []
    if key is None:
        sought.append(("main", "import"))
    for schema, column in (*sought, *(("main", column) for column in _SOUGHT.get(table.name, ()))):
        yield f"create index if not exists {quoted(f'{table.name}_by_{column}')} on {schema}.{name} ({quoted(column)})"


def _held(table: Table, field: Field, what: str) -> Iterator[str]:
    """Yield the statements that have something held of a field, in the place of what was held before."""
    constraint, altered = quoted(f"{table.name}_{field.name}"), f"alter table main.{quoted(table.name)}"
    yield f"{altered} drop constraint if exists {constraint}"
    yield f"{altered} add constraint {constraint} {what}"


def _team_columns(pairs: list[tuple[str, str]]) -> str:
    return _columns([(name, _TEAM.get(kind, kind)) for name, kind in pairs])
