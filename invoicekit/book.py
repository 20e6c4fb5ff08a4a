"""A book: the parts of invoicekit over one file. No rule lives here."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeVar

from invoicekit.documents import Documents, Invoices, Mail, Reminders
from invoicekit.errors import UndoRefused
from invoicekit.forms import Forms
from invoicekit.imports import Imports, Receipt
from invoicekit.keeping import Keeping
from invoicekit.ledger import (
    Access,
    Activities,
    Bank,
    Categories,
    Customers,
    Matters,
    Passwords,
    Payments,
    People,
    Periods,
    Recurring,
    Seller,
    Series,
    Settings,
    Stopwatches,
    Users,
    undo,
)
from invoicekit.ledger.passwords import beside
from invoicekit.reports import Reports, Trial, what_if
from invoicekit.store import Connection, Hold, Operation, Past, Store, Undone, differences, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Book"]

P = TypeVar("P")


def _part(kind: Callable[[Hold], P]) -> cached_property[P]:
    """Make a part of a book when it is first asked for."""
    return cached_property(lambda book: kind(book._hold))  # noqa: SLF001 - its own class


class Book(Keeping):
    """Customers, invoices, payments and everything that was ever done to them; made by `invoicekit.open`.

    Attributes
    ----------
    name
        What it is called.
    actor
        Who opened it: whose name stands on every change.
    notes
        What opening it did: created, migrated, added.
    """

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._hold = Hold(store)
        self.name, self.actor, self.notes = store.name, store.actor, store.notes

    #: Who is billed.
    customers = _part(Customers)
    #: Contact persons of customers.
    people = _part(People)
    #: Who works.
    users = _part(Users)
    #: What is worked on.
    matters = _part(Matters)
    #: Sorts of work that come again.
    categories = _part(Categories)
    #: What was done: time, services, expenses, disbursements.
    activities = _part(Activities)
    #: Time that is being measured.
    stopwatches = _part(Stopwatches)
    #: What was billed.
    invoices = _part(Invoices)
    #: What was paid.
    payments = _part(Payments)
    #: What is billed again and again.
    recurring = _part(Recurring)
    #: What was locked, and what of it was restated since.
    periods = _part(Periods)
    #: Bank statements, on their way in.
    bank = _part(Bank)
    #: How what is issued is numbered.
    series = _part(Series)
    #: What goes out, as pages, PDFs and electronic invoices.
    documents = _part(Documents)
    #: How mail goes out, and what became of it.
    mail = _part(Mail)
    #: Who is late, and was told so.
    reminders = _part(Reminders)
    #: Who issues the invoices.
    seller = _part(Seller)
    #: Who may do what.
    access = _part(Access)
    #: What users sign in by.
    passwords = _part(Passwords)
    #: Files, on their way in.
    imports = _part(Imports)
    #: Balances, open items, aging and the rest.
    reports = _part(Reports)
    #: Choices that hold for the whole book.
    settings = _part(Settings)
    #: Screens for a notebook.
    forms = _part(Forms)

    def sql(
        self, query: str, parameters: Mapping[str, Any] | Sequence[Any] | None = None, *, known_at: Any = None
    ) -> pd.DataFrame:
        """Return the rows of one query over the book's tables and views; it cannot write.

        Raises
        ------
        QueryRefused
            If the text is not one query.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> len(book.sql("select * from open_items where amount > 1000"))
        0
        """
        return frame(self._store.query(query, parameters, self._store.known(known_at)))

    def connection(self) -> Connection:
        """Return a connection by PEP 249 for tools that want one, such as ``%%sql`` cells; it reads, and nothing else.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> book.connection().cursor().execute("select count(*) from customers").fetchone()
        (0,)
        """
        return Connection(self._hold)

    def at(self, known_at: datetime | date | str | int) -> Book:
        """Return the book as it was known at a moment: lists, reports, views and `sql` alike.

        Parameters
        ----------
        known_at
            A date (that day included), a moment, or the number of an operation.

        Returns
        -------
        Book
            It can be asked anything and changed in nothing.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> _ = book.customers.add(display_name="Acme"), book.customers.change("Acme", display_name="Zebra")
        >>> book.at(1).customers.list()["display_name"].tolist()
        ['Acme']
        """
        return Book(Past(self._hold, self._store.known(known_at) or 0))

    def operation(self, kind: str, summary: str = "", **parameters: Any) -> AbstractContextManager[Operation]:
        """Do several things as one: kept together, undone together, or not at all."""
        return self._store.operation(kind, summary, **parameters)

    def what_if(self) -> AbstractContextManager[Trial]:
        """Try operations out: everything shows what they would do, and nothing of them is left.

        Mail is not sent and files are not written meanwhile; what is shown bears no mark of it, so compare inside.

        Returns
        -------
        context manager
            It gives a `Trial`, whose ``compare("aging", as_of=...)`` returns the rows of a report that differ.

        Raises
        ------
        OperationFailed
            Inside an operation: taking back what was tried would take that along.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> acme = book.customers.add(display_name="Acme")
        >>> _ = book.invoices.record(acme, number="F-1", date="2026-01-10", total="100")
        >>> with book.what_if() as trial:
        ...     _ = book.payments.record(acme, amount="60", date="2026-02-01")
        ...     trial.compare("balances", as_of="2026-02-28")["balance_after"].tolist()
        [Decimal('40.0000')]
        >>> book.reports.balances(as_of="2026-02-28").df["balance"].tolist()
        [Decimal('100.0000')]
        """
        return what_if(self.reports, self._store)

    def operations(self) -> pd.DataFrame:
        """Return what was done, newest first: who, when, what, and what was undone since."""
        return self.sql(
            "select o.id, o.recorded_at, o.actor, o.kind, o.summary, o.undoes, u.undone_by from operations o "
            "left join undone_operations u on u.operation = o.id order by o.id desc"
        )

    def history(self, record: int | str, *, table: str = "customers") -> pd.DataFrame:
        """Return what happened to a record, oldest first: who, when, what, each field before and after.

        Parameters
        ----------
        record
            Its id; a customer may be named by its display name.
        table
            Where it is kept.

        Raises
        ------
        NotFound
            If there never was such a record.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> _ = book.customers.add(display_name="Acme"), book.customers.change("Acme", phone="12")
        >>> book.history("Acme")[["field", "after"]].values[-1].tolist()
        ['phone', '12']
        """
        number = self.customers.get(record)["id"] if isinstance(record, str) else record
        return frame(self._store.story(table, number))

    def diff(self, other: Book | str | PathLike[str], *, password: str | None = None) -> pd.DataFrame:
        """Return what another book, or this one at another moment, says differently.

        Parameters
        ----------
        other
            A book, such as ``book.at("2026-10-31")``, or the path of one.
        password
            That of the other book, where its users have passwords and it is named by its path.

        Returns
        -------
        pandas.DataFrame
            ``table``, ``record``, ``name``, ``field``, ``here`` and ``there``, a row for each field that
            differs; the field ``record`` where only one of them has the record at all.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> _ = book.customers.add(display_name="Acme"), book.customers.change("Acme", phone="12")
        >>> book.diff(book.at(1))[["name", "field", "here"]].values.tolist()
        [['Acme', 'phone', '12']]
        """
        there = (
            nullcontext(other._store)  # noqa: SLF001 - its own class
            if isinstance(other, Book)
            else beside(other, actor=self.actor, password=password, key=self._store.key)
        )
        with there as store:
            return frame(differences(self._store, store))

    def undo(self, operation: int | Receipt | Undone) -> Undone:
        """Take an operation back: an import by its receipt, any other by its number.

        Returns
        -------
        Undone
            How many rows were given back or taken out, and which were kept because they were
            changed or referred to since.

        Raises
        ------
        UndoRefused
            If it was undone already, or nothing of it is left to undo.
        """
        number = int(operation) if hasattr(operation, "__index__") else getattr(operation, "operation", None)
        if not isinstance(number, int):
            raise UndoRefused(
                f"{operation!r} is no operation. Give its number, as book.operations() lists it, or a receipt."
            )
        return undo(self._store, number)

    def close(self) -> None:
        """Let go of the file; what was typed in a form and waits to be saved is saved first.

        Warns
        -----
        UserWarning
            Of what was typed in a form and the book refuses.
        """
        for unsaved in self.forms.flush() if self._hold.close.alive and "forms" in self.__dict__ else ():
            warnings.warn(f"Not saved: {unsaved}. The book was closed all the same.", stacklevel=2)
        self._hold.close()

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Book {self.name}: {self._contents()}>"

    def _repr_html_(self) -> str:
        from html import escape

        said = map(escape, (self.name, self._contents(), " ".join(self.notes)))
        return "<p><b>{}</b><br>{}<br><small>{}</small></p>".format(*said)

    def _contents(self) -> str:
        tables = ("customers", "invoices", "payments", "operations")
        those = {"customers": " where merged_into is null"}
        counting = ", ".join(f"(select count(*) from {name}{those.get(name, '')}) as {name}" for name in tables)
        counts = self._store.rows(f"select {counting}")[0]
        return ", ".join(f"{count:,} {name}" for name, count in counts.items()) + f"; currency {self.settings.currency}"
