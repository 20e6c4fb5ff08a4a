"""Invoices: their amounts, what they post, and the states they pass through.

Here stand the invoices that another system issued: they are final, keep their own number and
date, and are told apart by source, client and number.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.dates import due_date, to_date
from invoicekit.errors import IllegalTransition, NotFound, PeriodLocked
from invoicekit.ledger.customers import Customers, Which
from invoicekit.ledger.drafting import Drafting
from invoicekit.ledger.part import Part, clean, first_problem, staged, statement
from invoicekit.ledger.settings import Settings
from invoicekit.store import Operation, frame

if TYPE_CHECKING:
    import pandas as pd

    from invoicekit.ledger.worklist import Some

__all__ = ["EXTERNAL", "TRANSITIONS", "Invoices"]

EXTERNAL = "external"
TRANSITIONS = {("draft", "final"), ("final", "closed"), ("closed", "final")}


class Invoices(Part):
    """The invoices and credit notes of a book."""

    def record(
        self,
        customer: Which,
        *,
        number: str,
        date: date | str,
        total: Decimal | int | str | None = None,
        lines: Iterable[Mapping[str, Any]] = (),
        **fields: Any,
    ) -> int:
        """Record an invoice that another system issued, and return its id.

        Parameters
        ----------
        customer
            Id or display name of the debtor.
        number
            Number as printed; unique together with the customer.
        date
            Day of issue.
        total
            Total with tax; the sum of the lines unless given. Negative for a credit note.
        lines
            Dicts with fields of the lines: ``description``, ``quantity``, ``unit_price``,
            ``net``, ``tax_rate``.
        **fields
            Other fields: ``due_date``, ``currency``, ``net``, ``tax``, ``subject``.

        Raises
        ------
        NotFound
            If there is no such customer.
        InvalidValue
            If the customer holds the number already, or nothing gives a total.
        PeriodLocked
            If the date is not after the book's lock date.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> acme = book.customers.add(display_name="Acme SA", terms="NET_30")
        >>> invoice = book.invoices.record(acme, number="F-1", date="2026-01-10", total="120.00")
        >>> book.invoices.get(invoice)["due_date"]
        datetime.date(2026, 2, 9)
        """
        with self.store.operation("record invoice") as op:
            debtor = Customers(self._hold).get(customer)
            key = debtor["external_id"] or debtor["display_name"]
            row = clean("invoices", {**fields, "number": number, "date": date, "total": total})
            row |= {
                "row": 1,
                "customer": debtor["id"],
                "recorded_for": debtor["id"],
                "source": "",
                "source_customer": key,
            }
            row["currency"] = row.get("currency") or debtor["currency"] or Settings(self._hold).currency
            details = [{**clean("invoice_lines", line), "row": 1} for line in lines]
            documents = staged("invoices", [row])
            op.stage("incoming_invoices", documents)
            places = pa.array(range(len(details)), pa.int64())
            op.stage("incoming_lines", staged("invoice_lines", details).append_column("place", places))
            self.complete(op)
            op.derive("refused", self.problems(), by_hand=True)
            first_problem(op, "from refused", {"unknown customer": NotFound, "locked": PeriodLocked})
            self.post(op)
            op.summary = f"recorded {number} for {debtor['display_name']}"
            return int(op.rows("select id from posted_invoices")[0]["id"])

    @staticmethod
    def complete(op: Operation) -> None:
        """Work out the amounts of incoming invoices.

        Reads ``incoming_invoices`` and ``incoming_lines`` of the operation (fields of the
        registry, ``row`` to tell documents by, and for lines the ``place`` that orders them) and leaves ``completed_invoices`` and
        ``completed_lines``.
        """
        op.derive("completed_lines", statement("lines_completed"))
        op.derive("completed_invoices", statement("invoices_completed"))

    @staticmethod
    def problems() -> str:
        """Return the query that says what is wrong with completed invoices, a row each.

        Recorded by hand ($by_hand), a customer's number is taken by any of its invoices; imported, by
        one of the same client of the source.
        """
        return statement("invoice_problems")

    @staticmethod
    def post(op: Operation) -> None:
        """Write completed invoices, their lines and their entries; a lead that is billed is a customer from then on.

        Reads what `complete` left, and leaves ``posted_invoices`` (``row`` and ``id``) behind
        for whoever wants to know which became which.
        """
        op.stage("terms_due", _due_dates(op))
        ready = op.arrow(statement("invoices_ready"))
        ids = op.insert("invoices", ready.drop_columns(["row"]))
        op.stage("numbered", pa.table({"row": ready.column("row"), "id": pa.array(ids, pa.int64())}))
        op.derive("posted_invoices", "select row, id from numbered")
        op.insert("invoice_lines", op.arrow(statement("lines_ready")))
        op.insert("entries", op.arrow(statement("invoice_entries")))
        op.update("customers", op.arrow(statement("leads_billed")))

    def draft(
        self,
        matter: Which | None = None,
        *,
        activities: Some | None = None,
        customer: Which | None = None,
        date: date | str | None = None,
    ) -> int:
        """Make a draft of unbilled work, and return its id; the work is reserved until it is deleted or final.

        Parameters
        ----------
        matter
            All unbilled work on it.
        activities
            These instead: an id, several, or rows of ``book.activities.list()``.
        customer
            Whom to bill, where a matter has several clients; alone, all unbilled work for that customer.
        date
            Day of issue; today unless given.

        Raises
        ------
        ActivityTaken, InvalidValue
            If one of the activities is on another draft or invoice, written off, or not billable; if they are for
            several clients or in several currencies.
        NotFound
            If there is nothing to bill.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> acme = book.customers.add(display_name="Acme SA")
        >>> matter = book.matters.open("Lease", customers=acme, rate="200")
        >>> _ = book.activities.add(matter, worked="1h30", date="2026-01-05")
        >>> invoice = book.invoices.draft(matter, date="2026-01-31")
        >>> book.invoices.finalize(invoice), book.invoices.get(invoice)["total"]
        ('1', Decimal('300.0000'))
        """
        with self.store.operation("draft invoice") as op:
            return Drafting(self._hold).draft(op, matter, activities, customer, date)

    def delete_draft(self, invoice: int) -> None:
        """Take a draft out; its work is unbilled again.

        Raises
        ------
        IllegalTransition
            If it is no draft: what was issued is cancelled by a credit note.
        """
        with self.store.operation("delete draft") as op:
            Drafting(self._hold).delete_draft(op, self.get(invoice))

    def finalize(self, invoice: int, *, date: date | str | None = None) -> str:
        """Give a draft its number, post what is owed, bill its work, and return the number; it cannot be undone.

        Parameters
        ----------
        date
            Day of issue; the draft's unless given.

        Raises
        ------
        IllegalTransition
            If it is no draft.
        InvalidValue
            If the day is before some of the work.
        PeriodLocked
            If the day is locked.
        """
        with self.store.operation("finalize invoice") as op:
            return Drafting(self._hold).finalize(op, self.get(invoice), date)

    def credit(self, invoice: int, *, date: date | str | None = None, free_work: bool = True) -> int:
        """Cancel an issued invoice by a credit note over all of it, and return the note's id.

        Parameters
        ----------
        date
            Day of the note; today unless given.
        free_work
            Make the work it billed unbilled again; else it stays billed, and is given up.

        Raises
        ------
        IllegalTransition
            If it was credited already, or is a draft or a credit note itself.
        """
        with self.store.operation("credit invoice") as op:
            return Drafting(self._hold).credit(op, self.get(invoice), date, free_work=free_work)

    def get(self, invoice: int) -> dict[str, Any]:
        """Return an invoice's fields.

        Raises
        ------
        NotFound
            If there is none with this id.
        """
        by_id = "select * exclude (operation) from invoices where id = $id"
        is_id = hasattr(invoice, "__index__") and not isinstance(invoice, bool)
        found = self.store.rows(by_id, id=operator.index(invoice)) if is_id else []
        if not found:
            raise NotFound(
                f"There is no invoice {invoice!r}; it is named by its id. book.invoices.list() shows them all."
            )
        return found[0]

    def list(self, *, status: str | None = None) -> pd.DataFrame:
        """Return invoices and credit notes, newest first, without the closed ones unless asked.

        Parameters
        ----------
        status
            ``final``, ``closed`` or ``draft``: exactly those.
        """
        return frame(self.store.arrow(statement("invoices_listed"), status=status))

    def lines(self, invoice: int) -> pd.DataFrame:
        """Return the lines of an invoice, in their order."""
        self.get(invoice)
        return frame(
            self.store.arrow(
                "select * exclude (operation, invoice) from invoice_lines where invoice = $id order by position",
                id=invoice,
            )
        )

    def close(self, invoice: int, *, on: date | str | None = None) -> None:
        """Set a final invoice aside as needing no more attention; its balance does not change.

        Raises
        ------
        IllegalTransition
            Unless the invoice is final.
        """
        self._turn(invoice, "closed", to_date(on) if on else date.today())

    def reopen(self, invoice: int) -> None:
        """Take a closed invoice back to final.

        Raises
        ------
        IllegalTransition
            Unless the invoice is closed.
        """
        self._turn(invoice, "final", None)

    def _turn(self, invoice: int, status: str, closed_on: date | None) -> None:
        with self.store.operation("close invoice" if status == "closed" else "reopen invoice") as op:
            held = self.get(invoice)
            # A draft becomes final by being numbered and posted, not by this.
            if (held["status"], status) not in TRANSITIONS or held["status"] == "draft":
                allowed = " or ".join(to for start, to in sorted(TRANSITIONS) if start == held["status"])
                raise IllegalTransition(
                    f"Invoice {held['number'] or held['id']} is {held['status']} and cannot become {status}. "
                    + ("Finalise it first." if held["status"] == "draft" else f"It can become {allowed}.")
                )
            op.update("invoices", [{"id": held["id"], "status": status, "closed_on": closed_on}])
            op.summary = f"{held['number']} is {status}"


def _due_dates(op: Operation) -> pa.Table:
    """Work out the due dates that terms make, once for each date and terms that occur."""
    pairs = op.rows(
        "select distinct i.date, c.terms from completed_invoices i join customers c on c.id = i.customer "
        "where i.due_date is null"
    )
    days = [due_date(pair["date"], pair["terms"]) for pair in pairs]
    return pa.table(
        {
            "date": pa.array([pair["date"] for pair in pairs], pa.date32()),
            "terms": pa.array([pair["terms"] for pair in pairs], pa.string()),
            "due_date": pa.array(days, pa.date32()),
        }
    )
