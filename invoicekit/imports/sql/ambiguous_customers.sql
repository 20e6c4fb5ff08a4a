-- Rows that name a customer by a name that several bear, told apart only by the number behind it.
with bearers as (
    select name_key(regexp_replace(display_name, ' \([^()]*\)$', '')) as name_key, count(*) as bearers
    from customers
    group by 1
    having count(*) > 1
)

select
    naming.line,
    bearers.bearers || ' customers are called "' || coalesce(naming.name, naming.key) || '": taken to be '
    || coalesce('number ' || customers.external_id, 'record ' || customers.id) as remark
from naming
inner join customers_meant on customers_meant.line = naming.line
inner join customers on customers.id = customers_meant.id
inner join bearers on bearers.name_key = name_key(coalesce(naming.name, naming.key))
where naming.key is null or naming.name is null
