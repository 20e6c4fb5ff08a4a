-- What each row says whose key stands in several rows, to tell an exact repetition from a contradiction.
with keyed as (
    select line, count(*) over (partition by coalesce('id ' || external_id, 'name ' || name_key(display_name))) as rows
    from named_customers
)

select incoming.line, md5(row(*columns(incoming.* exclude (line, fault, implicit)))::varchar) as content
from incoming_customers as incoming
where incoming.line in (select line from keyed where rows > 1)
