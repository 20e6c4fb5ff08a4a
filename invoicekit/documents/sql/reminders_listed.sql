-- Which invoices were reminded of - one ($invoice), or all - latest first, with what became of the mail.
select
    reminders.date, reminders.invoice, invoices.number, customer_names.name as customer, reminders.level, reminders.open, invoices.currency,
    reminders.message, messages.recipient, coalesce(messages.state, 'by other means') as state, operations.actor
from reminders
inner join invoices on invoices.id = reminders.invoice
inner join customer_names on customer_names.id = invoices.customer
inner join operations on operations.id = reminders.operation
left join messages on messages.id = reminders.message
where $invoice::bigint is null or reminders.invoice = $invoice::bigint
order by reminders.date desc, reminders.id desc
