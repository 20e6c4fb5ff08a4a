"""Copies of a book, made by the engine.

The live file is never opened, read or copied by this process in any other way: closing any
second descriptor of it drops the lock that keeps other processes out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from invoicekit.errors import BookError

if TYPE_CHECKING:
    import duckdb

__all__ = ["STORAGE", "copy_to", "must_be_free", "sql_text"]

# The oldest engine that must read a book; both lines in support write it.
STORAGE = "type duckdb, storage_version 'v1.5.0'"


def copy_to(cursor: duckdb.DuckDBPyConnection, path: Path) -> Path:
    """Copy the attached book into a new file, consistent while in use.

    Raises
    ------
    BookError
        If something is already there: a copy never overwrites.
    """
    must_be_free(path)
    cursor.execute(f"attach {sql_text(path)} as copy_of_book ({STORAGE})")
    try:
        cursor.execute("copy from database book to copy_of_book")
    finally:
        cursor.execute("detach copy_of_book")
    return path


def must_be_free(path: Path) -> None:
    """Refuse a path where something is already.

    Raises
    ------
    BookError
        A copy never overwrites.
    """
    if path.exists():
        raise BookError(
            f"{path} exists already, and a copy never overwrites. Name another file, or move that one away."
        )


def sql_text(value: object) -> str:
    """Write a value as an SQL text literal, where a statement takes no parameter."""
    return "'" + str(value).replace("'", "''") + "'"
