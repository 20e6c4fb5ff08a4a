"""A book in a file of its own, which one process has at a time."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import duckdb

from invoicekit.errors import BookError, BookNotFound, KeyRefused
from invoicekit.store.backup import (
    KEPT,
    STORAGE,
    copied,
    copy_to,
    dated,
    folder_of,
    must_be_free,
    on_disk,
    rotate,
    unfinished,
)  # fmt: skip
from invoicekit.store.definitions import load_macros, refresh_views
from invoicekit.store.encryption import key_of, load_cryptography, must_be_a_key, no_key, with_key, wrong_key
from invoicekit.store.explain import explained
from invoicekit.store.holding import HELD, OPENING, file_key, writable
from invoicekit.store.migrations import MIGRATIONS, Migration, migrate
from invoicekit.store.place import LAST_ANSWER, PRESENT, Place
from invoicekit.store.sql import sql_text

if TYPE_CHECKING:
    from invoicekit.store.operations import Operation

__all__ = ["File"]


class File(Place):
    """One book file, held by one engine; made by `File.open`, shared by all who open it here."""

    keeps_backups = True

    def __init__(
        self, path: Path, clock: Callable[[], datetime], views: Mapping[str, str], key: str | None = None
    ) -> None:
        super().__init__(path.name, str(path), clock, views)
        self._path = path
        self.key = key

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._path

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        create: bool,
        clock: Callable[[], datetime],
        views: Mapping[str, str],
        key: str | None = None,
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> File:
        """Open a file, or create it, and bring its layout up to date.

        One that this process has open already is shared, not opened twice; the first opening decided its clock.

        Raises
        ------
        BookNotFound, BookInUse, NotABook, BookTooNew, BookError
            See `invoicekit.errors`; the file is not changed.
        """
        where = Path(path).expanduser().absolute()
        if key is not None:
            must_be_a_key(key)
        with OPENING:
            shared = HELD.get(file_key(where)) if where.exists() else None
            if isinstance(shared, File) and not shared.is_closed:
                shared.must_be_opened_by(key)
                shared.hold()
                # Who opened it first was told what became of it, and looked.
                shared.was_cut_off = False
                return shared
            if not where.exists():
                if not create:
                    raise BookNotFound(
                        f"There is no book at {where}. Check the path, or create one by invoicekit.open."
                    )
                if not where.parent.is_dir():
                    raise BookNotFound(f"The folder {where.parent} does not exist. Create it first.")
            file = cls(where, clock, views, key)
            try:
                file._start(migrations)
            except BaseException:
                file.release()
                raise
            file.hold()
            return file

    def must_be_opened_by(self, key: str | None) -> None:
        """Refuse who has not the key of a file that is encrypted, or has one of a file that is not.

        Raises
        ------
        KeyRefused
            If they have not.
        """
        given = key if key is not None or self.key is None else key_of(self.path)
        if given != self.key:
            raise no_key(self.path) if given is None else wrong_key(self.path, is_encrypted=self.key is not None)

    def _start(self, migrations: Sequence[Migration]) -> None:
        self.was_cut_off = _log_of(self.path).exists()
        self._attach()
        self._key = file_key(self.path)
        HELD[self._key] = self
        cursor = self._engine.cursor()
        load_macros(cursor)
        self.notes = migrate(cursor, self.path, self.clock(), migrations, self.key)
        cursor.execute(f"set search_path = '{PRESENT}'")
        refresh_views(cursor, self.settled.opened(cursor, self.views))
        cursor.close()
        self.shut(str(self._copies.path))

    def _attach(self) -> None:
        if self.key is not None:
            load_cryptography(self._engine)
            self._engine.execute("set temp_file_encryption = true")
        # An existing file keeps the format it was made with. The type is said, because the engine would otherwise
        # go by the name: a book called x.csv would be a table in memory, and gone.
        kind = "type duckdb" if self.path.exists() else STORAGE
        try:
            self._engine.execute(f"attach {sql_text(self.path)} as book ({with_key(kind, self.key)})")
        except duckdb.Error as error:
            if self.key is not None:
                # What the engine says may repeat the statement, and the key in it.
                raise explained(self.path, str(error).replace(sql_text(self.key), "'...'")) from None
            refused = explained(self.path, str(error))
            self.key = key_of(self.path) if isinstance(refused, KeyRefused) else None
            if self.key is None:
                raise refused from error
            self._attach()

    def take_turn(self, cursor: duckdb.DuckDBPyConnection, kind: str, begin: Callable[[], Operation]) -> Operation:  # noqa: ARG002 - as its base
        """Open the transaction of an operation: nobody outside of this process has the file."""
        cursor.execute("begin transaction")
        return begin()

    def attach_to(self, engine: duckdb.DuckDBPyConnection, name: str, folder: Path) -> None:
        """Let another engine of ours read a copy of it, under a name: the file itself is one engine's."""
        copy = self.backup(folder / f"{name}.duckdb")
        if self.key is not None:
            load_cryptography(engine)
        engine.execute(f"attach {sql_text(copy)} as {name} ({with_key('type duckdb, read_only', self.key)})")

    def backup(self, path: str | os.PathLike[str] | None = None, *, keep: int = KEPT, reason: str = "") -> Path:
        """Copy the book into a new file while it is in use, prove the copy, and return its path.

        Parameters
        ----------
        path
            A folder, where the copy gets a name that says when it was made and the oldest ones go; or a new file.

        Raises
        ------
        BookError
            If something is already there, or the copy cannot be written.
        """
        folder = folder_of(self.path) if path is None else writable(path).absolute()
        # One at a time: the copy has one name in the engine.
        with self._copying:
            if path is not None and folder.suffix and not folder.is_dir():
                must_be_free(folder)
                return self._copied(folder)
            writable(folder).mkdir(parents=True, exist_ok=True)
            made = self._copied(dated(folder, self.path, self.clock(), reason))
            rotate(self.path, folder, keep, made)
            return made

    def _copied(self, target: Path) -> Path:
        """Copy the book where the engine may write, and move the copy where it belongs."""
        half = unfinished(target)
        with TemporaryDirectory(dir=self._copies.path) as folder, self.reading(None) as cursor:
            try:
                shutil.move(copy_to(cursor, Path(folder) / "copy.duckdb", self.key), half)
                on_disk(half)
                return half.replace(target)
            except (duckdb.Error, OSError) as error:
                half.unlink(missing_ok=True)
                raise BookError(f"No backup was made: {error}. The book itself is as it was.") from error

    def restore(self, backup: Path) -> Path:
        """Put a backup in the place of the book, which everybody who holds it goes on with; return where it was put away.

        Nobody writes from the moment the book is put away: what was acknowledged is in one of the two.

        Raises
        ------
        BookError, BookInUse, NotABook, BookTooNew
            If it cannot be used; the book stays as it was.
        """
        with self.writing, TemporaryDirectory(dir=self._copies.path) as folder:
            ready = File.open(
                copied(backup, Path(folder), self.key), create=False, clock=self.clock, views=self.views, key=self.key
            )
            ready.release()
            put_away = self.backup(reason="before restore")
            beside = Path(shutil.move(ready.path, self.path.with_name(f".{self.path.name}.restored")))
            self._replace(beside)
        self.watchers.tell()
        return put_away

    def _replace(self, beside: Path) -> None:
        """Put another file in the place of this one, and go on with it."""
        with OPENING, self._asking:
            self._asking.wait_for(lambda: not self._readers, LAST_ANSWER)
            self._engine.close()
            # Its number may be that of another file tomorrow.
            HELD.pop(self._key, None)
            # What a log still held was put away with the book; it must not be played into the other one.
            _log_of(self.path).unlink(missing_ok=True)
            beside.replace(self.path)
            self._known.clear()
            self._make_engine()
            self._start(MIGRATIONS)


def _log_of(path: Path) -> Path:
    """Return where the engine writes ahead of a file; closing the file takes it away."""
    return path.with_name(f"{path.name}.wal")
