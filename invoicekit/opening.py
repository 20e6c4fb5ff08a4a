"""Opening a book: the file, the layout, the public views, the currency."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from os import PathLike

from invoicekit.book import Book
from invoicekit.errors import BookError, BookInUse, BookTooNew, KeyRefused, SignInRefused
from invoicekit.ledger import Settings, must_write, sign_in
from invoicekit.reports import views
from invoicekit.store import Store, chosen_backup, newest_backup, put_aside

__all__ = ["open_as", "open_book", "restore_book"]


def open_book(
    path: str | PathLike[str],
    *,
    currency: str | None = None,
    create: bool = True,
    actor: str | None = None,
    clock: Callable[[], datetime] | None = None,
    password: str | None = None,
    key: str | None = None,
    or_backup: bool = False,
    read_only: bool = False,
) -> Book:
    """Open a book, or create it, and bring its layout up to date.

    Parameters
    ----------
    path
        The file; by habit its name ends in ``.duckdb``. Or the address of a team's book, ``postgresql://user@host/database``,
        or of a lake, ``ducklake:...``, that `Book.publish` wrote.
    currency
        ISO 4217 code for amounts that state none; kept in the book. A new book says EUR
        unless told otherwise.
    create
        Whether a file that does not exist is made.
    actor
        Who is written into every operation; the user of the machine, or of the address, unless given.
    password
        Of that user, where the book's users have passwords (`Passwords`); unless given, it is looked for in the environment
        (``INVOICEKIT_PASSWORD``) and in the keyring of the system.
    key
        What the book is encrypted by, at least twenty characters: a new one is made encrypted. Of an encrypted one it is looked
        for in the environment (``INVOICEKIT_KEY``) and in the keyring of the system unless given.
    clock
        What gives the recorded time, as naive UTC; the machine's clock unless given.
    or_backup
        Whether its newest backup is opened, to look at only, where another process has the book.
    read_only
        Whether nothing can be changed through this handle, and nothing is made where there is no book; a lake is opened so.

    Returns
    -------
    Book
        Opening the same file twice in one process gives two handles on one book. Where the process that had it last ended
        without closing it, the book is checked, and ``notes`` says what was found.

    Raises
    ------
    BookInUse
        If another process has it open.
    BookNotFound, NotABook, BookTooNew
        If the file is missing, of another kind, or from a newer version.
    KeyRefused
        If it is encrypted, and this is not its key.
    SignInRefused
        If its users have passwords, and this is not theirs.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> book = open_book(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb", currency="MXN")
    >>> book.settings.currency
    'MXN'
    """
    if currency is not None:
        Settings.must_be_currency(currency)
    try:
        store = Store.open(
            path,
            create=create,
            actor=actor,
            clock=clock,
            views=views(),
            guard=must_write,
            key=key,
            read_only=read_only,
        )
    except BookInUse as busy:
        if not or_backup:
            raise
        store = newest_backup(path, busy, actor=actor, views=views(), key=key)
    try:
        sign_in(store, password)
    except BaseException:
        store.release()
        raise
    book = Book(store)
    if store.was_cut_off:
        store.notes.append(_after_a_crash(book))
    if currency is not None and currency != book.settings.currency:
        book.settings.currency = currency
    return book


def open_as(book: Book, actor: str, password: str) -> Book:
    """Open a book that is open already once more, in somebody else's name; what each does is done by their own rights.

    Raises
    ------
    SignInRefused
        If this is not their password.
    """
    store = book._store  # noqa: SLF001 - who has the book open had its key
    return open_book(store.address, create=False, actor=actor, password=password, key=store.key)


def restore_book(
    path: str | PathLike[str],
    backup: str | PathLike[str] | None = None,
    *,
    actor: str | None = None,
    password: str | None = None,
    key: str | None = None,
) -> Book:
    """Put a backup in the place of a book, even of one whose file is damaged or gone, and open it.

    Nothing is thrown away: the book as it was is kept among its backups, and a file that cannot be opened is put aside under
    a name that says so.

    Parameters
    ----------
    path
        The book.
    backup
        Which backup; the newest of those beside the book unless given.
    actor, password, key
        As for `open_book`.

    Raises
    ------
    BookNotFound
        If there is no such backup.
    BookInUse
        If another process has the book open.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb"
    >>> with open_book(path) as book:
    ...     _ = book.customers.add(display_name="Acme"), book.backup(), book.customers.change("Acme", display_name="Oops")
    >>> _ = path.write_bytes(b"damaged")
    >>> restore_book(path).customers.list()["display_name"].tolist()
    ['Acme']
    """
    chosen = chosen_backup(path, backup)
    try:
        book = open_book(path, create=False, actor=actor, password=password, key=key)
    except (BookInUse, BookTooNew, KeyRefused, SignInRefused):
        raise
    except BookError as damaged:
        notes = put_aside(path, chosen, key)
        book = open_book(path, create=False, actor=actor, password=password, key=key)
        book.notes[:] = [f"{damaged}", *notes]
        return book
    book.restore(chosen)
    return book


def _after_a_crash(book: Book) -> str:
    found = book.check()
    was = "The process that had this book open last ended without closing it. What was acknowledged is there"
    if len(found):
        return f"{was}, but {len(found):,} things are wrong: book.check() lists them with what mends each."
    return f"{was}, and the book is sound: it was checked."
