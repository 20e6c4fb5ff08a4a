-- Which money settles which invoice, latest first: of one payment ($payment), on one invoice ($invoice), or all.
select
    allocations.id, allocations.date, allocations.payment, notes.number as credit_note, allocations.invoice, invoices.number,
    customer_names.name as customer, allocations.currency, allocations.amount, allocations.refund, allocations.reason,
    allocations.taken_back_on
from allocations
left join invoices on invoices.id = allocations.invoice
left join invoices as notes on notes.id = allocations.credit_note
left join payments as refunds on refunds.id = allocations.refund
left join customer_names on customer_names.id = coalesce(invoices.customer, refunds.customer)
where ($payment is null or allocations.payment = $payment) and ($invoice is null or allocations.invoice = $invoice)
order by allocations.date desc, allocations.id desc
