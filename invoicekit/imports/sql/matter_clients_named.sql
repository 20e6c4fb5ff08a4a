-- The clients that rows of matters (incoming_matter_rows) name, each by itself.
select line, nth, trim(client) as client
from (
    select
        line,
        unnest(string_split("client.customer", ';')) as client,
        generate_subscripts(string_split("client.customer", ';'), 1) as nth
    from incoming_matter_rows
    where "client.customer" is not null and fault is null
)
where trim(client) <> ''
