-- What became of messages ($ids), in the order they were queued.
select messages.id as message, messages.invoice, invoices.number, messages.recipient, messages.subject, messages.state, messages.answer
from messages
left join invoices on invoices.id = messages.invoice
where messages.id in (select unnest($ids::bigint[]))
order by messages.id
