-- Messages that an operation ($operation) queued, and that were handed over since, or tried.
with queued as (
    select id from messages where operation = $operation
    union
    select id from book.history.messages where operation = $operation
),

first as (
    select id, min(operation) as operation
    from (select id, operation from messages union all select id, operation from book.history.messages)
    where id in (select id from queued)
    group by id
)

select messages.recipient, messages.state
from first
inner join messages using (id)
where first.operation = $operation and (messages.state <> 'queued' or messages.tries > 0)
order by messages.id
limit 1
