"""Invoices that another system issued: final, with their own number and day, and told apart by source, client and number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from invoicekit.dates import due_date
from invoicekit.errors import InvalidValue, NotFound, PeriodLocked
from invoicekit.ledger.billing.amounts import dicts
from invoicekit.ledger.part import Part, clean, first_problem, staged, statement
from invoicekit.ledger.parties.customers import Customers, Which
from invoicekit.ledger.settings import Settings
from invoicekit.store import Operation

__all__ = ["Recording"]

# What is kept of what another system issued: the rest is worked out where invoices are drafted.
_KEPT = (
    "number", "date", "total", "due_date", "currency", "net", "tax", "subject", "kind", "billed_for", "status", "closed_on",
)  # fmt: skip
_KEPT_OF_LINES = ("item", "description", "quantity", "unit_price", "price_per", "discount", "net", "tax_rate")


class Recording(Part):
    """Recording invoices and credit notes of other systems; an import does the same to many."""

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
            Dicts with fields of the lines: ``description``, ``quantity``, ``unit_price``, ``price_per``, ``discount``,
            ``net``, ``tax_rate``.
        **fields
            Other fields: ``due_date``, ``currency``, ``net``, ``tax``, ``subject``.

        Raises
        ------
        NotFound
            If there is no such customer.
        InvalidValue
            If the customer holds the number already, there is none, nothing gives a total, the lines do not come to it, or a field
            is given that is not kept of what another system issued.
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
            _must_be_kept(fields, _KEPT)
            row = clean("invoices", {**fields, "number": number, "date": date, "total": total})
            if row["date"] is None:
                raise InvalidValue(f"Invoice {number} needs a date. Give its day of issue.")
            row |= {
                "row": 1,
                "customer": debtor["id"],
                "recorded_for": debtor["id"],
                "source": "",
                "source_customer": key,
            }
            row["currency"] = row.get("currency") or debtor["currency"] or Settings(self._hold).currency
            details = []
            for line in dicts(lines or (), "Lines"):
                _must_be_kept(line, _KEPT_OF_LINES)
                details.append({**clean("invoice_lines", line), "row": 1})
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


def _must_be_kept(given: Mapping[str, Any], kept: Sequence[str]) -> None:
    """Refuse what would be left out without a word."""
    stray = [name for name in given if name not in kept]
    if stray:
        raise InvalidValue(
            f"{', '.join(stray)} cannot be recorded of an invoice that another system issued; what is kept is {', '.join(kept)}. "
            "Give amounts as they were issued, or write the invoice here: book.invoices.draft."
        )


def _due_dates(op: Operation) -> pa.Table:
    """Work out the due dates that terms make, once for each date and terms that occur."""
    pairs = op.rows(
        "select distinct i.date, c.terms from completed_invoices i join customers c on c.id = i.customer "
        "where i.due_date is null\n-- few: c.id = completed_invoices.customer\n"
    )
    days = [due_date(pair["date"], pair["terms"]) for pair in pairs]
    return pa.table(
        {
            "date": pa.array([pair["date"] for pair in pairs], pa.date32()),
            "terms": pa.array([pair["terms"] for pair in pairs], pa.string()),
            "due_date": pa.array(days, pa.date32()),
        }
    )
