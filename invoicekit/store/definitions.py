"""Views that stand in the file for everybody, and functions that live in the engine for us."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from invoicekit.money import odd_digits
from invoicekit.store.sql import quoted

if TYPE_CHECKING:
    import duckdb

__all__ = ["load_macros", "own_views", "refresh_views", "show_views", "write_views"]

# Outside of the database their schema is not found by its name alone.
_SCHEMAS = re.compile(r"(?<![.\w])(history|derived)\.(?=\w)")


@cache
def own_views() -> Mapping[str, str]:
    """Return the views of the store itself, by name, read once."""
    folder = files("invoicekit.store") / "views"
    return {
        file.name.removesuffix(".sql"): file.read_text(encoding="utf-8")
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    }


def load_macros(cursor: duckdb.DuckDBPyConnection) -> None:
    """Define the functions that the package's own queries share."""
    # The engine's copy of money.digits is made from it.
    cases = " ".join(f"when '{code}' then {places}" for code, places in odd_digits().items())
    cursor.execute(f"create or replace macro memory.main.digits(code) as case code {cases} else 2 end")
    cursor.execute((files("invoicekit.store") / "macros.sql").read_text(encoding="utf-8"))


def refresh_views(cursor: duckdb.DuckDBPyConnection, views: Mapping[str, str]) -> None:
    """Write the public views into the file, where any of them is missing or was another one."""
    held = dict(
        cursor.execute(
            "select view_name, comment from duckdb_views() where database_name = 'book' and not internal"
        ).fetchall()
    )
    if all(held.get(name) == _mark(sql) for name, sql in views.items()):
        return
    cursor.execute("begin transaction")
    write_views(cursor, views)
    cursor.execute("commit")


def write_views(cursor: duckdb.DuckDBPyConnection, views: Mapping[str, str]) -> None:
    """Write views into the file, each with a mark by which it is known again, within a transaction of the caller's."""
    for name, sql in views.items():
        cursor.execute(f"create or replace view book.main.{quoted(name)} as {sql}")
        cursor.execute(f"comment on view book.main.{quoted(name)} is '{_mark(sql)}'")


def show_views(cursor: duckdb.DuckDBPyConnection, views: Mapping[str, str]) -> None:
    """Make views for this session alone, of a book that keeps none."""
    for name, sql in views.items():
        text = _SCHEMAS.sub(r"book.\1.", sql)
        cursor.execute(f"create or replace view memory.main.{quoted(name)} as {text}")


def _mark(sql: str) -> str:
    return hashlib.sha256(sql.encode()).hexdigest()[:16]
