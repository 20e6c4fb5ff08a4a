"""A book in a PostgreSQL database, where many processes write: a team's.

PostgreSQL keeps the rows, holds keys and references for everyone, and lets one operation at a time write; the engine reads and
writes it by the very statements of a file. What the engine has and PostgreSQL has not - public views, functions - stays with
each session.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import duckdb

from invoicekit.errors import BookError, BookNotFound, BookTooNew, InvalidValue, InvoicekitError, NotABook, NotAllowed
from invoicekit.store.addresses import Database
from invoicekit.store.answers import GONE, explained, in_short
from invoicekit.store.backup import KEPT
from invoicekit.store.ddl import team_tables
from invoicekit.store.definitions import load_macros, show_views
from invoicekit.store.extensions import load_extension
from invoicekit.store.holding import HELD, OPENING
from invoicekit.store.migrations import MIGRATIONS
from invoicekit.store.place import PRESENT, Place
from invoicekit.store.settled import Settled
from invoicekit.store.sql import sql_text
from invoicekit.store.turns import LONGEST_WAIT, WRITING, Turns

if TYPE_CHECKING:
    import os

    from invoicekit.store.operations import Operation

__all__ = ["Server", "load_postgres", "some_table"]

_TABLES = "select table_name from duckdb_tables() where database_name = 'book' and schema_name = 'main'"

# Somebody else's operation ended while this one waited to begin.
_CONFLICT = re.compile(r"could not serialize access|deadlock detected|concurrent update", re.IGNORECASE)


def some_table(cursor: duckdb.DuckDBPyConnection, database: str) -> str | None:
    """Return the name of a table that a database holds, attached under a name; nothing where it holds none."""
    found = cursor.execute(
        "select table_name from duckdb_tables() where database_name = $database "
        "and schema_name not in ('information_schema', 'pg_catalog') order by table_name limit 1",
        {"database": database},
    ).fetchall()
    return found[0][0] if found else None


def load_postgres(engine: duckdb.DuckDBPyConnection) -> None:
    """Let an engine reach databases of PostgreSQL.

    Raises
    ------
    BookError
        If its extension is not there and cannot be fetched.
    """
    try:
        load_extension(engine, "postgres_scanner", "duckdb-extension-postgres")
    except duckdb.Error as error:
        raise BookError(
            "A team's book is reached by DuckDB's extension for PostgreSQL, which is not here and could not be fetched. Either "
            "go online once, or install it together with the DuckDB it is made for: pip install 'invoicekit[team]'."
        ) from error


class Server(Place):
    """One book in a database of PostgreSQL; made by `Server.open`, shared by all who open it in this process.

    Attributes
    ----------
    user
        Whom PostgreSQL knows them as, where the address says it.
    """

    def __init__(self, url: str, clock: Callable[[], datetime], views: Mapping[str, str]) -> None:
        database = Database.of(url)
        self.user = database.user
        super().__init__(database.name, database.address, clock, views)
        self._url = database.url(self._copies.path)
        self._turns = Turns(self._url, WRITING)

    def _make_engine(self) -> None:
        super()._make_engine()
        self.settled = _Never(self.writing, self.cursor)

    @classmethod
    def open(cls, url: str, *, create: bool, clock: Callable[[], datetime], views: Mapping[str, str]) -> Server:
        """Open a team's book, or make one in an empty database.

        One that this process has open already is shared, not opened twice.

        Raises
        ------
        BookNotFound, NotABook, BookTooNew, BookError
            See `invoicekit.errors`; the database is not changed.
        """
        with OPENING:
            # Who may come in is PostgreSQL's to say: another password is another way in.
            held = HELD.get(url)
            if isinstance(held, cls) and not held.is_closed:
                held.hold()
                return held
            server = cls(url, clock, views)
            try:
                server._start(create=create)
            except duckdb.Error as error:
                server.release()
                raise explained(server.name, server.user, error) from None
            except BaseException:
                server.release()
                raise
            HELD[url] = server
            server.hold()
            return server

    @property
    def path(self) -> Path:
        """There is none.

        Raises
        ------
        BookError
            Always.
        """
        raise BookError(f"{self.name} is a database, and in no file.")

    def _start(self, *, create: bool) -> None:
        load_postgres(self._engine)
        # In a query that goes on from what it found, the engine would filter every further scan by what it found first.
        self._engine.execute("set disabled_optimizers = 'join_filter_pushdown'")
        self._engine.execute(f"attach {sql_text(self._url)} as book (type postgres)")
        cursor = self._engine.cursor()
        load_macros(cursor)
        self.notes = self._laid_out(cursor, create=create)
        cursor.execute(f"set search_path = '{PRESENT}'")
        show_views(cursor, self.views)
        cursor.close()
        self.shut(str(self._copies.path))

    def _laid_out(self, cursor: duckdb.DuckDBPyConnection, *, create: bool) -> list[str]:
        """Make the tables where there are none, bring along those of an older invoicekit, and say so."""
        latest, tables = MIGRATIONS[-1], [*team_tables()]
        made_by = f"invoicekit {latest.version} {sha256('; '.join(tables).encode()).hexdigest()}"
        held = self._held(cursor)
        if held is None and not create:
            raise BookNotFound(f"There is no book in {self.name}. Check the address, or create one by opening it.")
        if held is None and (other := some_table(cursor, "book")) is not None:
            raise NotABook(
                f"{self.name} holds other tables already, such as {other}, and no book is made among them. Name a database "
                "of its own; a lake is opened by its address, which begins with ducklake:."
            )
        if held is not None:
            if ("migrations",) not in cursor.execute(_TABLES).fetchall():
                raise NotABook(f"{self.name} holds a schema called main that is not a book's. Name another database.")
            [[version]] = cursor.execute("select max(version) from book.main.migrations").fetchall()
            if version > latest.version:
                raise BookTooNew(
                    f"{self.name} has layout {version}, and this invoicekit knows layouts up to {latest.version}. "
                    "Nothing was changed; open it with a newer invoicekit."
                )
            if version < latest.version:
                raise BookError(
                    f"{self.name} has layout {version}, and this invoicekit writes layout {latest.version}. Copy it into a file "
                    "with the invoicekit it was written by, open that with this one, and copy it into an empty database."
                )
            if held == made_by:
                return []
        return self._bring_along(cursor, [*tables, f"comment on schema main is {sql_text(made_by)}"], made_by)

    def _bring_along(self, cursor: duckdb.DuckDBPyConnection, statements: list[str], made_by: str) -> list[str]:
        latest = MIGRATIONS[-1]
        try:
            self._turns.take(f"making the tables of {self.name}")
        except ConnectionError as error:
            raise self._lost("make the tables", error) from error
        try:
            held = self._held(cursor)
            if held == made_by:
                # Somebody else made them meanwhile.
                return []
            if held is None:
                statements += [
                    f"insert into main.migrations values ({latest.version}, {sql_text(latest.name)}, {sql_text(self.clock())})",
                    "insert into main.counters values ('operations', 0)",
                ]
            cursor.execute("call postgres_execute('book', $statements)", {"statements": "; ".join(statements)})
        except duckdb.Error as error:
            if held is not None and ("must be owner" in str(error) or "permission denied" in str(error)):
                raise NotAllowed(
                    f"The tables of {self.name} are of an older invoicekit, and {self.user or 'you'} may not bring them along "
                    f"({in_short(error)}). Let whoever owns them open it once with this one."
                ) from error
            raise
        finally:
            self._turns.give_back()
            cursor.execute("call pg_clear_cache()")
        return ["A new book." if held is None else "Its tables were brought along with this invoicekit."]

    def _held(self, cursor: duckdb.DuckDBPyConnection) -> str | None:
        """Return what the tables say they were made by, nothing of other tables, and None where there are none."""
        asked = (
            "select pg_encoding_to_char(encoding) as encoding, "
            "(select coalesce(obj_description(oid, 'pg_namespace'), '') from pg_namespace where nspname = 'main') as said "
            "from pg_database where datname = current_database()"
        )
        [[encoding, said]] = cursor.execute(f"select * from postgres_query('book', {sql_text(asked)})").fetchall()
        if encoding != "UTF8":
            raise BookError(
                f"{self.name} keeps texts as {encoding}, which cannot hold them all. Make a database of its own for the book: "
                "create database ... encoding 'UTF8' template template0."
            )
        return None if said is None else str(said)

    def take_turn(self, cursor: duckdb.DuckDBPyConnection, kind: str, begin: Callable[[], Operation]) -> Operation:
        """Open the transaction of an operation, as the only one who writes until it ends.

        Whoever wants to write waits in PostgreSQL's own line for a lock that stands for the turn, and begins to look only then:
        so every operation sees all that came before it. The first thing it does is to count itself, and PostgreSQL lets none
        go on that counted from what is no longer so, whatever became of the lock.

        Raises
        ------
        BookInUse
            If others wrote for so long that the turn did not come.
        """
        try:
            self._turns.take(f"writing in {self.name}")
        except ConnectionError as error:
            raise self._lost(kind, error) from error
        until = time.monotonic() + LONGEST_WAIT
        while True:
            cursor.execute("begin transaction")
            try:
                return begin()
            except duckdb.Error as error:
                with suppress(duckdb.Error):
                    cursor.execute("rollback")
                if not _CONFLICT.search(str(error)) or time.monotonic() > until:
                    raise

    def end_turn(self) -> None:
        """Let others write."""
        self._turns.give_back()

    def release(self) -> None:
        """Give up one hold of the book; the last one closes it, after whoever is writing has ended."""
        super().release()
        if self.is_closed:
            self._turns.close()

    def attach_to(self, engine: duckdb.DuckDBPyConnection, name: str, folder: Path) -> None:  # noqa: ARG002 - as its base
        """Let another engine of ours read it, under a name."""
        load_postgres(engine)
        engine.execute(f"attach {sql_text(self._url)} as {name} (type postgres, read_only)")

    def cursor(self, known: int | None = None) -> duckdb.DuckDBPyConnection:
        """Return a cursor of its own for one call.

        Raises
        ------
        BookNotFound
            If PostgreSQL went away.
        """
        try:
            return super().cursor(known)
        except duckdb.Error as error:
            raise explained(self.name, self.user, error) from error

    @contextmanager
    def reading(self, known: int | None) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor for one call.

        Raises
        ------
        BookNotFound
            If PostgreSQL went away.
        """
        try:
            with super().reading(known) as cursor:
                yield cursor
        except duckdb.Error as error:
            if GONE.search(str(error)) or "permission denied" in str(error):
                raise explained(self.name, self.user, error) from error
            raise

    def not_kept(self, kind: str, error: BaseException, *, at_the_end: bool) -> InvoicekitError | None:
        """Return what is said of an operation that PostgreSQL did not keep, or may not have kept."""
        said = in_short(error)
        if GONE.search(str(error)) and at_the_end:
            return BookError(
                f'Whether "{kind}" was kept in {self.name} is not known: PostgreSQL went away when told to keep it ({said}). '
                "Look at book.operations() before you do it again."
            )
        if GONE.search(str(error)):
            return self._lost(kind, error)
        if "NULL-byte" in str(error):
            return InvalidValue(
                f'"{kind}" was not kept in {self.name}: one of its texts holds the character NUL, which PostgreSQL does not keep. '
                "Take it out, and do it again."
            )
        if "permission denied" in str(error):
            return NotAllowed(
                f"{self.user or 'You'} cannot {kind} in {self.name}: PostgreSQL lets that role only read ({said}). "
                "Whoever keeps the database can grant more."
            )
        return None

    def backup(self, path: str | os.PathLike[str] | None = None, *, keep: int = KEPT, reason: str = "") -> NoReturn:  # noqa: ARG002 - as its base
        """Refuse: PostgreSQL has its own.

        Raises
        ------
        BookError
            Always.
        """
        raise BookError(f"{self.name} is not copied into a file. PostgreSQL's own pg_dump keeps it whole.")

    def restore(self, backup: Path) -> NoReturn:
        """Refuse: others work in it.

        Raises
        ------
        BookError
            Always.
        """
        raise BookError(
            f"{backup.name} is not put in the place of {self.name}: others work in it. Open the file by itself."
        )

    def _lost(self, kind: str, error: BaseException) -> BookError:
        return BookError(
            f'"{kind}" was not kept in {self.name}: PostgreSQL went away ({in_short(error)}). Nothing of it is in the book; '
            "do it again."
        )


class _Never(Settled):
    """No copy of the postings: who reads much of a team's book reads it elsewhere."""

    def make(self, *, only_if_due: bool) -> bool:  # noqa: ARG002 - as its base
        """Make none."""
        return False
