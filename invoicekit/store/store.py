"""Opening a book and reading it: one engine a file, one cursor a call."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa

from invoicekit.errors import (
    BookClosed,
    BookNotFound,
    NotFound,
    OperationFailed,
    QueryRefused,
)
from invoicekit.store import history
from invoicekit.store.backup import STORAGE, copy_to, must_be_free, sql_text
from invoicekit.store.definitions import load_macros, own_views, refresh_views
from invoicekit.store.explain import explained
from invoicekit.store.frames import arrow, records
from invoicekit.store.holding import HELD, OPENING, file_key, writable
from invoicekit.store.migrations import MIGRATIONS, Migration, migrate
from invoicekit.store.operations import Operation, local_day, now, whoever
from invoicekit.store.reading import must_only_read
from invoicekit.store.settled import Settled
from invoicekit.store.watching import Watchers
from invoicekit.store.working import Working

__all__ = ["Store"]

_CLOSED_ENGINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
}
_PRESENT = "book.main,memory.main"

# What looks at an operation before it is kept, told who opened the book.
Guard: TypeAlias = Callable[[Operation, str], None]

# How long, in seconds, closing a book waits for queries that run in other threads.
LAST_ANSWER = 60


class Store:
    """One book file, held by one engine; made by `Store.open`, shared by all who open the file.

    Attributes
    ----------
    path
        Where the file is.
    actor
        Who is written into operations.
    notes
        What opening did: created, migrated, added.
    """

    def __init__(
        self,
        path: Path,
        actor: str,
        clock: Callable[[], datetime],
        views: Mapping[str, str],
        guard: Guard | None = None,
    ) -> None:
        self.path = path
        self.guard = guard
        self.actor = actor
        self.clock = clock
        self.views = {**own_views(), **views}
        self.notes: list[str] = []
        self._engine = duckdb.connect(config=_CLOSED_ENGINE)
        self._copies = TemporaryDirectory(prefix="invoicekit-", ignore_cleanup_errors=True)
        self._closed = False
        self._writing = threading.RLock()
        self._settled = Settled(self._writing, self.cursor)
        self._mine = threading.local()
        self._holders = 0
        self._known: set[int] = set()
        self._watchers = Watchers()
        self._knowing = threading.Lock()
        self._asking = threading.Condition()
        self._readers = 0

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
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> Store:
        """Open a book, or create one, and bring its layout up to date.

        A file that this process has open already is shared, not opened twice; the first opening
        decided its actor and its clock.

        Raises
        ------
        BookNotFound, BookInUse, NotABook, BookTooNew, BookError
            See `invoicekit.errors`; the file is not changed.
        """
        where = Path(path).expanduser().absolute()
        with OPENING:
            shared = HELD.get(file_key(where)) if where.exists() else None
            if shared is not None and shared.hold():
                return shared
            if not where.exists():
                if not create:
                    raise BookNotFound(
                        f"There is no book at {where}. Check the path, or create one by invoicekit.open."
                    )
                if not where.parent.is_dir():
                    raise BookNotFound(f"The folder {where.parent} does not exist. Create it first.")
            store = cls(where, actor or whoever(), clock or now, views or {}, guard)
            try:
                store._attach()
                HELD[file_key(where)] = store
                cursor = store._engine.cursor()
                load_macros(cursor)
                store.notes = migrate(cursor, where, store.clock(), migrations)
                cursor.execute(f"set search_path = '{_PRESENT}'")
                refresh_views(cursor, store._settled.opened(cursor, store.views))
                cursor.close()
                store._shut()
            except BaseException:
                store.release()
                raise
            store.hold()
            return store

    def _attach(self) -> None:
        # An existing file keeps the format it was made with. The type is said, because the engine would otherwise
        # go by the name: a book called x.csv would be a table in memory, and gone.
        kind = "type duckdb" if self.path.exists() else STORAGE
        try:
            self._engine.execute(f"attach {sql_text(self.path)} as book ({kind})")
        except duckdb.Error as error:
            raise explained(self.path, str(error)) from error

    def _shut(self) -> None:
        # From here on the engine reaches the book's own file and one folder for copies, and nothing else.
        self._engine.execute(f"set allowed_directories = [{sql_text(self._copies.name)}]")
        self._engine.execute("set enable_external_access = false")

    def cursor(self, known: int | None = None) -> duckdb.DuckDBPyConnection:
        """Return a cursor of its own for one call, reading the present or what was known."""
        # The engine refuses two threads that ask it for a cursor, or close it, at the same instant.
        with self._asking:
            if self._closed:
                raise BookClosed(f"{self.path.name} was closed. Open it again with invoicekit.open.")
            cursor = self._engine.cursor()
        if known is None:
            cursor.execute(f"set search_path = '{_PRESENT}'")
            return cursor
        with self._knowing:
            if known not in self._known:
                history.build(cursor, known, self.views)
                self._known.add(known)
        cursor.execute(f"set search_path = 'memory.known_{known},memory.main'")
        return cursor

    @contextmanager
    def _reading(self, known: int | None) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor for one call; whoever closes the book waits until it is given back."""
        with self._asking:
            self._readers += 1
        try:
            cursor = self.cursor(known)
            try:
                yield cursor
            finally:
                cursor.close()
        finally:
            with self._asking:
                self._readers -= 1
                self._asking.notify_all()

    def arrow(self, sql: str, *, known: int | None = None, **parameters: Any) -> pa.Table:
        """Run one query and fetch it whole; inside an operation, see what it wrote."""
        current = self.current
        if current is not None and known is None:
            return current.arrow(sql, **parameters)
        if known is None and self._settled.is_behind(sql):
            self._settled.catch_up()
        with self._reading(known) as cursor:
            self._settled.begin(cursor, known)
            return arrow(cursor, sql, parameters)

    def rows(self, sql: str, *, known: int | None = None, **parameters: Any) -> list[dict[str, Any]]:
        """Run one query and return dicts."""
        return records(self.arrow(sql, known=known, **parameters))

    @contextmanager
    def working(self, known: int | None = None) -> Iterator[Working]:
        """Open a cursor on which a long query is worked out step by step; it shows what was committed."""
        with self._reading(known) as cursor:
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
        with nullcontext(tried) if tried is not None else self._reading(known) as cursor:
            try:
                must_only_read(cursor, sql)
                if tried is None:
                    self._settled.begin(cursor, known)
                return cursor.sql(sql, params=parameters).to_arrow_table()
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
        return getattr(self._mine, "operation", None)

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
        committed = False
        with self._writing:
            cursor = self.cursor()
            cursor.execute("begin transaction")
            try:
                mine = Operation(cursor, kind, summary, parameters, self.clock)
                self._mine.operation = mine
                yield mine
                if (mine.wrote and not mine.on_trial) or mine.failure:
                    if self.guard is not None and not mine.failure:
                        self.guard(mine, self.actor)
                    mine.finish(self.actor, self._next_moment(cursor))
                    self._settled.written(mine.tables)
                    cursor.execute("commit")
                    committed = True
                else:
                    cursor.execute("rollback")
            except BaseException:
                # A failed commit has rolled back already.
                with suppress(duckdb.TransactionException):
                    cursor.execute("rollback")
                raise
            finally:
                self._mine.operation = None
                cursor.close()
        if committed:
            if "entries" in mine.tables:
                self.settle(only_if_due=True)
            self._watchers.tell()

    def settle(self, *, only_if_due: bool = False) -> bool:
        """Make the copy of the postings that reports read anew, and say whether that was done; see `store.settled`.

        It says nothing that the postings do not say, so it is no operation: there is nothing to undo in it.
        """
        return self._settled.make(only_if_due=only_if_due)

    def turn(self) -> AbstractContextManager[object]:
        """Take the turn of a writer for more than one operation: nobody else of this process writes in between."""
        return self._writing

    def watch(self, told: Callable[[], None]) -> Callable[[], None]:
        """Call back after every operation that was committed, and return what ends that.

        The call comes in the thread that wrote, after its turn as a writer has ended.
        """
        return self._watchers.add(told)

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
        mine, self._mine.operation = self.current, None
        try:
            yield
        finally:
            self._mine.operation = mine

    def _next_moment(self, cursor: duckdb.DuckDBPyConnection) -> datetime:
        # Recorded time never runs backwards, even if the machine's clock does.
        last = cursor.execute("select max(recorded_at) from book.main.operations").fetchall()[0][0]
        moment = self.clock()
        return moment if last is None or moment > last else last + timedelta(microseconds=1)

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

    def backup(self, path: str | os.PathLike[str]) -> Path:
        """Copy the book into a new file while it is in use.

        Raises
        ------
        BookError
            If something is already there.
        """
        target = writable(path).absolute()
        must_be_free(target)
        with self._writing:
            cursor = self.cursor()
            try:
                made = copy_to(cursor, Path(self._copies.name) / "copy.duckdb")
            finally:
                cursor.close()
            return Path(shutil.move(made, target))

    @property
    def is_closed(self) -> bool:
        """Whether nobody holds the file any more."""
        return self._closed

    def hold(self) -> bool:
        """Take one more hold of an open file; a closed one cannot be held."""
        self._holders += not self._closed
        return not self._closed

    def release(self) -> None:
        """Give up one hold of the file; the last one closes it, after whoever is writing has ended.

        Raises
        ------
        OperationFailed
            Inside an operation: its end would find no file.
        """
        if self.current is not None:
            raise OperationFailed("A book cannot be closed inside an operation. Close it when the operation has ended.")
        with self._writing, OPENING, self._asking:
            self._holders -= 1
            if self._holders <= 0 and not self._closed:
                self._closed = True
                self._asking.wait_for(lambda: not self._readers, LAST_ANSWER)
                self._engine.close()
                self._copies.cleanup()
