"""What two books say differently: each record, field by field."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from invoicekit.errors import BookNotFound
from invoicekit.folders import OwnFolder
from invoicekit.schema import Table, versioned
from invoicekit.store.addresses import is_lake, is_server
from invoicekit.store.backup import copied
from invoicekit.store.frames import arrow
from invoicekit.store.holding import Hold, held_here
from invoicekit.store.operations import Operation
from invoicekit.store.sql import quoted
from invoicekit.store.store import Store

__all__ = ["book_at", "changes", "differences"]

_NAMES = ("display_name", "number", "title", "name", "description")


def differences(here: Store, there: Store) -> pa.Table:
    """Return what two books, or two moments of one, say differently.

    Where one was copied from the other, only what was written since is looked at.

    Returns
    -------
    pyarrow.Table
        ``table``, ``record``, ``name``, ``field``, ``here`` and ``there``, a row for each field that
        differs; the field ``record`` where only one of them has the record at all.
    """
    shared = _shared_operations(here, there)
    with duckdb.connect() as engine:
        return pa.concat_tables([_of_table(engine, table, here, there, shared) for table in versioned()])


@contextmanager
def book_at(path: str | os.PathLike[str], key: str | None = None, actor: str | None = None) -> Iterator[Store]:
    """Give the book of a file to look at; the file is not touched, not even to bring its layout up to date.

    Parameters
    ----------
    key
        What it is encrypted by, if it is.
    actor
        In whose name.

    Raises
    ------
    BookNotFound, BookInUse, NotABook
        See `invoicekit.errors`.
    """
    if is_server(path) or is_lake(path):
        with closing(Hold(Store.open(path, create=False, actor=actor, read_only=True))) as held:
            yield held.store
        return
    where = Path(path).expanduser().absolute()
    if not where.exists():
        raise BookNotFound(f"There is no book at {where}. Check the path.")
    with OwnFolder() as folder:
        # A second engine on a file that is open here would drop its lock.
        store = Store.open(
            where if held_here(where) else copied(where, folder, key), create=False, actor=actor, key=key
        )
        hold = Hold(store)
        try:
            yield store
        finally:
            hold.close()


def _shared_operations(here: Store, there: Store) -> int:
    """Return up to which operation both went the same way."""
    query = "select id, recorded_at, actor, kind from operations order by id"
    pairs = zip(here.rows(query), there.rows(query), strict=False)
    shared = 0
    for ours, theirs in pairs:
        if ours != theirs:
            break
        shared = ours["id"]
    return shared


def changes(op: Operation) -> pa.Table:
    """Return what an operation has changed so far.

    Returns
    -------
    pyarrow.Table
        ``table``, ``record``, ``name``, ``field``, ``before`` and ``after``, a row for each field that
        differs; the field ``record`` where there was no such record, or is none any more.
    """
    parts = []
    for table in versioned():
        columns = ", ".join(quoted(name) for name in table.names)
        now = f"select {columns} from book.main.{quoted(table.name)} where operation = {op.id}"
        then = f"select {columns} from book.history.{quoted(table.name)} where ended_by = {op.id}"
        op.derive("here", then)
        op.derive("there", now)
        parts.append(op.arrow(_told(table)))
    return pa.concat_tables(parts).rename_columns(["table", "record", "name", "field", "before", "after"])


def _of_table(engine: duckdb.DuckDBPyConnection, table: Table, here: Store, there: Store, shared: int) -> pa.Table:
    since = (
        f"select id from book.main.{quoted(table.name)} where operation > $shared "
        f"union select id from book.history.{quoted(table.name)} where ended_by > $shared"
    )
    touched = pa.concat_tables([store.arrow(since, shared=shared) for store in (here, there)]).column("id").unique()
    columns = ", ".join(quoted(name) for name in table.names)
    for name, store in (("here", here), ("there", there)):
        rows = store.arrow(
            f"select {columns} from {quoted(table.name)} where id in $touched", touched=touched.to_pylist()
        )
        engine.register(name, rows)
    return arrow(engine, _told(table))


def _told(table: Table) -> str:
    """Return the query that compares the rows of a table in here and there."""
    told = next((name for name in _NAMES if name in table.names), None)
    known_as = f"coalesce(here.{told}, there.{told})::varchar" if told else "null::varchar"
    head = f"select '{table.name}' as \"table\", id as record, {known_as} as name"
    fields = " union all ".join(
        f"{head}, {place} as place, '{field.name}' as field, here.{quoted(field.name)}::varchar as here, "
        f"there.{quoted(field.name)}::varchar as there from here join there using (id) "
        f"where here.{quoted(field.name)} is distinct from there.{quoted(field.name)}"
        for place, field in enumerate(table.fields)
        if field.name != "id"
    )
    missing = (
        f"{head}, 0, 'record', case when here.id is not null then 'there is' end, "
        "case when there.id is not null then 'there is' end from here full join there using (id) "
        "where here.id is null or there.id is null"
    )
    return f"select * exclude (place) from ({fields} union all {missing}) order by record, place"
