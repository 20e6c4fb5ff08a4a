-- Documents against what they posted, and amounts against one another: all of them, or those an operation ($operation)
-- touched.
with written as materialized (
    select document, invoice, payment from entries where operation = $operation
    union all
    select document, invoice, payment from book.history.entries where ended_by = $operation
),

concerned_invoices as materialized (
    select document as id from written
    union
    select invoice from written
    union
    select id from invoices where operation = $operation
),

concerned_payments as materialized (
    select payment as id from written
    union
    select id from payments where operation = $operation
),

proven_invoices as materialized (
    select * from invoices where $operation is null or id in (select id from concerned_invoices)
),

proven_payments as materialized (
    select * from payments where $operation is null or id in (select id from concerned_payments)
),

findings as (
    select
        'document posted' as "check", 'invoices' as "table", invoices.id as record,
        invoices.number || ' is of ' || invoices.total + coalesce(invoices.rounding, 0) || ' but posted ' || coalesce(sum(entries.amount), 0)
            as finding
    from proven_invoices as invoices
    left join entries
        on entries.document = invoices.id and entries.kind in ('invoice', 'credit_note')
    where invoices.status <> 'draft'
    group by invoices.id, invoices.number, invoices.total, invoices.rounding
    having coalesce(sum(entries.amount), 0) <> invoices.total + coalesce(invoices.rounding, 0)

    union all
    select
        'payment posted', 'payments', payments.id,
        'payment of ' || payments.amount || ' posted ' || coalesce(sum(entries.amount), 0)
    from proven_payments as payments
    left join entries on entries.payment = payments.id and entries.kind in ('payment', 'refund')
    group by payments.id, payments.amount
    having coalesce(sum(entries.amount), 0) <> -payments.amount

    union all
    select
        'net and tax make the total', 'invoices', id,
        number || ': ' || net || ' + ' || tax || ' is not ' || total
    from proven_invoices as invoices
    where net + tax <> total

    union all
    select
        'not settled beyond its total', 'invoices', invoices.id,
        invoices.number || ' of ' || invoices.total || ' is settled beyond that by ' || -sum(entries.amount)
    from proven_invoices as invoices
    inner join entries on entries.invoice = invoices.id
    where invoices.kind = 'invoice' and invoices.total >= 0
    group by invoices.id, invoices.number, invoices.total
    having sum(entries.amount) < 0

    union all
    select
        'allocation moves money', 'allocations', allocation, 'allocation ' || allocation || ' moves money that goes nowhere: ' || sum(amount)
    from entries
    where
        kind = 'allocation' and allocation is not null
        and ($operation is null or payment in (select id from concerned_payments) or document in (select id from concerned_invoices))
    group by allocation
    having sum(amount) <> 0

    union all
    select
        'not applied beyond its amount', 'payments', payments.id,
        'of the payment of ' || payments.amount || ' ' || sum(entries.amount) || ' more is applied than came in'
    from proven_payments as payments
    inner join entries on entries.payment = payments.id and entries.invoice is null
    group by payments.id, payments.amount
    having sum(entries.amount) > 0

    union all
    select
        'credit not applied beyond its amount', 'invoices', notes.id,
        'of the credit note ' || notes.number || ' ' || sum(entries.amount) || ' more is applied than it credits'
    from proven_invoices as notes
    inner join entries on entries.document = notes.id and entries.invoice is null
    where notes.kind = 'credit_note'
    group by notes.id, notes.number
    having sum(entries.amount) > 0

    union all
    select
        'what is owed stands on its invoice''s dates', 'invoices', invoices.id,
        sum(entries.amount) || ' of ' || invoices.number || ' stands on ' || entries.invoice_date || ' and ' || entries.due_date
        || ', the invoice says ' || invoices.date || ' and ' || invoices.due_date
    from entries
    inner join proven_invoices as invoices on invoices.id = entries.invoice
    where entries.invoice_date <> invoices.date or entries.due_date <> invoices.due_date
    group by invoices.id, invoices.number, invoices.date, invoices.due_date, entries.invoice_date, entries.due_date
    having sum(entries.amount) <> 0

    union all
    select
        'entry stands with its invoice''s debtor', 'entries', entries.id,
        'a posting on ' || invoices.number || ' would be of ' || coalesce(poster.display_name, '?') || ', the invoice of '
        || coalesce(debtor.display_name, '?')
    from entries
    inner join proven_invoices as invoices on invoices.id = entries.invoice
    left join customers as poster on poster.id = entries.customer
    left join customers as debtor on debtor.id = invoices.customer
    where entries.customer <> invoices.customer

    union all
    select
        'waiting money stands with who paid', 'entries', entries.id,
        plain(-entries.amount) || ' of a payment of ' || coalesce(payer.display_name, '?') || ' would wait with '
        || coalesce(poster.display_name, '?')
    from entries
    inner join proven_payments as payments on payments.id = entries.payment
    left join customers as poster on poster.id = entries.customer
    left join customers as payer on payer.id = payments.customer
    where entries.invoice is null and entries.customer <> payments.customer

    union all
    select
        'a credit waits with who was credited', 'entries', entries.id,
        plain(-entries.amount) || ' of the credit note ' || notes.number || ' of ' || coalesce(credited.display_name, '?')
        || ' would wait with ' || coalesce(poster.display_name, '?')
    from entries
    inner join proven_invoices as notes on notes.id = entries.document
    left join customers as poster on poster.id = entries.customer
    left join customers as credited on credited.id = notes.customer
    where entries.invoice is null and notes.kind = 'credit_note' and entries.customer <> notes.customer
)

select "check", "table", record::bigint as record, finding::varchar as finding, 'undo the operation that wrote it' as mend
from findings
