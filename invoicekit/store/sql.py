"""Statements kept in files, and the names of their parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["bind", "filled", "load", "quoted", "sql_text"]

_PARAMETER = re.compile(r"\$(\w+)")
_COMMENT = re.compile(r"--[^\n]*")


@cache
def load(package: str, name: str) -> str:
    """Return a statement from ``<package>/sql/<name>.sql``, read once."""
    return (files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def bind(sql: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the parameters a statement names: the engine refuses to be told more."""
    named = set(_PARAMETER.findall(_COMMENT.sub("", sql)))
    return {name: value for name, value in parameters.items() if name in named}


def quoted(name: str) -> str:
    """Quote an identifier of the registry."""
    return '"' + name.replace('"', '""') + '"'


def filled(tables: Iterable[str], schema: str = "") -> str:
    """Return the query of which of some tables hold any row, their ``name``: most of a book's tables hold none."""
    return " union all ".join(f"(select '{name}' as name from {schema}{quoted(name)} limit 1)" for name in tables)


def sql_text(value: object) -> str:
    """Write a value as an SQL text literal, where a statement takes no parameter."""
    return "'" + str(value).replace("'", "''") + "'"
