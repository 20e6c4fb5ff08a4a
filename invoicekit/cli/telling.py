"""What every command does: open a book, and say what is refused in a sentence."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer
from rich.text import Text

from invoicekit.errors import InvoicekitError, QuestionsOpen, SignInRefused
from invoicekit.folders import OwnFolder
from invoicekit.screen import screen

if TYPE_CHECKING:
    from invoicekit.book import Book
    from invoicekit.store import Store

__all__ = ["BookPath", "compared", "opened", "opened_for_import", "signed_in", "told", "whoever"]

# Text: a path would lose a slash of an address.
BookPath = Annotated[
    str,
    typer.Argument(
        metavar="BOOK",
        help="The book, such as acme.duckdb, or postgresql://user@host/database; ducklake:... to read a lake.",
        show_default=False,
    ),
]

_ANSWERS = (
    "Answer on the command line: --same-names same|separate, --dates COLUMN=dmy|mdy|ymd, --decimal COLUMN=.|, "
    "--map COLUMN=FIELD, --skip ROW, --currency CODE, --into TABLE."
)


@contextmanager
def opened(path: str, *, create: bool = False) -> Iterator[Book]:
    """Open a book, and say what opening it did."""
    with signed_in(path, create=create) as book:
        for note in book.notes:
            screen.print(note, style="dim")
        yield book


def signed_in(path: str, *, create: bool = False) -> Book:
    """Open a book as ``INVOICEKIT_USER``, or whoever uses the machine; ask for name and password where it takes them."""
    import invoicekit
    from invoicekit.store import is_lake

    actor = whoever(path)
    try:
        return invoicekit.open(path, create=create, actor=actor, read_only=is_lake(path))
    except SignInRefused as refused:
        actor, password = _asked(path, actor, refused)
    return invoicekit.open(path, create=create, actor=actor, password=password)


@contextmanager
def compared(path: str) -> Iterator[Store]:
    """Give a book to compare, which is not touched; ask for name and password where it takes them."""
    from invoicekit.ledger.passwords import beside

    actor, password = whoever(path), None
    with ExitStack() as stack:
        try:
            store = stack.enter_context(beside(path, actor=actor))
        except SignInRefused as refused:
            actor, password = _asked(path, actor, refused)
            store = stack.enter_context(beside(path, actor=actor, password=password))
        yield store


def _asked(path: str, actor: str, refused: SignInRefused) -> tuple[str, str]:
    """Ask who it is and for their password, if somebody sits there to answer."""
    if not sys.stdin.isatty():
        raise refused
    name = typer.prompt(f"{Path(path).name} is opened by its users. Name", default=actor)
    return name, typer.prompt("Password", hide_input=True)


def whoever(book: str) -> str:
    """Return in whose name a command does what it does: as the environment says, the address of the book, or the machine."""
    named = urlsplit(book).username
    return os.environ.get("INVOICEKIT_USER") or named or getpass.getuser()


@contextmanager
def opened_for_import(path: str, *, dry_run: bool) -> Iterator[Book]:
    """Open a book, or make it; a dry run must not leave a file, and tries a book that is gone afterwards."""
    with OwnFolder() as folder:
        is_there = "://" in path or Path(path).exists()
        with opened(path if is_there or not dry_run else str(folder / Path(path).name), create=True) as held:
            yield held


@contextmanager
def told() -> Iterator[None]:
    """Say what was refused in one sentence instead of a traceback."""
    try:
        yield
    except QuestionsOpen as question:
        screen.print(Text.assemble(("A question. ", "bold yellow"), str(question)), soft_wrap=True)
        screen.print(_ANSWERS, style="dim")
        raise typer.Exit(1) from None
    except (InvoicekitError, OSError) as refused:
        screen.print(Text.assemble(("Refused. ", "bold red"), str(refused)), soft_wrap=True)
        raise typer.Exit(1) from None
