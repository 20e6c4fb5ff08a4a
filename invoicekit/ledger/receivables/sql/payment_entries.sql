-- What incoming payments post. What settles an invoice that was there already is posted onto it at once;
-- what comes before its invoice waits without one until the invoice's date, when two legs move it.
with allocations as (
    select
        allocations.id, allocations.payment, allocations.invoice, allocations.date, allocations.amount,
        invoices.date as invoice_date, invoices.due_date, invoices.billed_for, invoices.customer as debtor
    from allocations
    inner join new_allocations
        on
            new_allocations.id = allocations.id
            -- few: allocations.id = new_allocations.id
    inner join invoices
        on
            invoices.id = allocations.invoice
            -- few: invoices.id = new_allocations.invoice
),

payments as (select id, customer, date, currency, amount from incoming_payments),

legs as (
    select
        payments.id as payment, allocations.debtor as customer, allocations.billed_for, allocations.invoice,
        allocations.id as allocation,
        case when allocations.date = payments.date then 'payment' else 'allocation' end as kind,
        allocations.date as entry_date, allocations.invoice_date, allocations.due_date, payments.currency,
        -allocations.amount as amount
    from payments
    inner join allocations on allocations.payment = payments.id

    union all
    select
        payments.id, payments.customer, null, null, allocations.id, 'allocation', allocations.date, null, null,
        payments.currency, allocations.amount
    from payments
    inner join allocations on allocations.payment = payments.id
    where allocations.date > payments.date

    union all
    select
        payments.id, payments.customer, null, null, null, 'payment', payments.date, null, null, payments.currency,
        -(payments.amount - coalesce(settled.amount, 0))
    from payments
    left join (
        select allocations.payment, sum(allocations.amount) as amount
        from allocations
        inner join payments on payments.id = allocations.payment
        where allocations.date = payments.date
        group by allocations.payment
    ) as settled on settled.payment = payments.id
    where payments.amount > coalesce(settled.amount, 0)
)

select
    customer, billed_for, invoice, payment, allocation, kind, entry_date, invoice_date, due_date, currency,
    amount::decimal(18, 4) as amount
from legs
order by payment, entry_date, invoice
