-- When and how invoices went out: all, or one ($invoice).
select
    sendings.invoice, invoices.number, customer_names.name as customer, sendings.date, sendings.means, sendings.recipient, sendings.note,
    operations.actor, operations.recorded_at
from sendings
inner join invoices on invoices.id = sendings.invoice
inner join customer_names on customer_names.id = invoices.customer
inner join operations on operations.id = sendings.operation
where $invoice is null or sendings.invoice = $invoice
order by sendings.date desc, sendings.id desc
