-- Documents against what they posted, and amounts against one another.
with findings as (
    select
        'document posted' as "check", 'invoices' as "table", invoices.id as record,
        invoices.number || ' is of ' || invoices.total || ' but posted ' || coalesce(sum(entries.amount), 0) as finding
    from invoices
    left join entries
        on entries.document = invoices.id and entries.kind in ('invoice', 'credit_note')
    where invoices.status <> 'draft'
    group by invoices.id, invoices.number, invoices.total
    having coalesce(sum(entries.amount), 0) <> invoices.total

    union all
    select
        'payment posted', 'payments', payments.id,
        'payment of ' || payments.amount || ' posted ' || coalesce(sum(entries.amount), 0)
    from payments
    left join entries on entries.payment = payments.id
    group by payments.id, payments.amount
    having coalesce(sum(entries.amount), 0) <> -payments.amount

    union all
    select
        'net and tax make the total', 'invoices', id,
        number || ': ' || net || ' + ' || tax || ' is not ' || total
    from invoices
    where net + tax <> total

    union all
    select
        'not settled beyond its total', 'invoices', invoices.id,
        invoices.number || ' of ' || invoices.total || ' is settled beyond that by ' || -sum(entries.amount)
    from invoices
    inner join entries on entries.invoice = invoices.id
    where invoices.kind = 'invoice' and invoices.total >= 0
    group by invoices.id, invoices.number, invoices.total
    having sum(entries.amount) < 0

    union all
    select
        'entry stands on its invoice''s dates', 'entries', entries.id,
        'entry carries ' || entries.invoice_date || ' and ' || entries.due_date
        || ', its invoice ' || invoices.date || ' and ' || invoices.due_date
    from entries
    inner join invoices on invoices.id = entries.invoice
    where entries.invoice_date <> invoices.date or entries.due_date <> invoices.due_date

    union all
    select
        'entry stands with its invoice''s debtor', 'entries', entries.id,
        'entry on ' || invoices.number || ' is of customer ' || entries.customer || ', the invoice of ' || invoices.customer
    from entries
    inner join invoices on invoices.id = entries.invoice
    where entries.customer <> invoices.customer
)

select "check", "table", record::bigint as record, finding::varchar as finding, 'undo the operation that wrote it' as mend
from findings
