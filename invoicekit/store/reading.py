"""Which queries `book.sql` runs: those that read the book, and nothing else.

The engine could read any file, the book's own included - and reading that one through a
second descriptor would drop the lock that keeps other processes out. So a query is parsed
first, and only tables and the functions named here are let through.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from invoicekit.errors import QueryRefused

if TYPE_CHECKING:
    import duckdb

__all__ = ["must_only_read"]

_FUNCTIONS = {"unnest", "range", "generate_series", "repeat_row", "duckdb_tables", "duckdb_columns", "duckdb_views"}
_HIDDEN = {"passwords"}
_READING = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
_ADVICE = (
    'book.sql reads: give it one query, such as "select * from open_items". '
    "Changes go through the book's own parts, so that they can be explained and undone."
)


def must_only_read(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Refuse what is not one query over tables and views of the book.

    Raises
    ------
    QueryRefused
        Naming what the query would reach for.
    """
    statements = cursor.extract_statements(sql) if isinstance(sql, str) else ()
    if len(statements) != 1 or not statements[0].type.name.endswith("SELECT"):
        raise QueryRefused(_ADVICE)
    [[text]] = cursor.execute("select json_serialize_sql($sql)", {"sql": sql}).fetchall()
    tree = json.loads(text)
    if tree["error"]:
        raise QueryRefused(f"The query cannot be checked before it is run: {tree['error_message']} {_ADVICE}")
    for node in _nodes(tree):
        # A query may hold steps that write: "with gone as (delete from ...) select ...".
        if str(node.get("type")).endswith("_NODE") and node["type"] not in _READING:
            raise QueryRefused(_ADVICE)
        if node.get("type") == "TABLE_FUNCTION" and node["function"]["function_name"] not in _FUNCTIONS:
            raise QueryRefused(
                f"book.sql reads the book alone: {node['function']['function_name']} could reach other files. "
                "Read those with pandas or duckdb, and join the frames."
            )
        if node.get("type") == "BASE_TABLE" and node["table_name"].casefold() in _HIDDEN:
            raise QueryRefused(f"book.sql does not show {node['table_name']}. book.passwords.list() says who has one.")
        if node.get("type") == "BASE_TABLE" and {".", "/", "\\"} & set(node["table_name"]):
            raise QueryRefused(
                f"book.sql reads the book alone, and {node['table_name']} is a file. "
                "Read it with pandas or duckdb, and join the frames."
            )


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from _nodes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _nodes(value)
