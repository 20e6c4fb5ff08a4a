"""What keeps a book safe and lets others have it: proofs, backups, copies. No rule lives here."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from invoicekit.imports import export
from invoicekit.ledger import backups_in, check, restore
from invoicekit.store import KEPT, Published, Store, copy_book, publish

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Keeping"]


class Keeping:
    """The part of a book that looks after the whole of it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def path(self) -> Path:
        """Where the file is; the book of a team is in none, and says so."""
        return self._store.path

    @property
    def address(self) -> str:
        """What opens it again: the path of its file, or the address of a team's database, without any password."""
        return self._store.address

    def check(self, *, seal: str | None = None) -> pd.DataFrame:
        """Return everything that is wrong in the book; an empty frame for a healthy one.

        Parameters
        ----------
        seal
            What `seal` said earlier, noted outside the book: everything up to that operation must still be what it was.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> len(book.check())
        0
        """
        return check(self._store, seal)

    @property
    def seal(self) -> str | None:
        """What stands for everything done so far, to be noted outside the book (`store.sealing`); nothing where nothing was."""
        return self._store.seal

    def backup(self, path: str | PathLike[str] | None = None, *, keep: int = KEPT) -> Path:
        """Copy the book, while it is in use, and return the path of the copy, which was read again and is equal row for row.

        Parameters
        ----------
        path
            A folder, made where it is missing: the copy is named after the book and the moment. Or a new file. Unless
            given, a folder beside the book, such as ``acme.backups``.
        keep
            How many backups of this book such a folder keeps; the last one of every month stays beside them.

        Raises
        ------
        BookError
            If there is such a file already, or it cannot be written.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> book.backup().parent.name
        'acme.backups'
        """
        return self._store.backup(path, keep=keep)

    def backups(self, folder: str | PathLike[str] | None = None) -> pd.DataFrame:
        """Return the backups of the book, newest first: ``made_at`` (UTC), ``reason``, ``bytes``, ``path``."""
        return backups_in(self.path, folder)

    def restore(self, backup: str | PathLike[str] | None = None) -> Path:
        """Put a backup in the place of the book; every handle, form and page goes on with it.

        The book as it was is kept among its backups, and its path is returned: restoring that one takes this back.

        Parameters
        ----------
        backup
            Which; the newest unless given.

        Raises
        ------
        BookError, NotAllowed
            If it cannot be used, or users have roles and who opened the book is no owner of all customers.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> _ = book.customers.add(display_name="Acme"), book.backup(), book.customers.change("Acme", display_name="Oops")
        >>> _ = book.restore()
        >>> book.customers.list()["display_name"].tolist()
        ['Acme']
        """
        return restore(self._store, backup)

    def copy_to(self, where: str | PathLike[str]) -> str:
        """Copy all of it, history and seals too, into an empty database of PostgreSQL or a new file; return its address."""
        return copy_book(self._store, where)

    def publish(self, lake: str, data: str | PathLike[str] | None = None) -> Published:
        """Write the book on a lake, or what it says since it was published there: a copy that many machines read at once.

        It is opened by ``invoicekit.open(lake, read_only=True)`` and answers everything a book answers, by both clocks. How
        users sign in is left out of it: whoever may read its files reads it. Doing it again is safe at any time.

        Parameters
        ----------
        lake
            ``ducklake:firm.ducklake``, a catalogue in a file, for one book that publishes;
            ``ducklake:postgresql://user@host/database``, one in PostgreSQL; ``md:firm``, at MotherDuck.
        data
            Where the rows are put the first time, as Parquet: a folder, or an object store such as ``s3://bucket/firm``, whose keys
            stand in the environment (``AWS_ACCESS_KEY_ID`` ...). Unless given, a folder beside the file.

        Returns
        -------
        Published
            Up to which operation it says what the book says, and how many rows were written; printed, it says so.

        Raises
        ------
        BookError
            If the lake is of another book, or cannot be written: it stays as it was.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> _ = book.customers.add(display_name="Acme")
        >>> try:
        ...     book.publish(f"ducklake:{book.path}.lake").operation
        ... except ik.errors.BookError:  # DuckDB's extension for lakes is not here
        ...     1
        1
        """
        return publish(self._store, lake, data)

    def export(self, path: str | PathLike[str]) -> Path:
        """Write the whole book for other programs: a folder with a .csv for each table, or one workbook (.xlsx).

        Imported into an empty book it gives an equal one; into another, like any file.

        Raises
        ------
        InvalidValue
            If a workbook cannot hold what the book holds.
        """
        return export(self._store, Path(path))
