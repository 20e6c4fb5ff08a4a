-- Which customer each row means that names one (naming: line, key, name). Where it gives a number and a name, the
-- number decides: two customers may be called alike. Where it gives one of them, it may be either.
-- A customer that was merged into another is answered for by that one; party is who was meant.
with numbers as (
    select number as told, min(customer) as id from customer_keys where source = $source group by number
),

names as (
    select
        name_key(display_name) as told,
        coalesce(min(id) filter (merged_into is null), min(id)) as id
    from customers
    group by name_key(display_name)
),

merged as (select id from customers where merged_into is not null),

meant as (
    select
        naming.line,
        case
            when naming.key is not null and naming.name is not null
                then coalesce(by_number.id, case when by_name.id in (select id from merged) then by_name.id end)
            when naming.key is not null then coalesce(by_number.id, key_as_name.id)
            else coalesce(by_name.id, name_as_number.id)
        end as party
    from naming
    left join numbers as by_number on by_number.told = naming.key
    left join names as key_as_name on key_as_name.told = name_key(naming.key)
    left join names as by_name on by_name.told = name_key(naming.name)
    left join numbers as name_as_number on name_as_number.told = naming.name
)

select meant.line, coalesce(customers.merged_into, meant.party) as id, meant.party
from meant
left join customers on customers.id = meant.party
