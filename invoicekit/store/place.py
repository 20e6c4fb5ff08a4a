"""Where a book lies: one engine that has it attached, shared by all who open it in this process."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from invoicekit.errors import BookClosed, InvoicekitError
from invoicekit.folders import OwnFolder
from invoicekit.store import history
from invoicekit.store.definitions import own_views
from invoicekit.store.explain import not_kept
from invoicekit.store.holding import OPENING
from invoicekit.store.settled import Settled
from invoicekit.store.sql import sql_text
from invoicekit.store.watching import Watchers

if TYPE_CHECKING:
    import os

    from invoicekit.store.operations import Operation

__all__ = ["PRESENT", "Place"]

_CLOSED_ENGINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
}
PRESENT = "book.main,memory.main"

# How long, in seconds, closing a book waits for queries that run in other threads.
LAST_ANSWER = 60


class Place(ABC):
    """One engine with a book attached as ``book``; what is there of it is a matter of each kind of place.

    Attributes
    ----------
    name
        What it is called in messages.
    address
        What `invoicekit.open` finds it by again, without any secret.
    key
        What the book is encrypted by, if it is.
    clock
        What gives the recorded time, as naive UTC.
    notes
        What opening did: created, migrated, added.
    writing
        Who has it may write: writers of this process take turns.
    was_cut_off
        Whether the process that had it open last ended without closing it.
    mine
        What the thread that asks is doing: ``operation``.
    """

    def __init__(self, name: str, address: str, clock: Callable[[], datetime], views: Mapping[str, str]) -> None:
        self.name, self.address, self.clock = name, address, clock
        self.key: str | None = None
        self.was_cut_off = False
        self.views = {**own_views(), **views}
        self.notes: list[str] = []
        self.writing = threading.RLock()
        self.mine = threading.local()
        self.watchers = Watchers()
        self._copies = OwnFolder()
        self._closed = False
        self._holders = 0
        self._known: set[int] = set()
        self._knowing = threading.Lock()
        self._copying = threading.Lock()
        self._asking = threading.Condition()
        self._readers = 0
        self._make_engine()

    def _make_engine(self) -> None:
        self._engine = duckdb.connect(config=_CLOSED_ENGINE)
        self.settled = Settled(self.writing, self.cursor)

    @property
    @abstractmethod
    def path(self) -> Path:
        """The file it lies in."""

    @abstractmethod
    def attach_to(self, engine: duckdb.DuckDBPyConnection, name: str, folder: Path) -> None:
        """Let another engine of ours read it as it is now, under a name; what that takes may be put into a folder."""

    @abstractmethod
    def take_turn(self, cursor: duckdb.DuckDBPyConnection, kind: str, begin: Callable[[], Operation]) -> Operation:
        """Open the transaction of an operation of some kind, as the only one who writes until it ends."""

    def end_turn(self) -> None:  # noqa: B027 - where writers are of one process, its own lock is all there is
        """Let others write: the operation has ended."""

    def not_kept(self, kind: str, error: BaseException, *, at_the_end: bool) -> InvoicekitError | None:  # noqa: ARG002 - of servers
        """Return what is said of an operation that could not be kept; nothing where something else was wrong.

        Parameters
        ----------
        at_the_end
            Whether everything had been done, and it was to be kept.
        """
        return not_kept(self.name, kind, error)

    keeps_backups = False

    @abstractmethod
    def backup(self, path: str | os.PathLike[str] | None, *, keep: int, reason: str) -> Path:
        """Copy the book into a new file while it is in use, prove the copy, and return its path."""

    @abstractmethod
    def restore(self, backup: Path) -> Path:
        """Put a backup in the place of the book, and return where the book as it was is kept."""

    def shut(self, *folders: str) -> None:
        """Let the engine reach what is attached and some folders, and nothing else from here on."""
        self._engine.execute(f"set allowed_directories = [{', '.join(map(sql_text, folders))}]")
        self._engine.execute("set enable_external_access = false")
        if not duckdb.__version__.startswith("1."):
            # Before 2.0 the engine copies a database by a setting of its own, which this would keep from it.
            self._engine.execute("set lock_configuration = true")

    def cursor(self, known: int | None = None) -> duckdb.DuckDBPyConnection:
        """Return a cursor of its own for one call, reading the present or what was known."""
        # The engine refuses two threads that ask it for a cursor, or close it, at the same instant.
        with self._asking:
            if self._closed:
                raise BookClosed(f"{self.name} was closed. Open it again with invoicekit.open.")
            cursor = self._engine.cursor()
        if known is None:
            cursor.execute(f"set search_path = '{PRESENT}'")
            return cursor
        with self._knowing:
            if known not in self._known:
                history.build(cursor, known, self.views)
                self._known.add(known)
        cursor.execute(f"set search_path = 'memory.known_{known},memory.main'")
        return cursor

    @contextmanager
    def reading(self, known: int | None) -> Iterator[duckdb.DuckDBPyConnection]:
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

    @property
    def is_closed(self) -> bool:
        """Whether nobody holds the book any more."""
        return self._closed

    def hold(self) -> None:
        """Take one more hold of the book, which is open."""
        self._holders += 1

    def release(self) -> None:
        """Give up one hold of the book; the last one closes it, after whoever is writing has ended."""
        with self.writing, OPENING, self._asking:
            self._holders -= 1
            if self._holders <= 0 and not self._closed:
                self._closed = True
                self._asking.wait_for(lambda: not self._readers, LAST_ANSWER)
                self._engine.close()
                self._copies.close()
