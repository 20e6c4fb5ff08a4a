"""A query too long for one statement: steps kept under names while it is worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from invoicekit.store.frames import arrow
from invoicekit.store.sql import bind, quoted

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

__all__ = ["Working"]


class Working:
    """A cursor of its own, whose named steps go when it ends; nobody else sees them, and nobody waits."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def derive(self, name: str, sql: str, **parameters: Any) -> None:
        """Keep the result of a query under a name."""
        self._cursor.execute(f"create or replace temp table {quoted(name)} as {sql}", bind(sql, parameters))

    def arrow(self, sql: str, **parameters: Any) -> pa.Table:
        """Run one query and fetch it whole."""
        return arrow(self._cursor, sql, parameters)
