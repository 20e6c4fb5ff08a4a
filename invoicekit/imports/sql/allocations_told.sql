-- Rows of allocations (incoming_allocation_rows) with the payment and the invoice each one means.
with paid as (
    select external_id, min(id) as id, count(*) as bearers from payments where source = $source group by external_id
),

found as (
    select rows.* exclude (payment, invoice), rows.payment as payment_named, rows.invoice as invoice_named,
        case when paid.bearers = 1 then payments.id end as payment, coalesce(paid.bearers, 0) as bearers,
        payments.customer, payments.date as paid_on, payments.currency as paid_in
    from incoming_allocation_rows as rows
    left join paid on paid.external_id = rows.payment
    left join payments on payments.id = paid.id
),

billed as (
    select found.line, min(invoices.id) as invoice, count(*) as bearers
    from found
    inner join invoices
        on invoices.number = found.invoice_named and invoices.customer = found.customer and invoices.kind = 'invoice'
    group by found.line
),

held as (
    select payment, invoice, amount, min(id) as id from allocations where payment is not null group by all
)

select
    found.line, found.payment, billed.invoice, held.id as held,
    coalesce(found.date, greatest(found.paid_on, invoices.date)) as date,
    rounded(found.amount, found.paid_in) as amount, coalesce(found.currency, found.paid_in) as currency,
    case
        when found.fault is not null then found.fault
        when found.payment_named is null then 'it names no payment'
        when found.bearers = 0 then 'there is no payment ' || found.payment_named || ' in the file or in the book'
        when found.bearers > 1 then 'several payments have the number ' || found.payment_named
        when found.invoice_named is null then 'it names no invoice'
        when billed.invoice is null
            then 'who paid ' || found.payment_named || ' has no invoice ' || found.invoice_named
        when billed.bearers > 1 then 'who paid ' || found.payment_named || ' has several invoices ' || found.invoice_named
        when found.amount is null then 'it has no amount'
    end as trouble
from found
left join billed using (line)
left join invoices on invoices.id = billed.invoice
left join held
    on held.payment = found.payment and held.invoice = billed.invoice and held.amount = rounded(found.amount, found.paid_in)
