"""The lock date: what was posted up to it stays as it is."""

from __future__ import annotations

from invoicekit import money
from invoicekit.errors import InvoicekitError
from invoicekit.ledger.part import statement
from invoicekit.store import Operation

__all__ = ["must_leave_locked_days"]


def must_leave_locked_days(op: Operation, what: str, error: type[InvoicekitError]) -> None:
    """Refuse an operation that posted, changed or took out entries on a locked day.

    Whose an entry is may change - a merge moves it - but not its day nor its amount.

    Parameters
    ----------
    what
        What cannot be done, as the message begins.
    """
    for row in op.rows(statement("lock_breaches"), operation=op.id):
        raise error(
            f"{what}: {money.show(abs(row['amount']), row['currency'])} posted on {row['entry_date']} would change, and the "
            f"book is locked up to {row['lock_date']}. Set book.settings.lock_date to an earlier day first, if that is meant."
        )
