"""Copies of a book, made and proven by the engine, and which of them are kept.

The live file is never opened, read or copied by this process in any other way: closing any
second descriptor of it drops the lock that keeps other processes out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

import duckdb

from invoicekit.errors import BookError, BookInUse, BookNotFound
from invoicekit.store.encryption import load_cryptography, with_key
from invoicekit.store.explain import explained
from invoicekit.store.holding import held_here
from invoicekit.store.place import LAST_ANSWER
from invoicekit.store.sql import sql_text

__all__ = [
    "KEPT",
    "STORAGE",
    "Backup",
    "backups",
    "copied",
    "copy_to",
    "dated",
    "folder_of",
    "must_be_free",
    "on_disk",
    "rotate",
    "unfinished",
]

# The oldest engine that must read a book; both lines in support write it.
STORAGE = "type duckdb, storage_version 'v1.5.0'"

# How many backups of a book are kept in a folder, beside the last one of every month.
KEPT = 10

# How long, in seconds, to wait before a file that somebody holds is tried again.
_PAUSE = 0.005

_UNFINISHED = ".unfinished"
_STAMP = "%Y%m%d-%H%M%S"
_NAME = re.compile(r"-(?P<stamp>\d{8}-\d{6})(?:-(?P<nth>\d+))?(?P<reason>(?:-[a-z][\w-]*)?)$")


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup of a book.

    Attributes
    ----------
    made_at
        When, in UTC.
    reason
        What it was made before, such as ``before restore``; empty where somebody asked for it.
    """

    path: Path
    made_at: datetime
    reason: str
    nth: int = 1


def folder_of(book: Path) -> Path:
    """Return where the backups of a book are kept unless somebody says otherwise: beside it."""
    return book.with_name(f"{book.stem}.backups")


def dated(folder: Path, book: Path, moment: datetime, reason: str) -> Path:
    """Return the path of a new backup in a folder: its name says of which book, when and why."""
    why = f"-{reason.replace(' ', '-')}" if reason else ""
    # After those of the same second, also where the first of them are gone: the order of names is the order of making.
    second = [one.nth for one in backups(book, folder) if one.made_at == moment.replace(microsecond=0)]
    nth = f"-{max(second) + 1}" if second else ""
    return folder / f"{book.stem}-{moment.strftime(_STAMP)}{nth}{why}{book.suffix}"


def backups(book: Path, folder: Path | None = None) -> list[Backup]:
    """Return the backups of a book in a folder, newest first."""
    return sorted(_found(book, folder or folder_of(book)), key=lambda one: (one.made_at, one.nth), reverse=True)


def _is_of(book: Path, backup: Path) -> re.Match[str] | None:
    """Return what the name of a backup says, if it is one of this book."""
    is_its = backup.suffix == book.suffix and backup.stem.startswith(book.stem)
    return _NAME.match(backup.stem.removeprefix(book.stem)) if is_its else None


def _found(book: Path, folder: Path) -> Iterator[Backup]:
    for path in folder.iterdir() if folder.is_dir() else ():
        said = _is_of(book, path)
        if said:
            moment = datetime.strptime(said["stamp"], _STAMP)  # noqa: DTZ007 - naive UTC, as everywhere in a book
            yield Backup(path, moment, said["reason"].replace("-", " ").strip(), int(said["nth"] or 1))


def unfinished(backup: Path) -> Path:
    """Return the name of a backup while it is not whole yet: none that `backups` finds."""
    return backup.with_name(f".{backup.name}{_UNFINISHED}")


def on_disk(path: Path) -> None:
    """Wait until a file is on the disk, so that no failure of power takes what was said to be kept."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def rotate(book: Path, folder: Path, keep: int, made: Path) -> list[Path]:
    """Take the oldest backups away but for the last one of every month and the one just made; return those that went.

    What a process left unfinished when it was killed goes with them; while one is being made, this is not to be called.
    """
    found = backups(book, folder)
    last_of_month = {one.made_at.strftime("%Y%m"): one.path for one in reversed(found)}
    stay = {*last_of_month.values(), made}
    halves = [path for path in folder.glob(f".*{_UNFINISHED}") if _is_of(book, Path(path.stem[1:]))]
    gone = [*(one.path for one in found[keep:] if one.path not in stay), *halves]
    for path in gone:
        path.unlink()
    return gone


def copy_to(cursor: duckdb.DuckDBPyConnection, path: Path, key: str | None = None) -> Path:
    """Copy the attached book into a new file, consistent while in use, and prove the copy row for row.

    The copy of an encrypted book is given the same key.

    Raises
    ------
    BookError
        If something is already there: a copy never overwrites. If the copy differs from the book: it is taken away then.
    """
    must_be_free(path)
    cursor.execute(f"attach {sql_text(path)} as copy_of_book ({with_key(STORAGE, key)})")
    try:
        # One transaction sees the book at one moment, whatever is written meanwhile.
        cursor.execute("begin transaction")
        try:
            cursor.execute("copy from database book to copy_of_book")
            held = _sums(cursor, "book")
            cursor.execute("commit")
        except BaseException:
            cursor.execute("rollback")
            raise
    except BaseException:
        cursor.execute("detach copy_of_book")
        path.unlink(missing_ok=True)
        raise
    cursor.execute("detach copy_of_book")
    _attach_again(cursor, f"attach {sql_text(path)} as copy_of_book ({with_key('type duckdb, read_only', key)})")
    copied = _sums(cursor, "copy_of_book")
    cursor.execute("detach copy_of_book")
    if copied != held:
        path.unlink()
        wrong = ", ".join(sorted(name for name in held if copied.get(name) != held[name]))
        raise BookError(
            f"The copy {path.name} does not say what the book says ({wrong}), and was taken away. Try again."
        )
    return path


def _attach_again(cursor: duckdb.DuckDBPyConnection, statement: str) -> None:
    """Attach a copy that was detached, as soon as nobody holds it any more.

    Whoever asks the engine what tables there are, in another thread, holds every file there is until they have the answer.
    """
    until = monotonic() + LAST_ANSWER
    while True:
        try:
            cursor.execute(statement)
        except duckdb.Error as error:
            if "already attached" not in str(error) or monotonic() > until:
                raise
            sleep(_PAUSE)
        else:
            return


def chosen_backup(book: str | os.PathLike[str], backup: str | os.PathLike[str] | None) -> Path:
    """Return a backup somebody named, or the newest one of a book.

    Raises
    ------
    BookNotFound
        If it is not there.
    """
    where = Path(book).expanduser().absolute()
    kept = backups(where)
    if backup is None and not kept:
        raise BookNotFound(f"There is no backup of {where.name} in {folder_of(where)}. Name another file.")
    chosen = kept[0].path if backup is None else Path(backup).expanduser().absolute()
    if not chosen.exists():
        raise BookNotFound(f"There is no backup at {chosen}. book.backups() lists those there are.")
    return chosen


def put_aside(book: str | os.PathLike[str], backup: Path, key: str | None = None) -> list[str]:
    """Put a backup in the place of a file that cannot be opened, which is kept under another name; return what was done.

    Raises
    ------
    BookInUse, NotABook, BookTooNew
        If the backup cannot be used; the file stays where it is.
    """
    where = Path(book).expanduser().absolute()
    notes = []
    with TemporaryDirectory(prefix=f".{where.name}.", dir=where.parent) as folder:
        ready = copied(backup, Path(folder), key)
        for path in (where.with_name(f"{where.name}.wal"), where):
            if path.exists():
                names = (
                    path.with_name(f"{where.stem}.damaged{nth}{path.name[len(where.stem) :]}")
                    for nth in ("", *range(2, 99))
                )
                aside = path.replace(next(name for name in names if not name.exists()))
                notes.append(f"{path.name} is kept as {aside.name}.")
        ready.replace(where)
    return [*notes, f"{backup.name} was put in its place."]


def copied(path: Path, folder: Path, key: str | None = None) -> Path:
    """Copy a book that is not open here into a folder, without touching it.

    Raises
    ------
    BookInUse, NotABook, BookTooNew
        See `invoicekit.errors`.
    """
    if held_here(path):
        # A second engine on it would drop its lock.
        raise BookInUse(f"{path.name} is open here. Close it first, or name another file.")
    with duckdb.connect() as engine:
        if key is not None:
            load_cryptography(engine)
        try:
            engine.execute(f"attach {sql_text(path)} as book ({with_key('type duckdb, read_only', key)})")
        except duckdb.Error as error:
            raise explained(path, str(error)) from error
        return copy_to(engine.cursor(), folder / path.name, key)


def _sums(cursor: duckdb.DuckDBPyConnection, database: str) -> dict[str, tuple[int, int]]:
    """Return of every table how many rows it has, and what all of them come to."""
    tables = cursor.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = $database order by all",
        {"database": database},
    ).fetchall()
    asked = " union all ".join(
        f"select '{schema}.{table}', count(*), bit_xor(hash(held)) from {database}.{schema}.\"{table}\" as held"
        for schema, table in tables
    )
    return {name: (count, sum_) for name, count, sum_ in cursor.execute(asked).fetchall()}


def must_be_free(path: Path) -> None:
    """Refuse a path where something is already.

    Raises
    ------
    BookError
        A copy never overwrites.
    """
    if path.exists():
        raise BookError(
            f"{path} exists already, and a copy never overwrites. Name another file, or move that one away."
        )
