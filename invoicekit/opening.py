"""Opening a book: the file, the layout, the public views, the currency."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from os import PathLike

from invoicekit.book import Book
from invoicekit.ledger import Settings, must_write
from invoicekit.reports import views
from invoicekit.store import Store

__all__ = ["open_book"]


def open_book(
    path: str | PathLike[str],
    *,
    currency: str | None = None,
    create: bool = True,
    actor: str | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Book:
    """Open a book, or create it, and bring its layout up to date.

    Parameters
    ----------
    path
        The file; by habit its name ends in ``.duckdb``.
    currency
        ISO 4217 code for amounts that state none; kept in the book. A new book says EUR
        unless told otherwise.
    create
        Whether a file that does not exist is made.
    actor
        Who is written into every operation; the user of the machine unless given.
    clock
        What gives the recorded time, as naive UTC; the machine's clock unless given.

    Returns
    -------
    Book
        Opening the same file twice in one process gives two handles on one book.

    Raises
    ------
    BookInUse
        If another process has it open.
    BookNotFound, NotABook, BookTooNew
        If the file is missing, of another kind, or from a newer version.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> book = open_book(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb", currency="MXN")
    >>> book.settings.currency
    'MXN'
    """
    if currency is not None:
        Settings.must_be_currency(currency)
    store = Store.open(path, create=create, actor=actor, clock=clock, views=views(), guard=must_write)
    book = Book(store)
    if currency is not None and currency != book.settings.currency:
        book.settings.currency = currency
    return book
