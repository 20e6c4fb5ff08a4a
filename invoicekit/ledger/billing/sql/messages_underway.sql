-- Messages that bring invoices ($ids) and are on their way, or may be: those in one of some states ($states).
select id, invoice, recipient, state
from messages
where kind = 'invoice' and invoice in (select unnest($ids::bigint[])) and state in (select unnest($states::varchar[]))
order by id
