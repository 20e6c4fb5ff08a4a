"""What goes out: invoices, statements and reminders as pages, PDFs, electronic invoices and mail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property, partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoicekit.dates import to_date
from invoicekit.documents import batch, making
from invoicekit.documents.content import Look, contents, look_of, parties_context
from invoicekit.documents.document import Document
from invoicekit.documents.invoices import Invoices
from invoicekit.documents.keeping import printed_once
from invoicekit.documents.mail import Mail
from invoicekit.documents.pack import pages_of
from invoicekit.documents.printing import printed
from invoicekit.documents.received import Received, received
from invoicekit.documents.reminders import Reminders
from invoicekit.documents.rendering import render
from invoicekit.documents.statement import account_of
from invoicekit.documents.templates import Templates, chosen
from invoicekit.errors import IllegalTransition, InvalidValue
from invoicekit.ledger import Customers
from invoicekit.ledger.part import Part
from invoicekit.ledger.parties.customers import Which
from invoicekit.reports import MONTH_END, Reports
from invoicekit.store import frame
from invoicekit.store.sql import load

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Document", "Documents", "Invoices", "Mail", "Received", "Reminders"]


class Documents(Part):
    """The documents of a book."""

    @cached_property
    def templates(self) -> Templates:
        """What documents look like."""
        return Templates(self._hold)

    def invoice(
        self, invoice: int, *, form: str = "pdf", template: str | None = None, language: str | None = None
    ) -> Document:
        """Return an invoice or a credit note as a document: a notebook shows it, ``.pdf`` are its bytes, ``.save`` writes them.

        What was issued is printed once: its bytes are kept with their SHA-256, and every later call gives them again, whatever
        became of the customer, the logo or the template. A draft bears a watermark, and is not kept.

        Parameters
        ----------
        form
            ``pdf``, or ``facturx``: a PDF/A-3 with the data inside (Factur-X, ZUGFeRD; EN 16931 profile).
        template
            Another look than the invoice's own; such a printing is not kept.
        language
            ``en``, ``fr``, ``es`` or ``de``, where it is not to be the customer's; not kept either.

        Raises
        ------
        IllegalTransition
            If a draft is wanted as ``facturx``.
        Incomplete
            If ``facturx`` is wanted and the seller has no country.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> book = ik.open(folder / "acme.duckdb")
        >>> _ = book.customers.add(display_name="Acme SA")
        >>> draft = book.invoices.draft(customer="Acme SA", lines=[{"description": "Advice", "unit_price": "100"}])
        >>> book.documents.invoice(draft).save(folder / "draft.pdf").read_bytes()[:4]
        b'%PDF'
        """
        if form not in ("pdf", "facturx"):
            raise InvalidValue(
                f'An invoice is printed as pdf or facturx, not as "{form}". XML is had by book.documents.xml.'
            )
        held = Invoices(self._hold).get(invoice)
        content = contents(self.store, [held["id"]])[held["id"]]
        look = look_of(self.store)
        there = self.kept(held["id"])["form"].tolist()
        # What was printed does not need its template any more.
        usual = held["template"] if form not in there or held["template"] in look.own else None
        making_ = making.Making(content, chosen(self.store, template or usual), look, form, language)
        is_as_issued = held["status"] != "draft" and not content["document"]["elsewhere"]
        if held["status"] == "draft" and form == "facturx":
            raise IllegalTransition("A draft is no electronic invoice: it has no number. Finalise it first.")
        if is_as_issued and template is None and language is None:
            print_ = partial(printed_once, self.store, held["id"], making_)
        else:
            print_ = partial(making.made, making_)
        return Document(making.file_name(content, held["id"]), making.page(making_), print_)

    def pdf(
        self,
        invoices: int | Iterable[int] | pd.DataFrame,
        folder: str | PathLike[str],
        *,
        form: str = "pdf",
        processes: int | None = None,
    ) -> pd.DataFrame:
        """Write the PDFs of many invoices into a folder, a file each, and return what became of each.

        It may be stopped and called again: what was printed is kept, and what lies there already is not written again.

        Parameters
        ----------
        invoices
            Ids, or a frame that ``book.invoices.list()`` gave.
        form
            As for `invoice`.
        processes
            How many print at the same time; as many as there are processors unless given.

        Returns
        -------
        pandas.DataFrame
            ``invoice``, ``number``, ``file``, ``sha256``, ``problem`` and ``outcome``: ``printed``, ``kept`` (the bytes of an
            earlier printing) or
            ``there`` (the file lay there already) or ``not printed``, with its problem.
        """
        return frame(batch.print_all(Invoices(self._hold), invoices, Path(folder), form, processes))

    def xml(self, invoice: int, form: str = "ubl") -> bytes:
        """Return an issued invoice as XML; its bytes are kept like those of the PDF.

        Parameters
        ----------
        form
            ``ubl`` (UBL 2.1) or ``cii`` (Cross Industry Invoice), both of the EN 16931 profile.

        Raises
        ------
        IllegalTransition
            If it is a draft.
        Incomplete
            If it lacks what an electronic invoice cannot do without.
        """
        if form not in ("ubl", "cii"):
            raise InvalidValue(
                f'Electronic invoices are ubl or cii, not "{form}". A PDF is had by book.documents.invoice.'
            )
        held = Invoices(self._hold).get(invoice)
        if held["status"] == "draft":
            raise IllegalTransition("A draft is no electronic invoice: it has no number. Finalise it first.")
        content = contents(self.store, [held["id"]])[held["id"]]
        wanted = making.Making(content, "", Look(None, "", {}), form)
        if content["document"]["elsewhere"]:
            # Who sells was never frozen for it: the seller of the book does.
            return making.made(wanted)
        return printed_once(self.store, held["id"], wanted)

    def kept(self, invoice: int | None = None) -> pd.DataFrame:
        """Return what was written and kept - of an invoice, or of all: ``form``, ``name``, ``sha256``, ``size`` in bytes, when."""
        which = Invoices(self._hold).get(invoice)["id"] if invoice is not None else None
        return frame(self.store.arrow(load("invoicekit.documents", "documents_kept"), invoice=which))

    def statement(
        self,
        customer: Which,
        *,
        since: date | str | None = None,
        as_of: date | str | None = None,
        tree: bool = False,
        language: str | None = None,
        template: str | None = None,
    ) -> Document:
        """Return the statement of a customer's account: what was owed, what happened, what is owed now and since when.

        Parameters
        ----------
        since
            First day of what happened; the beginning of the year of ``as_of`` unless given. What was before is carried forward.
        as_of
            Business date; today unless given.
        tree
            Of the customer and all its sub-customers.
        """
        day = to_date(as_of) if as_of is not None else self.store.today
        first = to_date(since) if since is not None else day.replace(month=1, day=1)
        if first > day:
            raise InvalidValue(f"A statement cannot begin on {first}, after the day it is drawn up for, {day}.")
        buyer = Customers(self._hold).get(customer)
        look, seller = look_of(self.store), self._seller()
        words, parties = parties_context(seller, buyer, language)
        context: dict[str, Any] = {
            **parties, "title": words("statement"), "currency": "", "colour": look.colour, "logo": look.logo, "watermark": None,
            "qr": None, "since": first, "as_of": day,
            "accounts": account_of(Reports(self._hold), buyer["id"], first, day, tree=tree),
        }  # fmt: skip
        html = render(chosen(self.store, template, "statement"), context, look.own)
        title = f"{context['title']} {buyer['display_name']}"
        return Document(
            making.plain_name(f"{title} {day}"),
            html,
            partial(printed, html, title=title, author=seller.get("name") or "", day=day),
        )

    def pack(
        self, *, as_of: date | str | None = None, known_at: Any = None, reports: Sequence[str] = MONTH_END, **given: Any
    ) -> Document:
        """Return several reports to be printed, each with its chart: what a month is closed with.

        Parameters
        ----------
        as_of, known_at
            Of all of them.
        reports
            Which, in this order.
        **given
            What else each of them is told that can be, such as ``currency="EUR"``.

        Raises
        ------
        InvalidValue
            If there is no such report, or none of them can be told something.
        """
        parts = Reports(self._hold).several(reports, as_of=as_of, known_at=known_at, **given)
        day = max((part.params["as_of"] for part in parts), default=self.store.today)
        seller, look = self._seller(), look_of(self.store)
        title = f"Reports as of {day}"
        told = "; ".join(
            [*([seller["name"]] if seller.get("name") else []), *(f"{name}: {value}" for name, value in given.items())]
        )
        html = pages_of(parts, title, told, look.colour)
        return Document(
            making.plain_name(title),
            html,
            partial(printed, html, title=title, author=seller.get("name") or "", day=day),
        )

    def read(self, path: str | PathLike[str]) -> Received:
        """Read an electronic invoice somebody sent: a Factur-X or ZUGFeRD PDF, a CII or a UBL file.

        Raises
        ------
        FileMissing
            If there is no such file.
        NotAWorkbook
            If it is none: a PDF without data inside, another kind of XML.
        """
        return received(Path(path))

    def _seller(self) -> dict[str, Any]:
        found = self.store.rows("select * exclude (operation, logo) from sellers")
        return found[0] if found else {}
