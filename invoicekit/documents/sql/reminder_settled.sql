-- Invoices that a reminder ($message) is of, and that less is owed on now than it says.
select messages.recipient, invoices.number, reminders.open, coalesce(sum(entries.amount), 0)::decimal(18, 4) as now
from reminders
inner join messages on messages.id = reminders.message
inner join invoices on invoices.id = reminders.invoice
left join entries on entries.invoice = reminders.invoice
where reminders.message = $message
group by all
having coalesce(sum(entries.amount), 0) < reminders.open
order by invoices.number
limit 1
