"""A book on a lake: a copy that is only read, on any number of machines; its rows lie in Parquet files.

DuckLake keeps the list of those files in a catalogue: a file, or a database of PostgreSQL. Who opens a lake sees what was published
by then, and goes on seeing it: what is published meanwhile is there for who opens it anew. `publishing` makes and continues it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import duckdb

from invoicekit.errors import BookError, BookNotFound, BookTooNew, NotABook, NotAllowed, PastCannotChange
from invoicekit.store.addresses import Database, is_server
from invoicekit.store.answers import explained, in_short
from invoicekit.store.backup import KEPT
from invoicekit.store.ddl import create_tables
from invoicekit.store.definitions import load_macros, show_views
from invoicekit.store.extensions import load_extension
from invoicekit.store.migrations import MIGRATIONS
from invoicekit.store.object_stores import reach
from invoicekit.store.place import PRESENT, Place
from invoicekit.store.server import load_postgres, some_table
from invoicekit.store.settled import Settled, standing
from invoicekit.store.sql import quoted, sql_text
from invoicekit.store.turns import PUBLISHING, Turns

if TYPE_CHECKING:
    import os

    from invoicekit.store.operations import Operation

__all__ = ["Catalogue", "Lake", "Listed"]


# A table of so many bytes is read into memory when a lake is opened: a query of a lake begins with questions to its catalogue, for
# every table it reads.
SMALL = 4_000_000

_LISTED = """
select schemata.schema_name, tables.table_name, coalesce(sum(files.file_size_bytes), 0)::bigint as bytes
from {catalogue}.ducklake_table as tables
inner join {catalogue}.ducklake_schema as schemata
    on schemata.schema_id = tables.schema_id and schemata.end_snapshot is null
left join {catalogue}.ducklake_data_file as files on files.table_id = tables.table_id and files.end_snapshot is null
where tables.end_snapshot is null
group by all
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """What a catalogue lists now.

    Attributes
    ----------
    snapshot
        Which state of the lake that is.
    rows
        Where its rows lie.
    tables
        How many bytes the rows of each table are, by schema and name.
    """

    snapshot: int
    rows: str
    tables: Mapping[tuple[str, str], int]


class Catalogue:
    """What lists the files of a lake, by the address somebody gave.

    Attributes
    ----------
    name
        What it is called in messages.
    address
        What it is opened by, without any password.
    file
        Where it lies, if it is a file.
    is_hosted
        Whether MotherDuck keeps it.
    """

    def __init__(self, address: str) -> None:
        where = address.partition(":")[2]
        self._other: str | None = None
        self.is_hosted = address.startswith("md:")
        self._database = Database.of(where) if is_server(where) else None
        self.file = None if self.is_hosted or self._database else Path(where).expanduser().absolute()
        if self._database is not None:
            self.name, self.address = self._database.name, f"ducklake:{self._database.address}"
        else:
            self.name, self.address = (self.file.name, f"ducklake:{self.file}") if self.file else (address, address)

    def must_be_free(self) -> None:
        """Refuse to make a lake, after `listed` found none, where something else is.

        Raises
        ------
        BookError
            If there is.
        """
        if self._other is not None:
            raise BookError(
                f"{self.name} holds other tables already, such as {self._other}, and no lake is made among them. "
                "Name a database of its own."
            )

    def answered(self, error: Exception) -> BookError | NotAllowed | None:
        """Return what is said where it could not be reached, if it is a database of PostgreSQL."""
        return None if self._database is None else explained(self.name, self._database.user, error)

    @property
    def beside(self) -> Path | None:
        """The folder where rows lie, unless somebody named another: beside a catalogue that is a file."""
        return self.file.with_name(f"{self.file.name}.files") if self.file is not None else None

    def copy_in(self, folder: Path) -> Path | None:
        """Return where in a folder the copy of a catalogue is that is a file; the file itself is opened by nobody."""
        return folder / self.file.name if self.file is not None else None

    def listed(self, engine: duckdb.DuckDBPyConnection, folder: Path) -> Listed | None:
        """Return what the catalogue lists, read as the tables it consists of; nothing where there is no lake yet."""
        if self.is_hosted or (self.file is not None and not folder.joinpath(self.file.name).exists()):
            return None
        with self._as_tables(engine, folder) as catalogue:
            there = engine.execute(
                "select count(*) from duckdb_tables() where database_name = 'catalogue' and table_name = 'ducklake_metadata'"
            ).fetchall()
            if there == [(0,)]:
                self._other = some_table(engine, "catalogue")
                return None
            [[snapshot]] = engine.execute(f"select max(snapshot_id) from {catalogue}.ducklake_snapshot").fetchall()
            [[rows]] = engine.execute(
                f"select value from {catalogue}.ducklake_metadata where key = 'data_path' and scope is null"
            ).fetchall()
            tables = engine.execute(_LISTED.format(catalogue=catalogue)).fetchall()
        # Wherever the lake was moved to, its rows were moved along.
        moved = self.beside is not None and self.beside.is_dir()
        return Listed(
            snapshot, str(self.beside) if moved else rows, {(schema, name): size for schema, name, size in tables}
        )

    @contextmanager
    def turn(self, folder: Path) -> Iterator[None]:
        """Wait until nobody else publishes here, and keep others waiting; with a file nobody waits, see `publishing`.

        Raises
        ------
        BookInUse, BookNotFound
            If others publish for too long, or PostgreSQL does not answer.
        """
        if self._database is None:
            yield
            return
        with closing(Turns(self._database.url(folder), PUBLISHING)) as turns:
            try:
                turns.take(f"publishing in {self.name}")
            except ConnectionError as error:
                raise explained(self.name, self._database.user, error) from error
            yield

    def attach(
        self, engine: duckdb.DuckDBPyConnection, name: str, folder: Path, *options: str, rows: str | None = None
    ) -> None:
        """Let an engine have the lake under a name.

        Parameters
        ----------
        folder
            Where what it takes may be put; a catalogue that is a file was copied there.
        rows
            Where its rows lie; those of a lake that is to be made must be told.

        Raises
        ------
        BookError
            If an extension of the engine is not there and cannot be fetched.
        """
        self._load(engine)
        if self.is_hosted:
            said = "(read_only)" if "read_only" in options else ""
            engine.execute(f"attach {sql_text(self.address)} as {name} {said}")
            return
        told = [*options]
        if rows is not None:
            reach(engine, rows)
            told += [f"data_path {sql_text(rows)}", "override_data_path true"]
        where = f"postgres:{self._database.url(folder)}" if self._database is not None else self.copy_in(folder)
        engine.execute(f"attach {sql_text(f'ducklake:{where}')} as {name} ({', '.join(told)})")

    @contextmanager
    def _as_tables(self, engine: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[str]:
        """Let an engine read the catalogue itself, and say what its tables are in."""
        if self._database is not None:
            load_postgres(engine)
            engine.execute(f"attach {sql_text(self._database.url(folder))} as catalogue (type postgres, read_only)")
        else:
            engine.execute(f"attach {sql_text(self.copy_in(folder))} as catalogue (type duckdb, read_only)")
        try:
            yield "catalogue.public" if self._database is not None else "catalogue.main"
        finally:
            engine.execute("detach catalogue")

    def _load(self, engine: duckdb.DuckDBPyConnection) -> None:
        if self._database is not None:
            load_postgres(engine)
        name, why = ("motherduck", "MotherDuck") if self.is_hosted else ("ducklake", "lakes")
        try:
            load_extension(engine, name, f"duckdb-extension-{name}")
        except duckdb.Error as error:
            raise BookError(
                f"{self.name} is reached by DuckDB's extension for {why}, which is not here and could not be fetched. Either go "
                "online once, or install it together with the DuckDB it is made for: pip install 'invoicekit[team]'."
            ) from error


class Lake(Place):
    """One copy of a book on a lake, as it was published when it was opened; made by `Lake.open`."""

    def __init__(self, address: str, clock: Callable[[], datetime], views: Mapping[str, str]) -> None:
        self._catalogue = Catalogue(address)
        self._rows: str | None = None
        super().__init__(self._catalogue.name, self._catalogue.address, clock, views)

    def _make_engine(self) -> None:
        super()._make_engine()
        self.settled = _Standing(self.writing, self.cursor)

    @classmethod
    def open(cls, address: str, *, clock: Callable[[], datetime], views: Mapping[str, str]) -> Lake:
        """Open a lake as it is published now.

        Raises
        ------
        BookNotFound, NotABook, BookTooNew, BookError
            See `invoicekit.errors`.
        """
        lake = cls(address, clock, views)
        try:
            lake._start()
        except duckdb.Error as error:
            lake.release()
            if "permission denied" in str(error):
                raise NotAllowed(
                    f"{lake.name} does not let you read the lake: {in_short(error)}. Whoever keeps the catalogue grants it: "
                    "grant select on all tables in schema public to ..."
                ) from None
            if (answered := lake._catalogue.answered(error)) is not None:
                raise answered from None
            raise BookNotFound(
                f"There is no lake at {lake.address}, or it does not answer: {error}. Check the address; book.publish makes one."
            ) from None
        except BaseException:
            lake.release()
            raise
        lake.hold()
        return lake

    @property
    def path(self) -> Path:
        """There is none.

        Raises
        ------
        BookError
            Always.
        """
        raise BookError(f"{self.name} is a lake, and in many files.")

    def _start(self) -> None:
        folder = self._copies.path
        if self._catalogue.file is not None:
            if not self._catalogue.file.is_file():
                raise BookNotFound(
                    f"There is no lake at {self._catalogue.file}. Check the path; book.publish({self.address!r}) makes one."
                )
            shutil.copyfile(self._catalogue.file, folder / self._catalogue.file.name)
        listed = self._catalogue.listed(self._engine, folder)
        if listed is not None:
            pinned = f"snapshot_version {listed.snapshot}"
            self._catalogue.attach(self._engine, "lake", folder, "read_only", pinned, rows=listed.rows)
            self._must_be_read_by_us("lake")
            _lay_out(self._engine, listed.tables)
            self._rows = listed.rows
        elif self._catalogue.is_hosted:
            self._catalogue.attach(self._engine, "book", folder, "read_only")
            self._must_be_read_by_us("book")
        else:
            raise BookNotFound(f"{self.name} is there, but no lake is in it: book.publish({self.address!r}) makes one.")
        cursor = self._engine.cursor()
        load_macros(cursor)
        cursor.execute(f"set search_path = '{PRESENT}'")
        [[until, at]] = cursor.execute("select max(id), max(recorded_at)::varchar from book.main.operations").fetchall()
        told = f"up to operation {until}, of {at[:16]} UTC" if until else "of a book where nothing was done"
        self.notes = [f"A lake, to read: everything {told}."]
        show_views(cursor, self.settled.opened(cursor, self.views))
        cursor.close()
        self.shut(str(folder), *([listed.rows] if listed else []))

    def _must_be_read_by_us(self, database: str) -> None:
        latest = MIGRATIONS[-1]
        try:
            [[version]] = self._engine.execute(f"select max(version) from {database}.main.migrations").fetchall()
        except duckdb.CatalogException as error:
            raise NotABook(f"{self.name} is a lake, but not of a book. Name another one.") from error
        if version > latest.version:
            raise BookTooNew(
                f"{self.name} has layout {version}, and this invoicekit knows layouts up to {latest.version}. "
                "Open it with a newer invoicekit."
            )
        if version < latest.version:
            raise BookError(
                f"{self.name} was published by an older invoicekit (layout {version}; this one reads {latest.version}). "
                "Publish the book anew with this one."
            )

    def take_turn(self, cursor: duckdb.DuckDBPyConnection, kind: str, begin: Callable[[], Operation]) -> NoReturn:  # noqa: ARG002 - as its base
        """Refuse.

        Raises
        ------
        PastCannotChange
            Always.
        """
        raise PastCannotChange(
            f'"{kind}" cannot be done in {self.name}: it is a lake, which is only read. Do it in the book it was published from.'
        )

    def attach_to(self, engine: duckdb.DuckDBPyConnection, name: str, folder: Path) -> None:
        """Let another engine of ours read it, under a name."""
        if (copy := self._catalogue.copy_in(self._copies.path)) is not None:
            shutil.copyfile(copy, folder / copy.name)
        self._catalogue.attach(engine, name, folder, "read_only", rows=self._rows)

    def backup(self, path: str | os.PathLike[str] | None = None, *, keep: int = KEPT, reason: str = "") -> NoReturn:  # noqa: ARG002 - as its base
        """Refuse: it is a copy.

        Raises
        ------
        BookError
            Always.
        """
        raise BookError(f"{self.name} is a copy itself. Back up the book it was published from.")

    def restore(self, backup: Path) -> NoReturn:
        """Refuse.

        Raises
        ------
        BookError
            Always.
        """
        raise BookError(f"{backup.name} is not put in the place of {self.name}, which is only read.")


def _lay_out(engine: duckdb.DuckDBPyConnection, tables: Mapping[tuple[str, str], int]) -> None:
    """Make a book in memory of a lake: tables of those that are small, views of the others."""
    engine.execute("attach ':memory:' as book")
    engine.execute("; ".join(create_tables()))
    for (schema, name), size in tables.items():
        if size and schema in ("main", "history", "derived"):
            table = f"{schema}.{quoted(name)}"
            engine.execute(f"create schema if not exists book.{schema}; drop table if exists book.{table}")
            kind = "table" if size <= SMALL else "view"
            engine.execute(f"create {kind} book.{table} as select * from lake.{table}")


class _Standing(Settled):
    """The copy of the postings as it was published: nobody posts here, so it is kept up by nobody."""

    def opened(self, cursor: duckdb.DuckDBPyConnection, views: Mapping[str, str]) -> dict[str, str]:
        """Return the views of a book that is only read, over its copy where it has one."""
        return {**views, **standing(cursor)}

    def make(self, *, only_if_due: bool) -> bool:  # noqa: ARG002 - as its base
        """Make none."""
        return False
