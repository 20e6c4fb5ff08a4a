-- What taking allocations back (ended_allocations: id) posts on a day ($day): the invoice is owed again, and the money waits.
with ended as (
    select
        allocations.*, coalesce(payments.customer, notes.customer) as payer, invoices.customer, invoices.billed_for,
        invoices.date as invoice_date, invoices.due_date
    from allocations
    inner join ended_allocations using (id)
    inner join invoices on invoices.id = allocations.invoice
    left join payments on payments.id = allocations.payment
    left join invoices as notes on notes.id = allocations.credit_note
)

select
    customer, billed_for, invoice, payment, credit_note as document, id as allocation,
    case when payment is null and credit_note is null then 'write_off' else 'allocation' end as kind, $day::date as entry_date, invoice_date,
    due_date, currency, amount
from ended
union all
select payer, null, null, payment, credit_note, id, 'allocation', $day::date, null, null, currency, (-amount)::decimal(18, 4)
from ended
where payment is not null or credit_note is not null
