"""Statements kept in files, and the names of their parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

__all__ = ["bind", "filled", "load", "narrowed", "quoted", "sql_text"]

# Up to how many values a statement names one by one.
_FEW = 200

_PARAMETER = re.compile(r"\$(\w+)")
_COMMENT = re.compile(r"--[^\n]*")
_NAMING = re.compile(r"^-- few (?P<name>\w+): (?P<query>.+)$", re.MULTILINE)
_NARROWING = re.compile(r"-- few: (?P<column>[\w.\"]+) = (?P<staged>\w+)\.(?P<field>\w+)$", re.MULTILINE)


@cache
def load(package: str, name: str) -> str:
    """Return a statement from ``<package>/sql/<name>.sql``, read once."""
    return (files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def bind(sql: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the parameters a statement names: the engine refuses to be told more."""
    named = set(_PARAMETER.findall(_COMMENT.sub("", sql)))
    return {name: value for name, value in parameters.items() if name in named}


def narrowed(cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | None = None) -> str:
    """Name the values one by one that a join comes down to, where they are few and the statement says which they are.

    A condition ``and invoices.id in (4, 7)`` takes the place of a line ``-- few: invoices.id = staged.id``. It adds nothing to what
    the join says; but a server sends what is asked for by value, and of what it is joined with here, it sends all it has.

    Beside a table, ``staged`` may be what a line above says: ``-- few documents: select id from invoices where matter = $matter``,
    the first of its name whose parameters are all given. Such a line may name one before it: ``where invoice in (documents)``.
    """
    named = _named(cursor, sql, parameters or {})

    @cache
    def few(staged: str, field: str) -> str | None:
        if staged in named:
            return named[staged]
        return _few(cursor, f"select distinct {field} from {staged} where {field} is not null")

    def condition(found: re.Match[str]) -> str:
        held = few(found["staged"], found["field"])
        return "" if held is None else f"and {found['column']} in ({held})" if held else "and false"

    return _NARROWING.sub(condition, sql)


def _named(cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the numbers of records of each ``-- few name: query``; nothing where they are many, or where it cannot be asked."""
    named: dict[str, str | None] = {}
    for found in _NAMING.finditer(sql):
        name, query = found["name"], found["query"]
        used = [other for other in named if f"in ({other})" in query]
        told = bind(query, parameters)
        if (
            named.setdefault(name, None) is not None
            or None in told.values()
            or any(named[other] is None for other in used)
        ):
            continue
        for other in used:
            # No record has the number 0.
            query = query.replace(f"in ({other})", f"in ({named[other] or 0})")
        named[name] = _few(cursor, query, told)
    return named


def _few(cursor: duckdb.DuckDBPyConnection, query: str, parameters: Mapping[str, Any] | None = None) -> str | None:
    """Return the values a query comes to, as SQL writes them; nothing where they are many, or cannot be sent."""
    values = [value for (value,) in cursor.execute(f"{query} limit {_FEW + 1}", parameters or {}).fetchall()]
    if len(values) > _FEW or any("\0" in str(value) for value in values):
        return None
    return ", ".join(str(value) if isinstance(value, int) else sql_text(value) for value in values)


def quoted(name: str) -> str:
    """Quote an identifier of the registry."""
    return '"' + name.replace('"', '""') + '"'


def filled(tables: Iterable[str], schema: str = "") -> str:
    """Return the query of which of some tables hold any row, their ``name``: most of a book's tables hold none."""
    return " union all ".join(f"(select '{name}' as name from {schema}{quoted(name)} limit 1)" for name in tables)


def sql_text(value: object) -> str:
    """Write a value as an SQL text literal, where a statement takes no parameter."""
    return "'" + str(value).replace("'", "''") + "'"
