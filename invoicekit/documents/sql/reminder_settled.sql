-- Invoices that a reminder ($message) is of, and that less is owed on now than it says, or of which something was said since that
-- holds reminders back: that it is contested, or will be paid by a day that is not over ($today).
select
    messages.recipient, invoices.number, reminders.open, coalesce(sum(entries.amount), 0)::decimal(18, 4) as now,
    case
        when invoices.disputed_since is not null then 'is disputed since ' || invoices.disputed_since
        when invoices.promised_for >= $today::date then 'is promised for ' || invoices.promised_for
    end as held
from reminders
inner join messages on messages.id = reminders.message
inner join invoices on invoices.id = reminders.invoice
left join entries on entries.invoice = reminders.invoice
where reminders.message = $message
group by all
having coalesce(sum(entries.amount), 0) < reminders.open or held is not null
order by invoices.number
limit 1
