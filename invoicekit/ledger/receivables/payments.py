"""Payments: money in and back, applied to what it settles, posted on its business date."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from invoicekit import money
from invoicekit.dates import to_date
from invoicekit.errors import IllegalTransition, InvalidValue, MoreThanOpen, NotFound, PeriodLocked
from invoicekit.ledger.access import must_process
from invoicekit.ledger.billing.settling import settle
from invoicekit.ledger.locks import must_leave_locked_days
from invoicekit.ledger.part import clean, statement
from invoicekit.ledger.parties.customers import Customers, Which
from invoicekit.ledger.receivables.allocating import Allocating
from invoicekit.ledger.receivables.receiving import Receiving
from invoicekit.ledger.settings import Settings
from invoicekit.store import Operation, Pages, frame

if TYPE_CHECKING:
    import pandas as pd

    from invoicekit.ledger.receivables.allocating import Settled

__all__ = ["Payments"]


class Payments(Receiving):
    """The payments of a book."""

    def record(
        self,
        customer: Which,
        *,
        amount: Decimal | int | str,
        date: datetime.date | str,
        invoices: Settled | None = None,
        tree: bool = False,
        currency: str | None = None,
        method: str | None = None,
        reference: str | None = None,
    ) -> int:
        """Record a payment and return its id.

        It settles the invoices it names, or else the customer's open invoices, oldest due date first. What is left over
        stays on the customer as money not yet applied.

        Parameters
        ----------
        customer
            Id or display name of who paid.
        amount
            Positive, in `currency`.
        date
            The day the money came in.
        invoices
            Id of the one invoice it is for; or several, in the order they are settled; or a dict of invoice to amount. They may be
            those of other customers of the same tree: one pays for all.
        tree
            Settle what is due first of the customer and of all its sub-customers.
        currency
            ISO 4217 code; the invoice's, the customer's or the book's unless given.

        Raises
        ------
        NotFound
            If there is no such customer or invoice.
        PeriodLocked
            If the date is not after the book's lock date.
        MoreThanOpen
            If more is said to settle an invoice than is open on it, or than was paid.
        InvalidValue
            If the amount is not positive, or an invoice is of somebody else or in another currency.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> acme = book.customers.add(display_name="Acme SA")
        >>> _ = book.invoices.record(acme, number="F-1", date="2026-01-10", total="120.00")
        >>> _ = book.payments.record(acme, amount="50.00", date="2026-02-01")
        >>> book.reports.balances(as_of="2026-02-28").df.balance.tolist()
        [Decimal('70.0000')]
        """
        with self.store.operation("record payment") as op:
            given = clean(
                "payments",
                {"amount": amount, "date": date, "currency": currency, "method": method, "reference": reference},
            )
            if given["date"] is None or given["amount"] is None:
                raise InvalidValue(
                    "A payment needs a date and an amount. Give the day the money came in, and how much."
                )
            return self.enter(op, Customers(self._hold).get(customer), {**given, "source": ""}, invoices, tree=tree)

    def allocate(
        self,
        payment: int,
        invoices: Settled | None = None,
        *,
        tree: bool = False,
        on: datetime.date | str | None = None,
    ) -> int:
        """Apply what of a payment waits, on a day of its own, and return how many allocations that made.

        Parameters
        ----------
        invoices
            As for `record`; what is due first unless given.
        tree
            What is due first of the customer and all its sub-customers.
        on
            Business date; today unless given, or the day of the payment if that is to come.

        Raises
        ------
        MoreThanOpen
            If more is said than waits, or than is open.
        InvalidValue
            If the day is before the payment, or an invoice is of somebody outside the tree of who paid, or in another currency.
        """
        with self.store.operation("apply payment") as op:
            made = self._allocate(op, payment, invoices, tree, on)
            op.summary = f"payment {payment}: {made:,} allocations"
            return made

    def allocate_credit(self, credit_note: int, invoices: Settled, *, on: datetime.date | str | None = None) -> int:
        """Apply what of a credit note waits to other invoices, and return how many allocations that made; see `allocate`."""
        with self.store.operation("apply credit note") as op:
            work = Allocating(self._hold)
            source = work.credit_note(op, credit_note)
            made = work.apply(op, source, invoices, _day(op, on, source["date"]))
            op.summary = f"{source['number']}: {made:,} allocations"
            return made

    def reallocate(
        self, payment: int, invoices: Settled | None = None, *, on: datetime.date | str | None = None
    ) -> int:
        """Apply a payment otherwise than it was, from a day on, and return how many allocations that made.

        What it settled before is open again from that day; an earlier day stays as it was.
        """
        with self.store.operation("re-apply payment") as op:
            work = Allocating(self._hold)
            held = work.payment(op, payment)
            day = _day(op, on, held["date"])
            work.take_back(op, self._standing(op, held["id"]), day)
            made = self._allocate(op, held["id"], invoices, False, day)
            op.summary = f"payment {payment}: {made:,} allocations"
            return made

    def take_back(self, allocation: int, *, on: datetime.date | str | None = None) -> None:
        """End an allocation, or a write-off, on a day: what it settled is open again, and its money waits.

        Parameters
        ----------
        allocation
            Its id, as `allocations` lists it.

        Raises
        ------
        IllegalTransition
            If it was taken back already.
        """
        with self.store.operation("take allocation back") as op:
            if not isinstance(allocation, int) or isinstance(allocation, bool) or abs(allocation) >= 2**63:
                raise NotFound(f"There is no allocation {allocation!r}. book.payments.allocations() lists them.")
            held = op.rows("select date, payment, credit_note from allocations where id = $id", id=allocation)
            if held and held[0]["payment"] is None and held[0]["credit_note"] is None:
                must_process(op, self.store.actor, "take a write-off back")
            Allocating(self._hold).take_back(op, [allocation], _day(op, on, held[0]["date"] if held else op.today))
            must_leave_locked_days(op, "It cannot be taken back", PeriodLocked)
            op.summary = f"allocation {allocation}"

    def bounce(self, payment: int, *, reason: str | None = None, on: datetime.date | str | None = None) -> None:
        """Note that the bank took a payment back, on a day: what it settled is open again.

        Raises
        ------
        IllegalTransition
            If it bounced already, or some of it was sent back to the customer.
        """
        with self.store.operation("bounce payment") as op:
            work = Allocating(self._hold)
            held = work.payment(op, payment)
            day = _day(op, on, held["date"])
            if held["bounced_on"] is not None or held["amount"] < 0:
                what = f"bounced on {held['bounced_on']} already" if held["bounced_on"] else "is money sent back"
                raise IllegalTransition(f"Payment {payment} cannot bounce: it {what}.")
            if day < held["date"]:
                raise InvalidValue(f"A payment of {held['date']} cannot bounce on {day}, before it. Give a later day.")
            if op.rows(
                "select id from allocations where payment = $id and refund is not null and taken_back_on is null",
                id=held["id"],
            ):
                raise IllegalTransition(
                    f"Payment {payment} cannot bounce: some of it was sent back. Undo the refund first."
                )
            work.take_back(op, self._standing(op, held["id"]), day)
            back = {"customer": held["customer"], "payment": held["id"], "kind": "bounce", "entry_date": day}
            op.insert("entries", [{**back, "currency": held["currency"], "amount": held["amount"]}])
            why = clean("payments", {"reference": reason})["reference"]
            op.update("payments", [{"id": held["id"], "bounced_on": day, "bounce_reason": why}])
            must_leave_locked_days(op, "It cannot bounce", PeriodLocked)
            op.summary = f"{money.show(held['amount'], held['currency'])} of {held['date']} came back"

    def refund(
        self,
        customer: Which,
        *,
        amount: Decimal | int | str,
        date: datetime.date | str,
        currency: str | None = None,
        method: str | None = None,
        reference: str | None = None,
    ) -> int:
        """Record money sent back to a customer, out of what waits of its payments and credit notes, and return its id.

        Raises
        ------
        MoreThanOpen
            If less waits.
        PeriodLocked
            If the date is not after the book's lock date.
        """
        with self.store.operation("refund") as op:
            payee = Customers(self._hold).get(customer)
            sent = clean(
                "payments",
                {"amount": amount, "date": date, "currency": currency, "method": method, "reference": reference},
            )
            sent["currency"] = sent["currency"] or payee["currency"] or Settings(self._hold).currency
            worth, day = sent["amount"], sent["date"]
            if day is None:
                raise InvalidValue("A refund needs a date. Give the day the money went out.")
            if worth is None or worth <= 0 or money.round_to(worth, money.digits(sent["currency"])) != worth:
                raise InvalidValue(f"A refund of {worth} cannot be recorded: give a positive amount of whole units.")
            row = {**sent, "amount": -worth, "customer": payee["id"], "recorded_for": payee["id"], "source": ""}
            [refund] = op.insert("payments", [row])
            owed = {"customer": payee["id"], "payment": refund, "kind": "refund", "entry_date": day}
            op.insert("entries", [{**owed, "currency": sent["currency"], "amount": worth}])
            op.derive(
                "refund_sources", statement("money_waiting"), customer=payee["id"], currency=sent["currency"], day=day
            )
            waiting = op.rows("select coalesce(sum(amount), 0)::decimal(18, 4) as amount from refund_sources")[0][
                "amount"
            ]
            if waiting < worth:
                raise MoreThanOpen(
                    f"{money.show(worth, sent['currency'])} cannot be sent back to {payee['display_name']}: "
                    f"{money.show(waiting, sent['currency'])} waits on {day}. Send that or less back, or credit an invoice first."
                )
            parts = op.arrow(statement("refund_allocations"), refund=refund, day=day, amount=worth)
            settle(op, parts, "refund_entries")
            must_leave_locked_days(op, "It cannot be sent back", PeriodLocked)
            op.summary = f"{money.show(worth, sent['currency'])} to {payee['display_name']}"
            return int(refund)

    def get(self, payment: int) -> dict[str, Any]:
        """Return a payment's fields, with what of it is not applied yet (``left``).

        Raises
        ------
        NotFound
            If there is none with this id.
        """
        return Allocating(self._hold).payment(self.store, payment)

    def list(self) -> pd.DataFrame:
        """Return payments, newest first, with what of each is not yet applied; money sent back is negative."""
        return frame(self.store.arrow(statement("payments_listed"), customer=None))

    def pages(self, *, customer: Which | None = None) -> Pages:
        """Return the rows of `list` for a screen that shows a window of them: of all, or of a customer."""
        of = Customers(self._hold).get(customer)["id"] if customer is not None else None
        searched = ("customer", "amount", "invoice_number", "method", "reference")
        return Pages(self.store, statement("payments_listed"), searched, customer=of)

    def allocations(self, *, payment: int | None = None, invoice: int | None = None) -> pd.DataFrame:
        """Return which money settles which invoice, latest first; those taken back say since when.

        Parameters
        ----------
        payment, invoice
            Only those of this payment, or on this invoice.
        """
        if any(given is not None and type(given) is not int for given in (payment, invoice)):
            raise InvalidValue("A payment and an invoice are named by their ids.")
        return frame(self.store.arrow(statement("allocations_listed"), payment=payment, invoice=invoice))

    def _allocate(
        self, op: Operation, payment: int, invoices: Settled | None, tree: bool, on: datetime.date | str | None
    ) -> int:
        work = Allocating(self._hold)
        held = work.payment(op, payment)
        day = _day(op, on, held["date"])
        if day < held["date"]:
            raise InvalidValue(f"A payment of {held['date']} cannot be applied on {day}, before it. Give a later day.")
        if invoices is not None:
            return work.apply(op, held, invoices, day)
        made = (
            self._apply_to_tree(op, payment, day)
            if tree
            else work.apply_oldest_first(op, held, [held["customer"]], day)
        )
        must_leave_locked_days(op, "The money cannot be applied", PeriodLocked)
        return made

    @staticmethod
    def _standing(op: Operation, payment: int) -> Sequence[int]:
        rows = op.rows(
            "select id from allocations where payment = $id and taken_back_on is null and refund is null", id=payment
        )
        return [row["id"] for row in rows]


def _day(op: Operation, said: datetime.date | str | None, first: datetime.date) -> datetime.date:
    """Return the business date that was said, or else today, but never before the first day that can be."""
    return to_date(said) if said is not None else max(op.today, first)
