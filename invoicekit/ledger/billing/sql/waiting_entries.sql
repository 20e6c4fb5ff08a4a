-- Two legs for money that waited, or a credit note, that is applied now: off the remainder, onto the invoice, on the allocation's date.
with allocations as (
    select
        allocations.id, allocations.payment, allocations.credit_note, allocations.invoice, allocations.date, allocations.amount,
        allocations.currency, coalesce(payments.customer, notes.customer) as payer, invoices.customer, invoices.date as invoice_date, invoices.due_date, invoices.billed_for
    from allocations
    inner join new_allocations
        on
            new_allocations.id = allocations.id
            -- few: allocations.id = new_allocations.id
    inner join invoices
        on
            invoices.id = allocations.invoice
            -- few: invoices.id = new_allocations.invoice
    left join payments on payments.id = allocations.payment
    left join invoices as notes on notes.id = allocations.credit_note
),

legs as (
    select payer as customer, null::bigint as billed_for, null::bigint as invoice, payment, credit_note, id as allocation, date as entry_date,
        null::date as invoice_date, null::date as due_date, currency, amount
    from allocations
    union all
    select customer, billed_for, invoice, payment, credit_note, id, date, invoice_date, due_date, currency, -amount
    from allocations
)

select
    customer, billed_for, invoice, payment, credit_note as document, allocation, 'allocation' as kind, entry_date, invoice_date, due_date, currency,
    amount::decimal(18, 4) as amount
from legs
order by payment, credit_note, allocation, invoice
