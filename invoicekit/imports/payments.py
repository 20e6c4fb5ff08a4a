"""Payments, from typed rows into the book."""

from __future__ import annotations

import pyarrow as pa

from invoicekit.imports.invoices import find_customers
from invoicekit.imports.outcomes import Answers, Outcomes
from invoicekit.ledger import Payments
from invoicekit.store import Operation
from invoicekit.store.sql import load

__all__ = ["write_payments"]


def write_payments(op: Operation, rows: pa.Table, answers: Answers, outcomes: Outcomes) -> None:
    """Find whose they are and what they settle, check and write payments.

    Parameters
    ----------
    rows
        ``line``, ``fault`` and the fields of payments, with ``customer`` as text.
    """
    op.stage("incoming_payment_rows", rows)
    find_customers(
        op, 'select line, customer as key, "customer.display_name" as name from incoming_payment_rows', answers
    )
    op.derive("told_payments", load("invoicekit.imports", "payments_told"), currency=answers.currency)
    op.derive("held_payments", _HELD, source=answers.source)
    fresh = op.arrow(
        "select line as row, $source as source, external_id, customer, date, amount, currency, invoice_number, method, "
        "reference, invoice from told_payments "
        "where trouble is null and line not in (select line from held_payments) order by line",
        source=answers.source,
    )
    first = op.next_number("payments", fresh.num_rows) if fresh.num_rows else 0
    ids = pa.array(range(first, first + fresh.num_rows), pa.int64())
    op.stage("incoming_payments", fresh.append_column("id", ids))
    op.derive("refused", Payments.problems())
    op.derive("incoming_payments_sound", "select * from incoming_payments where row not in (select row from refused)")
    op.stage("incoming_payments", op.arrow("select * from incoming_payments_sound"))
    op.derive("alike_payments", _ALIKE)
    Payments.post(op)
    outcomes.note(_OUTCOMES)
    outcomes.count("payments", "created", op.rows("select count(*) as n from incoming_payments")[0]["n"])
    outcomes.count(
        "payments", "unchanged", op.rows("select count(*) as n from held_payments where difference is null")[0]["n"]
    )


_ALIKE = """
    select incoming.row as line, min(payments.id) as payment
    from incoming_payments as incoming
    inner join payments
        on
            payments.customer = incoming.customer and payments.date = incoming.date
            and payments.amount = incoming.amount and payments.currency = incoming.currency
    where payments.id not in (select id from held_payments)
    group by incoming.row
"""

_HELD = """
    select
        told.line, payments.id,
        case
            when payments.amount <> told.amount
                then 'the book has it with ' || plain(payments.amount) || ', the file says ' || plain(told.amount)
            when payments.date <> told.date then 'the book has it on ' || payments.date || ', the file on ' || told.date
            when payments.currency <> told.currency
                then 'the book has it in ' || payments.currency || ', the file in ' || told.currency
        end as difference
    from told_payments as told
    inner join payments
        on
            payments.external_id = told.external_id and payments.customer = told.customer
            and payments.source = $source
            and payments.invoice_number is not distinct from told.invoice_number
            and (told.said_currency is null or payments.currency = told.currency or told.is_numbered)
    where told.trouble is null
"""

_OUTCOMES = """
    select line, 'payments' as "table", 'rejected' as outcome, null as record, trouble as reason
    from told_payments where trouble is not null
    union all
    select
        line, 'payments', case when difference is null then 'unchanged' else 'rejected' end, id,
        difference || '; a recorded payment does not change: undo its import first'
    from held_payments
    union all
    select row, 'payments', 'rejected', null, first(problem || ' ' || hint) from refused group by row
    union all
    select
        incoming.row, 'payments', 'created', incoming.id,
        coalesce(told.remark, ambiguous.remark, case when alike.payment is not null
            then 'the book has another payment of the same customer, day and amount (record ' || alike.payment || ')' end)
    from incoming_payments as incoming
    inner join told_payments as told on told.line = incoming.row
    left join ambiguous_customers as ambiguous on ambiguous.line = incoming.row
    left join alike_payments as alike on alike.line = incoming.row
"""
