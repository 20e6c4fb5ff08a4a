"""Work in progress: what happens to activities is posted, dated, and summed as of any day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import pyarrow as pa

from invoicekit.errors import InvalidValue, PeriodLocked
from invoicekit.ledger.part import first_problem, statement
from invoicekit.store import Operation, Store

__all__ = ["post", "post_touched", "settle_touched", "touch", "unbilled"]


def unbilled(store: Store) -> dict[str, Decimal]:
    """Return what work in progress comes to, by currency."""
    found = store.rows(
        "select currency, sum(amount)::decimal(18, 4) as amount from wip_entries group by currency having sum(amount) <> 0"
    )
    return {row["currency"]: row["amount"] for row in found}


def post(
    op: Operation, event: str, activities: Sequence[int] | pa.Array, currency: str, *,
    day: date | None = None, invoice: int | None = None,
) -> None:  # fmt: skip
    """Post what became of activities, once their rows are written.

    Parameters
    ----------
    event
        A choice of ``wip_entries.event``.
    currency
        Of matters that state none.
    day
        Business date of what happened; recording and editing find their own.
    invoice
        The invoice that billed the work, or the credit note that freed it.

    Raises
    ------
    InvalidValue
        If the day is before the work, or before what happened to it last.
    PeriodLocked
        If the day is locked.
    """
    touch(op, event, activities, day=day, invoice=invoice)
    settle_touched(op, currency)


def settle_touched(op: Operation, currency: str) -> None:
    """Post what became of activities that were touched, once nothing forbids the day of any.

    Raises
    ------
    InvalidValue, PeriodLocked
        As for `post`.
    """
    first_problem(op, statement("activities_too_early"), {"locked": PeriodLocked, "too early": InvalidValue})
    post_touched(op, currency)


def touch(
    op: Operation, event: str, activities: Iterable[int] | pa.Array, *, day: date | None = None, invoice: int | None = None
) -> None:  # fmt: skip
    """Stage which activities something happens to."""
    ids = activities if isinstance(activities, pa.Array) else pa.array(activities, pa.int64())
    op.stage("touched_ids", pa.table({"id": ids}))
    op.derive(
        "touched_activities",
        "select id, $event as event, $day::date as day, $invoice::bigint as invoice from touched_ids",
        event=event,
        day=day,
        invoice=invoice,
    )


def post_touched(op: Operation, currency: str) -> None:
    """Write the entries of activities that were touched; they never leave the engine."""
    op.derive("wip_postings", statement("wip_postings"), currency=currency, today=op.today)
    count = op.rows("select count(*) as n from wip_postings")[0]["n"]
    if count:
        first = op.next_number("wip_entries", count)
        op.insert_from("wip_entries", f"select {first} + row_number() over () - 1 as id, * from wip_postings")
