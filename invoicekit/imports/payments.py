"""Payments, from typed rows into the book."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from invoicekit.imports.invoices import find_customers
from invoicekit.imports.outcomes import Answers, Outcomes
from invoicekit.ledger import Payments, settle
from invoicekit.store import Operation
from invoicekit.store.sql import load

__all__ = ["write_allocations", "write_payments"]


def write_payments(
    op: Operation, rows: pa.Table, answers: Answers, outcomes: Outcomes, allocations: pa.Table | None = None
) -> None:
    """Find whose they are and what they settle, check and write payments.

    Parameters
    ----------
    rows
        ``line``, ``fault`` and the fields of payments, with ``customer`` as text.
    allocations
        Rows that say what payments settle: these settle that, and nothing of themselves.
    """
    op.stage("incoming_payment_rows", rows)
    find_customers(
        op, 'select line, customer as key, "customer.display_name" as name from incoming_payment_rows', answers
    )
    op.derive("told_payments", load("invoicekit.imports", "payments_told"), currency=answers.currency)
    op.derive("held_payments", load("invoicekit.imports", "payments_held"), source=answers.source)
    fresh = op.arrow(
        "select line as row, $source as source, external_id, customer, recorded_for, date, amount, currency, invoice_number, "
        "method, reference, invoice from told_payments "
        "where trouble is null and line not in (select line from held_payments) "
        "and (is_numbered or line = first_line or not $once) order by line",
        source=answers.source,
        once=answers.once,
    )
    first = op.next_number("payments", fresh.num_rows) if fresh.num_rows else 0
    ids = pa.array(range(first, first + fresh.num_rows), pa.int64())
    op.stage("incoming_payments", fresh.append_column("id", ids))
    op.derive("refused", Payments.problems())
    op.derive("incoming_payments_sound", "select * from incoming_payments where row not in (select row from refused)")
    op.stage("incoming_payments", op.arrow("select * from incoming_payments_sound"))
    op.derive("alike_payments", load("invoicekit.imports", "payments_alike"))
    told = pc.unique(allocations.column("payment")) if allocations is not None else pa.array([], pa.string())
    sound = op.arrow("select * from incoming_payments order by id")
    is_told = pc.is_in(sound.column("external_id"), told)
    for payments, allocate in ((sound.filter(pc.invert(is_told)), True), (sound.filter(is_told), False)):
        op.stage("incoming_payments", payments)
        Payments.post(op, allocate=allocate)
    op.stage("incoming_payments", sound)
    outcomes.note(load("invoicekit.imports", "payments_outcomes"), once=answers.once)
    outcomes.count("payments", "created", op.rows("select count(*) as n from incoming_payments")[0]["n"])
    outcomes.count(
        "payments", "unchanged", op.rows("select count(*) as n from held_payments where difference is null")[0]["n"]
    )


def write_allocations(op: Operation, rows: pa.Table, answers: Answers, outcomes: Outcomes) -> None:
    """Find the payment and the invoice of each, check and write allocations.

    Parameters
    ----------
    rows
        ``line``, ``fault`` and the fields of allocations, with ``payment`` and ``invoice`` as text.
    """
    op.stage("incoming_allocation_rows", rows)
    op.derive("told_allocations", load("invoicekit.imports", "allocations_told"), source=answers.source)
    op.derive(
        "incoming_allocations",
        "select line as row, payment, null::bigint as credit_note, invoice, date, amount, currency from told_allocations "
        "where trouble is null and held is null",
    )
    op.derive("refused", Payments.allocation_problems())
    sound = (
        "select payment, invoice, date, amount, currency from incoming_allocations "
        "where row not in (select row from refused) order by row"
    )
    settle(op, op.arrow(sound))
    outcomes.tell(load("invoicekit.imports", "allocations_outcomes"))
