"""Taking turns in a database of PostgreSQL: one process after the other, in the order in which they came.

A turn is an advisory lock of a connection of its own, so it ends with that connection, whatever becomes of the process. It is
waited for outside of the engine, which would ask again and again whether it is there.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from invoicekit.errors import BookError, BookInUse

if TYPE_CHECKING:
    import psycopg

__all__ = ["PUBLISHING", "WRITING", "Turns"]

# What the locks are called by which processes take turns: numbers that nobody else takes.
WRITING, PUBLISHING = 0x696E7677, 0x696E7670

# How long, in seconds, to wait for one's turn.
LONGEST_WAIT = 60


class Turns:
    """The turns of one process in one database.

    Parameters
    ----------
    url
        Of the database, as its library takes it.
    lock
        `WRITING` or `PUBLISHING`.
    """

    def __init__(self, url: str, lock: int) -> None:
        self._url, self._lock = url, lock
        self._held: psycopg.Connection | None = None

    def take(self, what: str) -> None:
        """Wait for one's turn.

        Raises
        ------
        BookInUse
            If others are at it for too long.
        ConnectionError
            If PostgreSQL does not answer.
        """
        psycopg = _library()
        for again in (True, False):
            try:
                if self._held is None:
                    self._held = _connected(self._url)
                self._held.execute("select pg_advisory_lock(%s)", (self._lock,))
            except psycopg.errors.LockNotAvailable as error:
                raise BookInUse(
                    f"Others have been {what} for {LONGEST_WAIT} seconds. Nothing was changed; try again."
                ) from error
            except psycopg.OperationalError as error:
                # It may have been away, and come back.
                was_there = self._held is not None
                self.close()
                if not (again and was_there):
                    raise ConnectionError(str(error)) from error
            else:
                return

    def give_back(self) -> None:
        """Let others have theirs."""
        if self._held is not None:
            try:
                self._held.execute("select pg_advisory_unlock(%s)", (self._lock,))
            except _library().Error:
                self.close()

    def close(self) -> None:
        """End the connection, and with it a turn that was taken."""
        if self._held is not None:
            held, self._held = self._held, None
            with suppress(Exception):
                held.close()


def _connected(url: str) -> psycopg.Connection:
    made: psycopg.Connection = _library().connect(url, autocommit=True)
    made.execute(f"set lock_timeout = '{LONGEST_WAIT}s'")
    return made


def _library() -> ModuleType:
    try:
        return import_module("psycopg")
    except ImportError as error:
        raise BookError(
            "Who writes in a team's book takes turns by psycopg, which is not here: pip install 'invoicekit[team]'."
        ) from error
