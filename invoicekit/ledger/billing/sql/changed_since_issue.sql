-- What issued documents say of seller and buyer that is otherwise now, field by field.
with present as (
    select id as customer, to_json(customers)::varchar as said from customers
),

parties as (
    select
        issued.invoice, 'buyer' as party, json_extract_string(issued.content, '$.buyer') as said, present.said as now
    from issued_invoices as issued
    inner join invoices on invoices.id = issued.invoice
    inner join present on present.customer = invoices.customer
    union all
    select issued.invoice, 'seller', json_extract_string(issued.content, '$.seller'), (select to_json(present)::varchar from (select * exclude (logo) from sellers) as present)
    from issued_invoices as issued
),

fields as (
    select invoice, party, said, now, unnest(json_keys(said)) as field
    from parties
)

select
    fields.invoice, invoices.number, party, field, json_extract_string(said, '$.' || field) as as_issued,
    json_extract_string(now, '$.' || field) as now
from fields
inner join invoices on invoices.id = fields.invoice
where field <> 'id' and json_extract_string(said, '$.' || field) is distinct from json_extract_string(now, '$.' || field)
order by fields.invoice, party, field
