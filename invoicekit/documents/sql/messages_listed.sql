-- The outbox, newest first: all messages, or those in one state ($state).
select
    messages.id as message, messages.kind, invoices.number, messages.recipient, messages.subject, messages.state, messages.tries, messages.answer,
    operations.recorded_at
from messages
inner join operations on operations.id = messages.operation
left join invoices on invoices.id = messages.invoice
where $state::varchar is null or messages.state = $state::varchar
order by messages.id desc
