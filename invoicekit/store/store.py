"""What a book is read and written through: queries, and operations by whoever opened it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import duckdb
import pyarrow as pa

from invoicekit.errors import BookError, NotFound, OperationFailed, PastCannotChange, QueryRefused
from invoicekit.store import history
from invoicekit.store.addresses import is_lake, is_server
from invoicekit.store.backup import KEPT
from invoicekit.store.file import File
from invoicekit.store.frames import arrow, fetched, rows
from invoicekit.store.lake import Lake
from invoicekit.store.migrations import MIGRATIONS, Migration
from invoicekit.store.operations import Operation, local_day, now, whoever
from invoicekit.store.place import Place
from invoicekit.store.reading import must_only_read
from invoicekit.store.sealing import Breach, breaches
from invoicekit.store.server import Server
from invoicekit.store.working import Working

__all__ = ["Store", "only_read"]

# What looks at an operation before it is kept, told who opened the book.
Guard: TypeAlias = Callable[[Operation, str], None]


def only_read(why: str) -> Guard:
    """Return what refuses every operation, for a reason."""

    def refuse(op: Operation, actor: str) -> NoReturn:
        raise PastCannotChange(f"{actor} cannot {op.kind} here: this is {why}. Open the book itself to change it.")

    return refuse


class Store:
    """A book as one person opened it; what it lies in is shared with whoever opened it in this process.

    Attributes
    ----------
    name
        What it is called in messages.
    actor
        Who is written into operations.
    clock
        What gives the recorded time, as naive UTC.
    notes
        What opening did: created, migrated, added.
    """

    def __init__(self, place: Place, actor: str, guard: Guard | None = None) -> None:
        self._place = place
        self._guard = guard
        self.name, self.clock, self.notes = place.name, place.clock, place.notes
        self.actor = actor

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        create: bool = True,
        actor: str | None = None,
        clock: Callable[[], datetime] | None = None,
        views: Mapping[str, str] | None = None,
        guard: Guard | None = None,
        key: str | None = None,
        read_only: bool = False,
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> Store:
        """Open a book, or create one, and bring its layout up to date.

        Raises
        ------
        BookNotFound, BookInUse, NotABook, BookTooNew, KeyRefused, BookError
            See `invoicekit.errors`; the file is not changed.
        """
        clock, views = clock or now, views or {}
        if is_lake(path):
            if not read_only:
                raise BookError(
                    f"{path} is a lake, which is only read: open it with read_only=True, or open the book it was published from."
                )
            return cls(Lake.open(str(path), clock=clock, views=views), actor or whoever(), guard)
        if read_only:
            create, guard = False, only_read("opened to be read")
        if is_server(path):
            if key is not None:
                raise BookError(
                    "key= encrypts the file of a book, and a team's book is in none: PostgreSQL keeps it on the disk of its "
                    "server, which whoever keeps that encrypts. Open it without."
                )
            server = Server.open(str(path), create=create, clock=clock, views=views)
            return cls(server, actor or server.user or whoever(), guard)
        file = File.open(path, create=create, clock=clock, views=views, key=key, migrations=migrations)
        return cls(file, actor or whoever(), guard)

    @property
    def path(self) -> Path:
        """The file the book lies in.

        Raises
        ------
        BookError
            If it lies in a database of a team: that is no file.
        """
        return self._place.path

    @property
    def address(self) -> str:
        """What the book is opened by, without any secret: a path, or the address of a team's database."""
        return self._place.address

    @property
    def views(self) -> Mapping[str, str]:
        """The public views of the book, by name."""
        return self._place.views

    def attach_to(self, engine: duckdb.DuckDBPyConnection, name: str, folder: Path) -> None:
        """Let another engine of ours read the book as it is now, under a name; what that takes may be put into a folder."""
        self._place.attach_to(engine, name, folder)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a cursor of its own for one call, reading the present."""
        return self._place.cursor()

    def arrow(self, sql: str, *, known: int | None = None, **parameters: Any) -> pa.Table:
        """Run one query and fetch it whole; inside an operation, see what it wrote."""
        if self.current is not None and known is None:
            return self.current.arrow(sql, **parameters)
        with self._reading(sql, known) as cursor:
            return arrow(cursor, sql, parameters)

    def rows(self, sql: str, *, known: int | None = None, **parameters: Any) -> list[dict[str, Any]]:
        """Run one query and return dicts; inside an operation, see what it wrote."""
        if self.current is not None and known is None:
            return self.current.rows(sql, **parameters)
        with self._reading(sql, known) as cursor:
            return rows(cursor, sql, parameters)

    @contextmanager
    def _reading(self, sql: str, known: int | None) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor for one query, on which what it needs has caught up."""
        if known is None and self._place.settled.is_behind(sql):
            self._place.settled.catch_up()
        with self._place.reading(known) as cursor:
            self._place.settled.begin(cursor, known)
            yield cursor

    @contextmanager
    def working(self, known: int | None = None) -> Iterator[Working]:
        """Open a cursor on which a long query is worked out step by step; it shows what was committed."""
        with self._place.reading(known) as cursor:
            yield Working(cursor)

    def query(self, sql: str, parameters: Mapping[str, Any] | Sequence[Any] | None, known: int | None) -> pa.Table:
        """Run somebody's own query, in a transaction that cannot write.

        It shows what was committed, not what an open operation has written so far; but what is only tried out it shows.

        Raises
        ------
        QueryRefused
            If the text is not one query.
        """
        current = self.current
        tried = current.cursor if current is not None and current.on_trial and known is None else None
        with nullcontext(tried) if tried is not None else self._place.reading(known) as cursor:
            try:
                must_only_read(cursor, sql)
                if tried is None:
                    self._place.settled.begin(cursor, known)
                return fetched(cursor, sql, parameters)
            except duckdb.Error as error:
                raise QueryRefused(f"The query cannot be run: {error}") from error

    @property
    def today(self) -> date:
        """The day it is here, by the clock of the book."""
        return local_day(self.clock())

    @property
    def is_past(self) -> bool:
        """Whether this is a book as known at an earlier moment."""
        return False

    @property
    def current(self) -> Operation | None:
        """The operation this thread is in, if any."""
        return getattr(self._place.mine, "operation", None)

    @contextmanager
    def operation(self, kind: str, summary: str = "", **parameters: Any) -> Iterator[Operation]:
        """Open the transaction in which everything is written, or join the one that is open.

        Writers take turns. A failure inside rolls everything back; one that was caught inside
        still dooms the operation, because a part of it is missing. An operation that wrote
        nothing leaves no trace.

        Raises
        ------
        OperationFailed
            At the end of an operation in which something failed.
        """
        outer = self.current
        if outer is not None:
            try:
                yield outer
            except BaseException as failure:
                outer.failure = outer.failure or failure
                raise
            return
        ending = committed = False
        with self._place.writing:
            cursor = self._place.cursor()
            try:
                mine = self._place.take_turn(
                    cursor, kind, lambda: Operation(cursor, kind, summary, parameters, self.clock)
                )
                self._place.mine.operation = mine
                yield mine
                if (mine.wrote and not mine.on_trial) or mine.failure:
                    if self._guard is not None and not mine.failure:
                        self._guard(mine, self.actor)
                    mine.finish(self.actor)
                    self._place.settled.written(mine.tables)
                    ending = True
                    cursor.execute("commit")
                    committed = True
                else:
                    cursor.execute("rollback")
            except BaseException as failure:
                # A failed commit has rolled back already.
                with suppress(duckdb.Error):
                    cursor.execute("rollback")
                told = (
                    self._place.not_kept(kind, failure, at_the_end=ending)
                    if isinstance(failure, duckdb.Error)
                    else None
                )
                if told is not None:
                    raise told from failure
                raise
            finally:
                self._place.mine.operation = None
                cursor.close()
                self._place.end_turn()
        if committed:
            if "entries" in mine.tables:
                self.settle(only_if_due=True)
            self._place.watchers.tell()

    def settle(self, *, only_if_due: bool = False) -> bool:
        """Make the copy of the postings that reports read anew, and say whether that was done; see `store.settled`.

        It says nothing that the postings do not say, so it is no operation: there is nothing to undo in it.
        """
        return self._place.settled.make(only_if_due=only_if_due)

    def turn(self) -> AbstractContextManager[object]:
        """Take the turn of a writer for more than one operation: nobody else of this process writes in between."""
        return self._place.writing

    def watch(self, told: Callable[[], None]) -> Callable[[], None]:
        """Call back after every operation that was committed, and return what ends that.

        The call comes in the thread that wrote, after its turn as a writer has ended.
        """
        return self._place.watchers.add(told)

    @contextmanager
    def trial(self, kind: str) -> Iterator[Operation]:
        """Open an operation that is rolled back at its end, whatever it wrote.

        Raises
        ------
        OperationFailed
            Inside an operation: rolling back would take that along.
        """
        if self.current is not None:
            raise OperationFailed(f'"{kind}" cannot be tried inside an operation. Do it before or after.')
        with self.operation(kind) as op:
            op.on_trial = True
            yield op

    @contextmanager
    def committed(self) -> Iterator[None]:
        """Let this thread see what was committed, and not what the operation it is in has written."""
        mine, self._place.mine.operation = self.current, None
        try:
            yield
        finally:
            self._place.mine.operation = mine

    def known(self, known_at: datetime | date | str | int | None) -> int | None:
        """Return the last operation recorded by a moment; an operation's own number is taken as is."""
        return history.operation_at(known_at, self.rows)

    def story(self, table: str, record: int) -> pa.Table:
        """Return what happened to a record, a row for each field an operation changed.

        Raises
        ------
        NotFound
            If there never was such a record, or no such table with a history.
        """
        told = self.arrow(history.story(table), id=record)
        if not told.num_rows:
            raise NotFound(f"The {table} never held a record {record}.")
        return told

    @contextmanager
    def snapshot(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor that sees the book at one moment, whatever is written meanwhile."""
        with self._place.reading(None) as cursor:
            cursor.execute("begin transaction read only")
            yield cursor

    @property
    def seal(self) -> str | None:
        """The number of the last operation, a hyphen, and its seal; nothing in a book where nothing was done."""
        rows = self.rows("select id, seal from operations order by id desc limit 1")
        return f"{rows[0]['id']}-{rows[0]['seal']}" if rows else None

    def breaches(self, noted: str | None = None) -> list[Breach]:
        """Return what is not as it was sealed; see `store.sealing`."""
        with self.snapshot() as cursor:
            return [*breaches(cursor, noted)]

    @property
    def key(self) -> str | None:
        """What the book is encrypted by, if it is."""
        return self._place.key

    @property
    def was_cut_off(self) -> bool:
        """Whether the process that had the book open last ended without closing it."""
        return self._place.was_cut_off

    @property
    def keeps_backups(self) -> bool:
        """Whether backups of it are made here; those of a team's book are PostgreSQL's."""
        return self._place.keeps_backups

    def backup(self, path: str | os.PathLike[str] | None = None, *, keep: int = KEPT, reason: str = "") -> Path:
        """Copy the book into a new file while it is in use; see `File.backup`."""
        return self._place.backup(path, keep=keep, reason=reason)

    def restore(self, backup: str | os.PathLike[str]) -> Path:
        """Put a backup in the place of the book, record that, and return where the book as it was is kept.

        Raises
        ------
        OperationFailed
            Inside an operation.
        BookError
            If the backup cannot be used; the book stays as it was.
        """
        if self.current is not None:
            raise OperationFailed("A book cannot be restored inside an operation. Do it when the operation has ended.")
        chosen = Path(backup).expanduser().absolute()
        put_away = self._place.restore(chosen)
        self.notes[:] = [f"{chosen.name} was put in its place; the book as it was is kept in {put_away}."]
        # Whoever restores it need not be somebody who may write in the book as it was then.
        with self.unguarded().operation("restore", self.notes[0]) as op:
            op.wrote = True
        return put_away

    def unguarded(self) -> Store:
        """Return the same book for what is recorded whoever opened it, such as that they tried to."""
        return Store(self._place, self.actor)

    def release(self) -> None:
        """Give up this hold of the file; the last one closes it, after whoever is writing has ended.

        Raises
        ------
        OperationFailed
            Inside an operation: its end would find no file.
        """
        if self.current is not None:
            raise OperationFailed("A book cannot be closed inside an operation. Close it when the operation has ended.")
        self._place.release()
