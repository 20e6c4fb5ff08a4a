-- Two legs for money that waited and is applied now: off the remainder, onto the invoice, on the allocation's date.
with allocations as (
    select
        allocations.id, allocations.payment, allocations.invoice, allocations.date, allocations.amount,
        allocations.currency, invoices.customer, invoices.date as invoice_date, invoices.due_date, invoices.billed_for
    from allocations
    inner join new_allocations using (id)
    inner join invoices on invoices.id = allocations.invoice
),

legs as (
    select customer, null::bigint as billed_for, null::bigint as invoice, payment, id as allocation, date as entry_date,
        null::date as invoice_date, null::date as due_date, currency, amount
    from allocations
    union all
    select customer, billed_for, invoice, payment, id, date, invoice_date, due_date, currency, -amount
    from allocations
)

select
    customer, billed_for, invoice, payment, allocation, 'allocation' as kind, entry_date, invoice_date, due_date, currency,
    amount::decimal(18, 4) as amount
from legs
order by payment, allocation, invoice
