"""Payments: money in, applied to what it settles, posted on its business date."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa

from invoicekit import money
from invoicekit.errors import NotFound, PeriodLocked
from invoicekit.ledger.customers import Customers, Which
from invoicekit.ledger.locks import must_leave_locked_days
from invoicekit.ledger.part import Part, clean, first_problem, statement
from invoicekit.ledger.settings import Settings
from invoicekit.store import Operation, frame
from invoicekit.store.frames import rows_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Payments"]


class Payments(Part):
    """The payments of a book."""

    def record(
        self,
        customer: Which,
        *,
        amount: Decimal | int | str,
        date: date | str,
        invoice: int | None = None,
        currency: str | None = None,
        method: str | None = None,
        reference: str | None = None,
    ) -> int:
        """Record a payment and return its id.

        It settles the invoice it names, or else the customer's open invoices, oldest due
        date first. What is left over stays on the customer as money not yet applied.

        Parameters
        ----------
        customer
            Id or display name of who paid.
        amount
            Positive, in `currency`.
        date
            The day the money came in.
        invoice
            Id of the one invoice it is for.
        currency
            ISO 4217 code; the invoice's, the customer's or the book's unless given.

        Raises
        ------
        NotFound
            If there is no such customer or invoice.
        PeriodLocked
            If the date is not after the book's lock date.
        InvalidValue
            If the amount is not positive, or the invoice is another customer's or in another
            currency.

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
            payer = Customers(self._hold).get(customer)
            given = clean(
                "payments",
                {"amount": amount, "date": date, "currency": currency, "method": method, "reference": reference},
            )
            target = self._target(op, invoice)
            settled_in = target["currency"] if target else payer["currency"]
            row = {**given, "customer": payer["id"], "recorded_for": payer["id"], "source": ""}
            row["currency"] = given["currency"] or settled_in or Settings(self._hold).currency
            if target:
                row["invoice_number"] = target["number"]
            row["id"] = op.next_number("payments")
            staged = rows_of("payments", [row])
            staged = staged.append_column("row", pa.array([1], pa.int64()))
            staged = staged.append_column("invoice", pa.array([invoice], pa.int64()))
            op.stage("incoming_payments", staged)
            first_problem(op, self.problems(), {"unknown customer": NotFound, "locked": PeriodLocked})
            self.post(op)
            op.summary = f"{money.show(row['amount'], row['currency'])} from {payer['display_name']}"
            return int(row["id"])

    @staticmethod
    def problems() -> str:
        """Return the query that says what is wrong with incoming payments, a row each."""
        return statement("payment_problems")

    @staticmethod
    def post(op: Operation, *, allocate: bool = True) -> None:
        """Write payments, what they settle and their entries.

        Reads ``incoming_payments`` of the operation: the fields of payments with their ids,
        and ``invoice``, the one invoice each is for or nothing.

        Parameters
        ----------
        allocate
            Whether they settle what they name, or else what is due first; money that somebody else says
            the use of waits for that.
        """
        fields = (
            "id, source, external_id, customer, recorded_for, date, amount, currency, invoice_number, method, reference"
        )
        held = op.arrow("select * from incoming_payments limit 0").column_names
        chosen = ", ".join(name for name in fields.split(", ") if name in held)
        op.insert("payments", op.arrow(f"select {chosen} from incoming_payments order by id"))
        ids = op.insert("allocations", op.arrow(statement("allocations_made"))) if allocate else []
        op.stage("new_allocations", pa.table({"id": pa.array(ids, pa.int64())}))
        op.insert("entries", op.arrow(statement("payment_entries")))

    @staticmethod
    def allocation_problems() -> str:
        """Return the query that says what is wrong with incoming allocations, a row each."""
        return statement("allocation_problems")

    @staticmethod
    def allocate(op: Operation, allocations: pa.Table) -> None:
        """Write allocations of waiting money - ``payment``, ``invoice``, ``date``, ``amount``, ``currency`` - and their entries."""
        ids = op.insert("allocations", allocations)
        op.stage("new_allocations", pa.table({"id": pa.array(ids, pa.int64())}))
        op.insert("entries", op.arrow(statement("waiting_entries")))

    def apply(self, customer: Which | None = None) -> int:
        """Settle open invoices with money that waits unapplied, and return how many allocations that made.

        Money that named an invoice settles that one alone; the rest settles what is due first.
        An import does this by itself, so that payments may come before their invoices.

        Parameters
        ----------
        customer
            One customer's money; everybody's unless given.
        """
        with self.store.operation("apply payments") as op:
            which = Customers(self._hold).get(customer)["id"] if customer is not None else None
            made = self.settle_waiting(op, customer=which)
            must_leave_locked_days(op, "The money cannot be applied", PeriodLocked)
            op.summary = f"{made:,} allocations"
            return made

    @staticmethod
    def settle_waiting(op: Operation, *, customer: int | None = None, operation: int | None = None) -> int:
        """Apply waiting money, of one customer or of those an operation posted for."""
        op.stage("incoming_payments", op.arrow(statement("payments_waiting"), customer=customer, operation=operation))
        made = op.arrow(statement("allocations_made"))
        Payments.allocate(op, made)
        return int(made.num_rows)

    def list(self) -> pd.DataFrame:
        """Return payments, newest first, with what of each is not yet applied."""
        return frame(self.store.arrow(statement("payments_listed")))

    def _target(self, op: Operation, invoice: int | None) -> dict[str, str] | None:
        if invoice is None:
            return None
        found = op.rows("select number, currency from invoices where id = $id", id=invoice)
        if not found:
            raise NotFound(f"There is no invoice {invoice}. book.invoices.list() shows them all.")
        return found[0]
