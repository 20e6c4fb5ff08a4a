-- What takes the role of those who process invoices, and this operation ($operation) wrote, changed or took out: whatever it is called.
select 'write-offs' as what
from (
    select id from allocations where operation = $operation and payment is null and credit_note is null
    union all
    select id from history.allocations where ended_by = $operation and payment is null and credit_note is null
)
union all
select 'the state of an invoice'
from history.invoices as before
inner join invoices on invoices.id = before.id
where
    before.ended_by = $operation
    and (
        invoices.status is distinct from before.status
        or invoices.closed_on is distinct from before.closed_on
        or invoices.disputed_since is distinct from before.disputed_since
        or invoices.dispute is distinct from before.dispute
        or invoices.promised_for is distinct from before.promised_for
    )
union all
select 'how an invoice was sent'
from (
    select id from sendings where operation = $operation
    union all
    select id from history.sendings where ended_by = $operation
)
union all
select 'templates'
from (
    select id from templates where operation = $operation
    union all
    select id from history.templates where ended_by = $operation
)
union all
select 'levels of reminders'
from (
    select id from reminder_levels where operation = $operation
    union all
    select id from history.reminder_levels where ended_by = $operation
)
limit 1
