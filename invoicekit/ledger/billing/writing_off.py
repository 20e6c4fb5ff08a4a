"""Writing off: what is owed on an invoice and nobody will pay is given up, with a reason."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from invoicekit import money
from invoicekit.dates import to_date
from invoicekit.errors import IllegalTransition, InvalidValue, MoreThanOpen, PeriodLocked
from invoicekit.ledger.access import must_process
from invoicekit.ledger.billing.settling import settle, still_open
from invoicekit.ledger.locks import must_leave_locked_days
from invoicekit.ledger.part import clean
from invoicekit.store import Operation

__all__ = ["write_off"]


def write_off(
    op: Operation,
    actor: str,
    invoice: dict[str, Any],
    amount: Decimal | int | str | None,
    reason: str,
    day: date | str | None,
) -> int:
    """Give up what is owed on an invoice; see `Invoices.write_off`."""
    must_process(op, actor, "write off what is owed")
    why = clean("invoices", {"reason": reason})["reason"] if isinstance(reason, str) else None
    if why is None:
        raise InvalidValue("A write-off needs a reason. Say why.")
    if invoice["kind"] != "invoice" or invoice["status"] == "draft":
        raise IllegalTransition(
            f"{invoice['number'] or 'A draft'} cannot be written off: only an invoice that was issued can."
        )
    on = to_date(day) if day is not None else max(op.today, invoice["date"])
    if on < invoice["date"]:
        raise InvalidValue(
            f"Invoice {invoice['number']} of {invoice['date']} cannot be written off on {on}, before it."
        )
    for row in op.rows("select max(taken_back_on) as day from allocations where invoice = $id", id=invoice["id"]):
        if row["day"] is not None and on < row["day"]:
            raise InvalidValue(
                f"On {row['day']} money was taken back from invoice {invoice['number']}: "
                "it cannot be written off before that."
            )
    still = still_open(op, invoice["id"])
    given_up = money.amount(amount) if amount is not None else still
    if given_up <= 0 or money.round_to(given_up, money.digits(invoice["currency"])) != given_up:
        raise InvalidValue(
            f"{money.show(given_up, invoice['currency'])} cannot be written off: give a positive amount of whole units."
        )
    if given_up > still:
        raise MoreThanOpen(
            f"{money.show(given_up, invoice['currency'])} cannot be written off: of invoice {invoice['number']} "
            f"{money.show(still, invoice['currency'])} is open. Give that or less."
        )
    shared = {
        "invoice": invoice["id"],
        "date": on,
        "amount": given_up,
        "currency": invoice["currency"],
        "reason": why,
    }
    [allocation] = settle(op, [shared], "write_off_entries")
    must_leave_locked_days(op, "It cannot be written off", PeriodLocked)
    op.summary = f"{money.show(given_up, invoice['currency'])} of {invoice['number']}: {why}"
    return allocation
