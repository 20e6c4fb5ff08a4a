"""A book as other tools want a database: a connection by PEP 249 that reads, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import pyarrow as pa

from invoicekit.errors import BookClosed
from invoicekit.store.holding import Hold

__all__ = ["Connection", "Cursor"]

Row = tuple[Any, ...]


class Connection:
    """What ``%%sql`` cells and database tools are given: every cursor of it asks `Book.sql`.

    Notes
    -----
    PEP 249, parameters as the engine takes them (``?`` or ``$name``). There is nothing to commit or to roll back.
    """

    def __init__(self, hold: Hold) -> None:
        self._hold: Hold | None = hold

    def cursor(self) -> Cursor:
        """Return a new cursor."""
        if self._hold is None:
            raise BookClosed("This connection was closed. Ask the book for another: book.connection().")
        return Cursor(self._hold)

    def commit(self) -> None:
        """Do nothing: a connection only reads."""

    def rollback(self) -> None:
        """Do nothing: a connection only reads."""

    def close(self) -> None:
        """Let go of the book; the book itself stays open."""
        self._hold = None

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Cursor:
    """One query after another, and the rows of the last; amounts are decimals."""

    arraysize = 1

    def __init__(self, hold: Hold) -> None:
        self._hold = hold
        self._table: pa.Table | None = None
        self._rows: Iterator[Row] = iter(())

    def execute(self, operation: str, parameters: Mapping[str, Any] | Sequence[Any] | None = None) -> Cursor:
        """Run one query.

        Raises
        ------
        QueryRefused
            If the text is not one query, or would do anything but read the book.
        """
        self._table = self._hold.store.query(operation, parameters or None, None)
        self._rows = (tuple(row.values()) for row in _dicts(self._table))
        return self

    @property
    def description(self) -> list[tuple[str, str, None, None, None, None, None]] | None:
        """The columns of the last query: name and type of each."""
        if self._table is None:
            return None
        return [(column.name, str(column.type), None, None, None, None, None) for column in self._table.schema]

    @property
    def rowcount(self) -> int:
        """How many rows the last query gave; -1 before the first."""
        return -1 if self._table is None else int(self._table.num_rows)

    def fetchone(self) -> Row | None:
        """Return the next row, or None after the last."""
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[Row]:
        """Return the next rows, one unless told otherwise."""
        return [*islice(self._rows, self.arraysize if size is None else size)]

    def fetchall(self) -> list[Row]:
        """Return all rows that are left."""
        return [*self._rows]

    def arrow(self) -> pa.Table:
        """Return all rows of the last query as Arrow."""
        return self._table

    def close(self) -> None:
        """Let go of the rows."""
        self._table, self._rows = None, iter(())

    def __iter__(self) -> Iterator[Row]:
        return self._rows


def _dicts(table: pa.Table) -> Iterator[dict[str, Any]]:
    # Two columns may have one name: by place they are apart.
    plain = table.rename_columns([str(place) for place in range(table.num_columns)])
    for batch in plain.to_batches():
        yield from batch.to_pylist()
