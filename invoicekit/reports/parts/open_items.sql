-- Invoices, credit notes and payments that are not settled.
posted as (
    select
        id, customer, currency, due_date, invoice_date, amount, number, total,
        case when invoice is not null then 2 when document is not null then 1 else 3 end as sort,
        coalesce(invoice, document, payment) as record,
        case
            when invoice is not null then 'invoice' when document is not null then 'credit_note' else 'payment'
        end as kind
    from told_entries
    where
        entry_date <= $as_of and settled_on >= $as_of
        -- only: customer; currency
),

items as (
    select
        customer, currency, sort, record,
        case sort when 1 then 'credit_note' when 2 then 'invoice' else 'payment' end as kind,
        sum(amount)::decimal(18, 4) as amount, arg_max(due_date, id) as due_date,
        any_value(invoice_date) as invoice_date, max(total) as total,
        max(number) filter (where total is not null) as number, min(id) as first
    from posted
    group by customer, currency, sort, record
    having sum(amount) <> 0
),

-- An invoice's own posting says its number. What waits is looked up, because only a part of it may.
waiting as (
    select items.sort, items.record, invoices.number, invoices.date, invoices.total
    from items
    inner join invoices on invoices.id = items.record
    where items.sort = 1
    union all
    select
        items.sort, items.record, coalesce(payments.reference, payments.invoice_number), payments.date,
        -payments.amount
    from items
    inner join payments on payments.id = items.record
    where items.sort = 3
)
