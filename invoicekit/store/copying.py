"""A whole book copied elsewhere: from a file into a team's database, from there into a file, with all that ever happened in it.

An engine of its own has both at once; every row of every table goes over as it is, and is compared afterwards. So history,
operations and their seals are the same in both: what was proven of one is proven of the other.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from os import PathLike
from pathlib import Path

import duckdb

from invoicekit.errors import BookError
from invoicekit.folders import OwnFolder
from invoicekit.schema import TABLES
from invoicekit.store.addresses import Database, is_server
from invoicekit.store.backup import STORAGE, must_be_free, on_disk
from invoicekit.store.ddl import ENDED_BY, columns, create_tables
from invoicekit.store.encryption import with_key
from invoicekit.store.holding import writable
from invoicekit.store.server import load_postgres
from invoicekit.store.sql import quoted, sql_text
from invoicekit.store.store import Store

__all__ = ["copy_book"]


def copy_book(store: Store, where: str | PathLike[str]) -> str:
    """Copy a book into a database of PostgreSQL, or into a new file, prove the copy row for row, and return its address.

    Raises
    ------
    BookError
        If something is already there, or the copy differs: nothing of it is left then.
    """
    if is_server(where):
        return _to_server(store, str(where))
    path = writable(where).absolute()
    must_be_free(path)
    with OwnFolder() as folder, closing(duckdb.connect()) as engine:
        made = folder / "made.duckdb"
        store.attach_to(engine, "source", folder)
        engine.execute(f"attach {sql_text(made)} as there ({with_key(STORAGE, store.key)})")
        for statement in create_tables():
            engine.execute(statement.replace("book.", "there.", 1))
        _copy(engine, store.name, path.name)
        engine.execute("detach there")
        # Views, and whatever else a file has, are made by opening it.
        Store.open(made, create=False, key=store.key, views=store.views).release()
        on_disk(Path(shutil.move(made, path)))
    return str(path)


def _to_server(store: Store, url: str) -> str:
    server = Store.open(url)
    try:
        [held] = server.rows("select count(*) as operations from operations")
        if held["operations"]:
            raise BookError(
                f"{server.name} holds a book of {held['operations']:,} operations already, and a copy never overwrites. "
                "Name an empty database."
            )
        with OwnFolder() as folder, closing(duckdb.connect()) as engine:
            store.attach_to(engine, "source", folder)
            load_postgres(engine)
            engine.execute(f"attach {sql_text(Database.of(url).url(folder))} as there (type postgres)")
            _copy(engine, store.name, server.name)
        return server.address
    finally:
        server.release()


def _copy(engine: duckdb.DuckDBPyConnection, name: str, other: str) -> None:
    engine.execute("begin transaction")
    try:
        for table in ("migrations", "counters"):
            engine.execute(f"delete from there.main.{table}")
        for schema, table, names in _tables():
            engine.execute(f"insert into there.{schema}.{table} ({names}) select {names} from source.{schema}.{table}")
        _must_agree(engine, name, other)
        engine.execute("commit")
    except BaseException:
        engine.execute("rollback")
        raise


def _must_agree(engine: duckdb.DuckDBPyConnection, name: str, other: str) -> None:
    here, there = _sums(engine, "source"), _sums(engine, "there")
    if wrong := ", ".join(table for table, sums in here.items() if there[table] != sums):
        raise BookError(f"The copy in {other} does not say what {name} says ({wrong}), and was taken back. Try again.")


def _tables() -> Iterator[tuple[str, str, str]]:
    """Yield each table with its schema and its columns, in one order."""
    for table in TABLES.values():
        own = [quoted(name) for name, _ in columns(table)]
        yield "main", quoted(table.name), ", ".join(own)
        if table.versioned:
            yield "history", quoted(table.name), ", ".join([*own, quoted(ENDED_BY[0])])


def _sums(engine: duckdb.DuckDBPyConnection, database: str) -> dict[str, tuple[int, int]]:
    """Return of every table how many rows it has, and what all of them come to."""
    found = {}
    for schema, table, names in _tables():
        [sums] = engine.execute(
            f"select count(*), coalesce(bit_xor(hash({names})), 0) from {database}.{schema}.{table}"
        ).fetchall()
        found[f"{schema}.{table}"] = (int(sums[0]), int(sums[1]))
    return found
