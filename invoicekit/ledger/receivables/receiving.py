"""Money that comes in: written with what it settles, one payment or many; what waits is applied when it can be."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit import money
from invoicekit.errors import NotFound, PeriodLocked
from invoicekit.ledger.billing.settling import settle
from invoicekit.ledger.locks import must_leave_locked_days
from invoicekit.ledger.part import Part, first_problem, statement
from invoicekit.ledger.parties.customers import Customers, Which
from invoicekit.ledger.receivables.allocating import Allocating
from invoicekit.ledger.settings import Settings
from invoicekit.store import Operation
from invoicekit.store.frames import rows_of

if TYPE_CHECKING:
    from invoicekit.ledger.receivables.allocating import Settled

__all__ = ["Receiving"]

# Money settles what its own customer owes, unless a tree is paid for.
_EACH_ITS_OWN = "select distinct customer as payer, customer from incoming_payments"


class Receiving(Part):
    """Receiving payments; an import does the same to many."""

    def enter(
        self,
        op: Operation,
        payer: dict[str, Any],
        given: dict[str, Any],
        invoices: Settled | None,
        *,
        tree: bool = False,
    ) -> int:
        """Write a payment of a customer, with the fields that are given, and settle what it is for; see `record`."""
        target = self._target(op, invoices)
        settled_in = target["currency"] if target else payer["currency"]
        row = {**given, "customer": payer["id"], "recorded_for": payer["id"], "id": op.next_number("payments")}
        row["currency"] = given["currency"] or settled_in or Settings(self._hold).currency
        if target:
            row["invoice_number"] = target["number"]
        staged = rows_of("payments", [row])
        staged = staged.append_column("row", pa.array([1], pa.int64()))
        staged = staged.append_column("invoice", pa.array([target["id"] if target else None], pa.int64()))
        op.stage("incoming_payments", staged)
        first_problem(op, self.problems(), {"unknown customer": NotFound, "locked": PeriodLocked})
        # One that is owed by another customer of the tree is settled by name, like several.
        alone = target is not None and target["customer"] == payer["id"]
        self.post(op, allocate=alone or (invoices is None and not tree))
        if invoices is not None and not alone:
            work = Allocating(self._hold)
            work.apply(op, work.payment(op, row["id"]), invoices, row["date"])
        elif tree:
            self._apply_to_tree(op, row["id"], row["date"])
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
            "id, source, external_id, customer, recorded_for, date, amount, currency, invoice_number, method, reference, "
            "payer_account"
        )
        held = op.arrow("select * from incoming_payments limit 0").column_names
        chosen = ", ".join(name for name in fields.split(", ") if name in held)
        op.insert("payments", op.arrow(f"select {chosen} from incoming_payments order by id"))
        op.derive("settles", _EACH_ITS_OWN)
        settle(op, op.arrow(statement("allocations_made")) if allocate else (), "payment_entries")

    @staticmethod
    def allocation_problems() -> str:
        """Return the query that says what is wrong with incoming allocations, a row each."""
        return statement("allocation_problems")

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
        op.derive("settles", _EACH_ITS_OWN)
        made = op.arrow(statement("allocations_made"))
        settle(op, made)
        return int(made.num_rows)

    def _apply_to_tree(self, op: Operation, payment: int, day: datetime.date) -> int:
        work = Allocating(self._hold)
        held = work.payment(op, payment)
        below = [row["id"] for row in op.rows(statement("tree_below"), customer=held["customer"])]
        return work.apply_oldest_first(op, held, below, day)

    @staticmethod
    def _target(op: Operation, invoices: Settled | None) -> dict[str, Any] | None:
        """Return the one invoice a payment is for, if it names one."""
        if not hasattr(invoices, "__index__") or isinstance(invoices, bool):
            return None
        found = op.rows("select id, number, currency, customer from invoices where id = $id", id=invoices)
        if not found:
            raise NotFound(f"There is no invoice {invoices}. book.invoices.list() shows them all.")
        return found[0]
