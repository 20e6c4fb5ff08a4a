"""A book published on a lake: all of it the first time, and from then on what each operation wrote since.

Rows of a table are those of its latest versions; earlier ones lie in its history, where nothing ever changes. So what an operation
wrote is told by its number: rows that bear it, and versions it ended. A publication is one transaction of the lake, which begins by
counting itself: of two at once, the second one meets a conflict, and goes on from where the first one ended.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

import duckdb

from invoicekit.errors import BookError, BookTooNew
from invoicekit.folders import OwnFolder
from invoicekit.schema import TABLES, Table
from invoicekit.store.addresses import is_lake
from invoicekit.store.backup import on_disk
from invoicekit.store.ddl import ENDED_BY, columns, create_tables
from invoicekit.store.definitions import load_macros
from invoicekit.store.holding import writable
from invoicekit.store.lake import Catalogue, Listed
from invoicekit.store.object_stores import a_parquet_file_in
from invoicekit.store.settled import follow
from invoicekit.store.sql import quoted
from invoicekit.store.store import Store

__all__ = ["Published", "publish"]

# For how long who opened a lake may go on reading it.
KEPT_DAYS = 7

# After how many publications files are put together.
_TIDIED = 20

# Rows that are handed over at a time.
_BATCH = 100_000

# Tables that keep no versions, and which of their rows are new. How people sign in is not among them: a lake is read by
# whoever may read its files.
_GROWING = {
    "operations": "id > {since}",
    "imports": "operation > {since}",
    "import_rows": "import in (select id from book.main.imports where operation > {since})",
}


@dataclass(frozen=True, slots=True)
class Published:
    """What came of publishing a book.

    Attributes
    ----------
    address
        What the lake is opened by.
    operation
        Up to which operation it says what the book says.
    since
        After which operation it went on; nothing where all of it was published.
    rows
        How many rows were written.
    """

    address: str
    operation: int
    since: int | None
    rows: int

    def __str__(self) -> str:
        """Say it in words."""
        if self.since is None:
            told = f"all {self.rows:,} rows"
        else:
            told = f"{self.rows:,} rows since operation {self.since}" if self.rows else "nothing new since"
        return f"{self.address} is published up to operation {self.operation}: {told}."


def publish(store: Store, address: str, data: str | os.PathLike[str] | None = None) -> Published:
    """Write a book on a lake, or what it says since it was published there; see `Book.publish`.

    Raises
    ------
    BookError
        If the lake is of another book, or cannot be written: it stays as it was.
    """
    if not is_lake(address):
        raise BookError(
            f"{address} is no lake. Name one: ducklake:firm.ducklake for a file, ducklake:postgresql://user@host/database for a "
            "catalogue that many may write, md:firm at MotherDuck; book.copy_to makes books."
        )
    catalogue = Catalogue(address)
    # Refused where it would overwrite a book, or outlive what is only tried out.
    writable(catalogue.file or catalogue.name)
    while True:
        try:
            with OwnFolder() as folder, catalogue.turn(folder):
                return _published(store, catalogue, folder, None if data is None else _told(data))
        except _Conflict:
            continue
        except (duckdb.Error, OSError) as error:
            raise BookError(
                f"{store.name} was not published in {catalogue.name}, which stays as it was: {error}"
            ) from error


class _Conflict(Exception):
    """Somebody else has published meanwhile."""


def _published(store: Store, catalogue: Catalogue, folder: Path, data: str | None) -> Published:
    with (
        closing(duckdb.connect()) as engine,
        _attached(engine, catalogue, folder, data) as where,
        store.snapshot() as source,
    ):
        load_macros(engine)
        engine.execute("set search_path = 'book.main,memory.main'")
        engine.execute("begin transaction")
        try:
            done = _brought(engine, source, catalogue)
            engine.execute("commit")
        except BaseException as failure:
            # A failed commit has rolled back already.
            with suppress(duckdb.Error):
                engine.execute("rollback")
            if isinstance(failure, duckdb.TransactionException) and "conflict" in str(failure):
                raise _Conflict from failure
            raise
        if done.rows and not catalogue.is_hosted:
            _tidy(engine, in_own_folder=catalogue.beside is not None and where == str(catalogue.beside))
        return done


@contextmanager
def _attached(
    engine: duckdb.DuckDBPyConnection, catalogue: Catalogue, folder: Path, data: str | None
) -> Iterator[str | None]:
    """Let an engine write on a lake, and say where its rows lie.

    A catalogue that is a file is written as a copy, which takes its place at the end.
    """
    file, copy = catalogue.file, catalogue.copy_in(folder)
    seen = _stamp(file)
    if file is not None and copy is not None and seen is not None:
        shutil.copyfile(file, copy)
    listed = catalogue.listed(engine, folder)
    where = _where_rows_lie(catalogue, listed, data, is_there=seen is not None)
    if listed is None and data is not None:
        _must_hold_no_rows(engine, data)
    if where is not None and "://" not in where:
        _must_take_files(Path(where))
    catalogue.attach(engine, "book", folder, "data_inlining_row_limit 0", rows=where)
    try:
        yield where
    finally:
        engine.execute("use memory")
        engine.execute("detach book")
    if file is not None and copy is not None:
        if _stamp(file) != seen:
            raise _Conflict
        beside = file.with_name(f".{file.name}.unfinished")
        shutil.move(copy, beside)
        on_disk(beside)
        beside.replace(file)


def _brought(engine: duckdb.DuckDBPyConnection, source: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> Published:
    """Bring a lake up to what a book says."""
    since = _since(engine, source, catalogue)
    [[until]] = source.execute("select coalesce(max(id), 0) from book.main.operations").fetchall()
    if since == until:
        return Published(catalogue.address, until, since, 0)
    if since is None:
        _make_anew(engine)
    # What two publications at once would both change, so that one of them finds out.
    engine.execute("delete from book.main.counters")
    every = [part for table in TABLES.values() for part in _parts(table, since)]
    counts = _counts(source, every)
    touched = {part.table.name for part, count in zip(every, counts, strict=True) if count}
    parts = [part for part in every if part.table.name in touched]
    for part in parts:
        if since and part.schema == "history":
            _hand_over(engine, source.sql(part.gone), f"delete from {part.present} where id in (select id from _rows)")
    for part in parts:
        new = source.sql(f"select {part.columns} from {part.new_rows}")
        _hand_over(engine, new, f"insert into {part.name} ({part.columns}) select {part.columns} from _rows")
    here, there = (_sums(one, parts) for one in (engine, source))
    if wrong := ", ".join(part.name for part, ours, theirs in zip(parts, here, there, strict=True) if ours != theirs):
        raise BookError(
            f"What was written to {catalogue.name} is not what the book says ({wrong}), and was taken back. Try again."
        )
    follow(engine)
    return Published(catalogue.address, until, since, sum(counts))


def _where_rows_lie(catalogue: Catalogue, listed: Listed | None, data: str | None, *, is_there: bool) -> str | None:
    """Return where the rows of a lake lie, or shall lie; nothing where MotherDuck says so."""
    if listed is not None:
        if data is not None and data.rstrip("/") != listed.rows.rstrip("/"):
            raise BookError(f"The rows of {catalogue.name} lie in {listed.rows} already. Leave data= out.")
        return listed.rows
    if is_there:
        raise BookError(f"{catalogue.name} is there already, and is no lake. Name another file.")
    catalogue.must_be_free()
    if data is not None or catalogue.is_hosted:
        return data
    if catalogue.beside is None:
        raise BookError(
            f"There is no lake in {catalogue.name} yet. Say where its rows shall lie, by data=: a folder that all who read it "
            "reach, or an object store such as s3://bucket/firm."
        )
    return str(catalogue.beside)


def _must_hold_no_rows(engine: duckdb.DuckDBPyConnection, where: str) -> None:
    """Refuse to put a lake where rows of another one lie: who reads the files alone could not tell them apart."""
    if (held := a_parquet_file_in(engine, where)) is not None:
        raise BookError(
            f"Nothing was published: {where} holds rows already ({held}), of another lake or of a publication that was cut off. "
            "Name another folder by data=, or empty this one if no lake needs them."
        )


def _must_take_files(folder: Path) -> None:
    """Refuse, before anything is made of a lake, a folder that its rows cannot be put into."""
    try:
        with TemporaryFile(dir=next(above for above in (folder, *folder.parents) if above.exists())):
            pass
    except OSError as error:
        raise BookError(
            f"Nothing was published: the rows cannot be put into {folder} ({error.strerror}). Make that folder, and let whoever "
            "publishes write in it, or name another one by data=."
        ) from error


def _make_anew(engine: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of a book, in the place of those of an older publication where there are any."""
    for schema in ("derived", "history", "main"):
        for name in _held(engine, schema):
            engine.execute(f"drop table book.{schema}.{quoted(name)}")
    for statement in ("create schema book.main", *create_tables()):
        engine.execute(statement.replace("create schema ", "create schema if not exists "))


@dataclass(frozen=True, slots=True)
class _Part:
    """What is new in a table or in its history."""

    schema: str
    table: Table
    new: str
    after: int

    @property
    def name(self) -> str:
        return f"book.{self.schema}.{quoted(self.table.name)}"

    @property
    def new_rows(self) -> str:
        return f"{self.name} where {self.new}"

    @property
    def present(self) -> str:
        return f"book.main.{quoted(self.table.name)}"

    @property
    def gone(self) -> str:
        """The query of what was taken out of the table, or is there in another version now."""
        return f"select distinct id from {self.new_rows} and operation <= {self.after}"

    @property
    def columns(self) -> str:
        names = [name for name, _ in columns(self.table)]
        return ", ".join(map(quoted, [*names, ENDED_BY[0]] if self.schema == "history" else names))


def _parts(table: Table, since: int | None) -> Iterator[_Part]:
    """Yield what of a table and its history is new since an operation."""
    after = since or 0
    if table.versioned:
        yield _Part("main", table, f"operation > {after}", after)
        yield _Part("history", table, f"ended_by > {after}", after)
    elif table.name in _GROWING:
        yield _Part("main", table, _GROWING[table.name].format(since=after), after)
    elif table.name == "counters" or (since is None and table.name == "migrations"):
        yield _Part("main", table, "true", after)


def _hand_over(engine: duckdb.DuckDBPyConnection, rows: duckdb.DuckDBPyRelation, statement: str) -> None:
    """Carry out a statement over rows of another engine, called ``_rows``, which are never all in memory."""
    engine.register("_rows", rows.to_arrow_reader(_BATCH))
    engine.execute(statement)
    engine.unregister("_rows")


def _counts(source: duckdb.DuckDBPyConnection, parts: list[_Part]) -> list[int]:
    asked = ", ".join(f"(select count(*) from {part.new_rows})" for part in parts)
    return [*source.execute(f"select {asked}").fetchall()[0]]


def _sums(engine: duckdb.DuckDBPyConnection, parts: list[_Part]) -> list[tuple[int, ...]]:
    """Return of every part how many rows its table has, and what those come to that are new."""
    asked = " union all ".join(
        f"select {place}, (select count(*) from {part.name}), (select bit_xor(hash({part.columns})) from {part.new_rows})"
        for place, part in enumerate(parts)
    )
    return engine.execute(f"from ({asked}) order by all").fetchall() if parts else []


def _since(engine: duckdb.DuckDBPyConnection, source: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> int | None:
    """Return up to which operation a lake holds a book already; nothing where all of it must be written."""
    held = _held(engine, "main")
    if not held:
        return None
    if "migrations" not in held:
        raise BookError(f"{catalogue.name} is a lake, but not of a book. Name another one.")
    of_the_lake, ours = (
        one.execute("select max(version) from book.main.migrations").fetchall() for one in (engine, source)
    )
    if of_the_lake > ours:
        raise BookTooNew(f"{catalogue.name} was published by a newer invoicekit. Publish it with that one.")
    if of_the_lake != ours:
        return None
    seals = "select id, seal from book.main.operations where id = 1 or id = $last order by id"
    [[last]] = engine.execute("select coalesce(max(id), 0) from book.main.operations").fetchall()
    if not last:
        # Of a book where nothing had been done.
        return 0
    there, here = (one.execute(seals, {"last": last}).fetchall() for one in (engine, source))
    if there == here:
        return int(last)
    if there[:1] != here[:1]:
        raise BookError(
            f"{catalogue.name} is of another book: its first operation is not the first one here. Name another lake."
        )
    # A backup was put in the place of the book since.
    return None


def _held(engine: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    found = engine.execute(
        "select table_name from duckdb_tables() where database_name = 'book' and schema_name = $schema",
        {"schema": schema},
    )
    return [name for (name,) in found.fetchall()]


def _tidy(engine: duckdb.DuckDBPyConnection, *, in_own_folder: bool) -> None:
    """Put small files together every now and then, and take away what nobody has read for days."""
    [[snapshot]] = engine.execute("select max(snapshot_id) from ducklake_snapshots('book')").fetchall()
    if snapshot % _TIDIED:
        return
    days_ago = f"older_than => now() - interval '{KEPT_DAYS} days'"
    for done in (f"expire_snapshots('book', {days_ago})", "merge_adjacent_files('book')", "rewrite_data_files('book')",
                 f"cleanup_old_files('book', {days_ago})"):  # fmt: skip
        engine.execute(f"call ducklake_{done}")
    if in_own_folder:
        # What publications that were cut off have left. Where others may put files, what the catalogue does not list is theirs.
        engine.execute(f"call ducklake_delete_orphaned_files('book', {days_ago})")


def _stamp(file: Path | None) -> tuple[int, int] | None:
    """Return what tells one state of a file from all others; nothing where there is none."""
    if file is None or not file.exists():
        return None
    status = file.stat()
    return status.st_ino, status.st_mtime_ns


def _told(data: str | os.PathLike[str]) -> str:
    """Return where rows shall lie: an address as it is, a folder by its whole path."""
    where = os.fspath(data)
    return where if "://" in where else str(Path(where).expanduser().absolute())
