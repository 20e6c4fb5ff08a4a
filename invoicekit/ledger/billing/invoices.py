"""Invoices and credit notes: issued, sent, settled, closed."""

from __future__ import annotations

import datetime
import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit import money
from invoicekit.dates import to_date
from invoicekit.errors import IllegalTransition, InvalidValue, NotFound, PeriodLocked
from invoicekit.ledger.access import must_process
from invoicekit.ledger.billing.crediting import Crediting
from invoicekit.ledger.billing.disputes import Disputes
from invoicekit.ledger.billing.editing import must_be_draft
from invoicekit.ledger.billing.sending import Sending
from invoicekit.ledger.billing.writing_off import write_off
from invoicekit.ledger.locks import must_leave_locked_days
from invoicekit.ledger.part import statement
from invoicekit.ledger.parties.customers import Customers, Which
from invoicekit.ledger.settings import Settings
from invoicekit.ledger.work.matters import Matters
from invoicekit.store import Operation, Pages, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TRANSITIONS", "Invoices"]

TRANSITIONS = {("draft", "final"), ("final", "closed"), ("closed", "final")}


_LINES = "select * exclude (operation, invoice) from invoice_lines where invoice = $id order by position"


class Invoices(Disputes):
    """The invoices and credit notes of a book."""

    def finalize(self, invoice: int, *, date: datetime.date | str | None = None) -> str:
        """Give a draft its number, post what is owed, bill its work, freeze what it says, and return the number.

        It cannot be undone: a number once given stays given, and what is wrong is cancelled by a credit note.

        Parameters
        ----------
        date
            Day of issue; the draft's unless given.

        Raises
        ------
        IllegalTransition
            If it is no draft.
        Incomplete
            If seller or customer lack what the law of their country, or the book's complete profile, wants on an invoice.
        InvalidValue
            If the day is before some of the work, or before that of the last number of the series.
        PeriodLocked
            If the day is locked.
        NotAllowed
            Unless who opened the book is owner of the customer, and processes invoices, where users have roles.
        """
        with self.store.operation("finalize invoice") as op:
            draft = self.get(invoice)
            must_be_draft(draft, "final")
            [number] = Crediting(self._hold).issue(op, [draft], date)
            return number

    def finalize_all(self, invoices: Iterable[int], *, date: datetime.date | str | None = None) -> Sequence[str]:
        """Finalise several drafts in one operation, all or none, and return their numbers; see `finalize`."""
        with self.store.operation("finalize invoices") as op:
            drafts = self.several(invoices)
            for draft in drafts:
                must_be_draft(draft, "final")
            return Crediting(self._hold).issue(op, drafts, date)

    def credit(
        self,
        invoice: int,
        *,
        lines: Iterable[int] | Mapping[int, Any] | None = None,
        amount: Decimal | int | str | None = None,
        reason: str | None = None,
        date: datetime.date | str | None = None,
        free_work: bool | None = None,
    ) -> int:
        """Issue a credit note over an invoice, in full unless told otherwise, and return its id.

        It refers to the number and day of the invoice, and settles what is still open on it; the rest waits as money of
        the customer.

        Parameters
        ----------
        lines
            Positions of lines to credit; or a dict of position to quantity. Discounts and charges go along in proportion.
        amount
            An amount with tax instead, shared among the tax rates of the invoice.
        reason
            Why; it is kept.
        date
            Day of the note; today unless given.
        free_work
            Make the work that is credited unbilled again - which is usual where it is credited whole; else it stays billed,
            and is given up.

        Raises
        ------
        IllegalTransition
            If it was credited already, or is a draft or a credit note itself.
        MoreThanOpen
            If that is more than earlier notes left to credit.
        """
        with self.store.operation("credit invoice") as op:
            return Crediting(self._hold).credit(op, self.get(invoice), date, lines, amount, reason, free_work)

    def write_off(
        self,
        invoice: int,
        *,
        reason: str,
        amount: Decimal | int | str | None = None,
        on: datetime.date | str | None = None,
    ) -> int:
        """Give up what is owed on an invoice - all that is open unless told otherwise - and return the allocation's id.

        The invoice and its tax stay as they were issued: a write-off is no credit note. `payments.take_back` takes it back.

        Raises
        ------
        MoreThanOpen
            If less is open.
        InvalidValue
            If there is no reason.
        """
        with self.store.operation("write off") as op:
            return write_off(op, self.store.actor, self.get(invoice), amount, reason, on)

    def change_due_date(
        self, invoice: int, due_date: datetime.date | str, *, on: datetime.date | str | None = None
    ) -> None:
        """Give more, or less, time to pay an issued invoice, from a day on: an aging of an earlier day stays as it was.

        Raises
        ------
        IllegalTransition
            If it is a draft - change that - or closed.
        """
        with self.store.operation("change due date") as op:
            held = self.get(invoice)
            if held["status"] != "final" or held["kind"] != "invoice":
                raise IllegalTransition(
                    f"{held['number'] or 'A draft'} is {held['status']}: only a final invoice is given another due date. "
                    + ("Change the draft: book.invoices.change." if held["status"] == "draft" else "Reopen it first.")
                )
            due, day = to_date(due_date), to_date(on) if on is not None else op.today
            if due < held["date"]:
                raise InvalidValue(f"Invoice {held['number']} of {held['date']} cannot fall due on {due}, before it.")
            day = max(day, held["date"])
            op.insert("entries", op.arrow(statement("due_date_entries"), invoice=held["id"], due_date=due, day=day))
            op.update("invoices", [{"id": held["id"], "due_date": due}])
            must_leave_locked_days(op, "The due date cannot be changed", PeriodLocked)
            op.summary = f"{held['number']} falls due on {due}"

    def mark_sent(
        self,
        invoices: int | Iterable[int],
        *,
        by: str = "post",
        to: str | None = None,
        on: datetime.date | str | None = None,
        note: str | None = None,
    ) -> None:
        """Note that issued invoices went out: sent is a log, and an invoice may be sent more than once - one by one.

        Parameters
        ----------
        by
            ``email``, ``post``, ``platform``, ``hand`` or ``other``.

        Raises
        ------
        IllegalTransition
            If one of them is a draft, or one of several was sent already.
        """
        with self.store.operation("mark sent") as op:
            said = {"means": by, "recipient": to, "note": note, "date": on}
            Sending(self._hold).mark(op, self.several(invoices), said)

    def sendings(self, invoice: int | None = None) -> pd.DataFrame:
        """Return when and how invoices went out - one, or all - latest first."""
        which = self.get(invoice)["id"] if invoice is not None else None
        return frame(self.store.arrow(statement("sendings_listed"), invoice=which))

    def list(self, *, status: str | None = None) -> pd.DataFrame:
        """Return invoices and credit notes, newest first, without the closed ones unless asked.

        Parameters
        ----------
        status
            ``final``, ``closed`` or ``draft``: exactly those. Where users have roles, the closed ones are shown to those who
            process invoices.

        Returns
        -------
        pandas.DataFrame
            One row each. ``payment_status`` is ``unpaid``, ``partial``, ``paid`` - nothing is owed any more, whether it was paid,
            credited or written off - or ``overpaid``: money that names it waits.
        """
        return frame(self.store.arrow(statement("invoices_listed"), **self._listed(status), customer=None, matter=None))

    def pages(self, *, status: str | None = None, customer: Which | None = None, matter: Which | None = None) -> Pages:
        """Return the rows of `list` for a screen that shows a window of them: of all, of a customer, or on a matter."""
        of: dict[str, Any] = {
            "customer": Customers(self._hold).get(customer)["id"] if customer is not None else None,
            "matter": Matters(self._hold).get(matter)["id"] if matter is not None else None,
        }
        searched = ("number", "customer", "status", "payment_status", "total")
        return Pages(self.store, statement("invoices_listed"), searched, **self._listed(status), **of)

    def _listed(self, status: str | None) -> dict[str, Any]:
        """Return what the list of invoices is told, once it may be shown."""
        if status not in (None, "draft", "final", "closed"):
            raise InvalidValue(f"Invoices are draft, final or closed, not {status!r}.")
        if status == "closed":
            must_process(self.store, self.store.actor, "list closed invoices")
        return {"status": status, "policy": Settings(self._hold).customer_changes}

    def lines(self, invoice: int) -> pd.DataFrame:
        """Return the lines of an invoice, in their order."""
        self.get(invoice)
        return frame(self.store.arrow(_LINES, id=invoice))

    def each_line(self, invoice: int) -> Sequence[dict[str, Any]]:
        """Return the lines of an invoice, in their order, a dict each."""
        return self.store.rows(_LINES, id=invoice)

    def taxes(self, invoice: int) -> pd.DataFrame:
        """Return the taxes of an invoice by category and rate: ``tax_category``, ``tax_rate``, ``base``, ``tax``, ``reason``."""
        self.get(invoice)
        query = (
            "select tax_category, tax_rate, base, tax, reason from invoice_taxes where invoice = $id "
            "order by tax_rate desc, tax_category"
        )
        return frame(self.store.arrow(query, id=invoice))

    def totals(self, invoice: int) -> dict[str, Decimal]:
        """Return what an invoice comes to: ``lines`` (BT-106), ``discounts`` (BT-107), ``charges`` (BT-108), ``net``
        (BT-109), ``tax`` (BT-110), ``total`` (BT-112), ``prepaid`` (BT-113: settled up to its day), ``rounding`` (BT-114)
        and ``amount_due`` (BT-115).

        Notes
        -----
        Source: EN 16931-1, rules BR-CO-10 to BR-CO-16.
        """  # noqa: D205 - the list is the sentence
        self.get(invoice)
        return self.store.rows(statement("invoice_totals"), invoice=invoice)[0]

    def as_issued(self, invoice: int) -> dict[str, Any]:
        """Return what an invoice said when it was issued: ``document``, ``seller``, ``buyer``, ``lines``, ``taxes``, ``totals`` ...

        It never changes, whatever becomes of the customer.

        Raises
        ------
        NotFound
            If it is a draft, or was issued elsewhere.
        """
        held = self.get(invoice)
        found = self.store.rows("select content from issued_invoices where invoice = $id", id=held["id"])
        if not found:
            raise NotFound(
                f"Nothing is kept of {held['number'] or 'a draft'} as issued: "
                + ("it is not issued yet." if held["status"] == "draft" else "it was issued by another system.")
            )
        content: dict[str, Any] = json.loads(found[0]["content"], parse_float=Decimal, parse_int=int)
        return content

    def changed_since_issue(self) -> pd.DataFrame:
        """Return what issued invoices say of seller and buyer that is otherwise now.

        Returns
        -------
        pandas.DataFrame
            ``invoice``, ``number``, ``party`` (seller or buyer), ``field``, ``as_issued``, ``now``: a row for each that differs.
        """
        return frame(self.store.arrow(statement("changed_since_issue")))

    def close(self, invoice: int | Iterable[int], *, on: datetime.date | str | None = None) -> None:
        """Set final invoices aside as needing no more attention; their balances do not change.

        Raises
        ------
        IllegalTransition
            Unless each of them is final; none is closed then.
        NotAllowed
            Unless who opened the book processes invoices, where users have roles.

        Warns
        -----
        UserWarning
            Where something is still owed on one.
        """
        owed = self._turn("close invoice", invoice, "closed", to_date(on) if on is not None else self.store.today)
        if owed:
            warnings.warn(f"Closed with something still owed: {', '.join(owed)}.", stacklevel=2)

    def reopen(self, invoice: int | Iterable[int]) -> None:
        """Take closed invoices back to final.

        Raises
        ------
        IllegalTransition
            Unless each of them is closed.
        NotAllowed
            As for `close`.
        """
        self._turn("reopen invoice", invoice, "final", None)

    def several(self, invoices: Any) -> Sequence[dict[str, Any]]:
        """Return the fields of several invoices - one id, several, or the rows of a frame that `list` gave - in their order.

        Raises
        ------
        NotFound
            If one does not exist, or none is named.
        """
        named = _several(invoices)
        known = [one for one in named if isinstance(one, int) and not isinstance(one, bool)]
        found = {
            row["id"]: row
            for row in self.store.rows("select * exclude (operation) from invoices where id in $ids", ids=[*known, 0])
        }
        return [found[one] if one in found else self.get(one) for one in named]

    def _turn(
        self, what: str, invoices: int | Iterable[int], status: str, closed_on: datetime.date | None
    ) -> Sequence[str]:
        with self.store.operation(what) as op:
            held = self.several(invoices)
            must_process(op, self.store.actor, what.replace(" invoice", " invoices"))
            for one in held:
                # A draft becomes final by being numbered and posted, not by this.
                if (one["status"], status) not in TRANSITIONS or one["status"] == "draft":
                    allowed = " or ".join(to for start, to in sorted(TRANSITIONS) if start == one["status"])
                    raise IllegalTransition(
                        f"Invoice {one['number'] or one['id']} is {one['status']} and cannot become {status}. "
                        + ("Finalise it first." if one["status"] == "draft" else f"It can become {allowed}.")
                    )
            op.update("invoices", [{"id": one["id"], "status": status, "closed_on": closed_on} for one in held])
            op.summary = f"{', '.join(one['number'] for one in held[:5])} {'is' if len(held) == 1 else 'are'} {status}"
            return _owed(op, held) if status == "closed" else []


def _several(invoices: Any) -> Sequence[int]:
    """Return the ids of one invoice, of several, or of the rows of a frame that names them."""
    if hasattr(invoices, "columns"):
        named = next((name for name in ("invoice", "id") if name in invoices.columns), None)
        if named is None:
            raise NotFound(
                "The frame names no invoices: it has neither a column invoice nor id. Give one of book.invoices.list()."
            )
        given: Any = invoices[named]
    else:
        given = invoices
    found = [*dict.fromkeys(given)] if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    if not found:
        raise NotFound("Nothing was chosen: no invoice is named. book.invoices.list() shows them all.")
    return [int(one) if hasattr(one, "__index__") and not isinstance(one, bool) else one for one in found]


def _owed(op: Operation, held: Sequence[dict[str, Any]]) -> Sequence[str]:
    op.stage("closed_now", pa.table({"id": pa.array([one["id"] for one in held], pa.int64())}))
    rows = op.rows(statement("owed_on_closed"))
    return [f"{row['number']} ({money.show(row['amount'], row['currency'])})" for row in rows]
