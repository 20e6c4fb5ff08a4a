"""What customers say of what they owe: that it is wrong, or that they will pay by a day."""

from __future__ import annotations

import datetime
from typing import Any

from invoicekit.dates import to_date
from invoicekit.errors import IllegalTransition, InvalidValue
from invoicekit.ledger.access import must_process
from invoicekit.ledger.billing.drafts import Drafts

__all__ = ["Disputes"]


class Disputes(Drafts):
    """Disputes and promises; the verbs of `Invoices` come from here."""

    def dispute(self, invoice: int, reason: str, *, since: datetime.date | str | None = None) -> None:
        """Note that the customer contests an invoice: it is owed as before, and no reminder is sent until `settle_dispute`.

        Raises
        ------
        InvalidValue
            If there is no reason.
        IllegalTransition
            If it is a draft.
        """
        with self.store.operation("dispute invoice") as op:
            held = self._must_be_issued(invoice, "be disputed")
            why = reason.strip() if isinstance(reason, str) else ""
            if not why:
                raise InvalidValue("A dispute needs a reason: what the customer says against the invoice.")
            day = to_date(since) if since is not None else op.today
            if held["disputed_since"] is not None:
                raise IllegalTransition(
                    f"Invoice {held['number']} is disputed since {held['disputed_since']} already: {held['dispute']}. "
                    "Settle that first: book.invoices.settle_dispute."
                )
            if not held["date"] <= day <= op.today:
                raise InvalidValue(
                    f"Invoice {held['number']} of {held['date']} cannot be disputed since {day}. Give a day up to today."
                )
            op.update("invoices", [{"id": held["id"], "disputed_since": day, "dispute": why}])
            op.summary = f"{held['number']}: {why}"

    def settle_dispute(self, invoice: int) -> None:
        """Note that an invoice is contested no more.

        Raises
        ------
        IllegalTransition
            If it was not.
        """
        with self.store.operation("settle dispute") as op:
            held = self._must_be_issued(invoice, "be settled")
            if held["disputed_since"] is None:
                raise IllegalTransition(f"Invoice {held['number']} is not disputed: there is nothing to settle.")
            op.update("invoices", [{"id": held["id"], "disputed_since": None, "dispute": None}])
            op.summary = held["number"]

    def promise(self, invoice: int, day: datetime.date | str | None) -> None:
        """Note the day by which the customer promised to pay, or that it did not: no reminder is sent until then.

        Raises
        ------
        IllegalTransition
            If it is a draft.
        """
        with self.store.operation("note promise") as op:
            held = self._must_be_issued(invoice, "be promised")
            promised = to_date(day) if day is not None else None
            if promised is not None and promised < held["date"]:
                raise InvalidValue(
                    f"Invoice {held['number']} of {held['date']} cannot be promised for {promised}, before it."
                )
            op.update("invoices", [{"id": held["id"], "promised_for": promised}])
            op.summary = f"{held['number']}: {promised or 'none'}"

    def _must_be_issued(self, invoice: int, what: str) -> dict[str, Any]:
        must_process(self.store, self.store.actor, "note what customers say of invoices")
        held = self.get(invoice)
        if held["status"] == "draft" or held["kind"] != "invoice":
            raise IllegalTransition(
                f"{held['number'] or f'Draft {invoice}'} cannot {what}: it is "
                f"{'a draft' if held['status'] == 'draft' else 'a credit note'}."
            )
        return held
