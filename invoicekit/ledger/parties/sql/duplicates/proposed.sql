-- Pairs to show: those that score, and those whose names differ in nothing but accents; but for what somebody looked at
-- and found to be two.
with names as (
    select id, memory.main.search_key(display_name) as name from customers where merged_into is null
),

twins as (
    select first.id as a, names.id as b
    from (select name, min(id) as id from names group by name having count(*) > 1) as first
    inner join names using (name)
    where names.id > first.id
),

all_pairs as (
    select
        coalesce(pairs.a, twins.a) as a,
        coalesce(pairs.b, twins.b) as b,
        case when twins.a is null then pairs.score else greatest(coalesce(pairs.score, 0), 0.9) end::decimal(4, 3) as score,
        case
            when twins.a is null then pairs.reasons
            else list_prepend('same name but for accents', list_filter(pairs.reasons, lambda reason: reason <> 'same name'))
        end as reasons
    from pairs
    full join twins on twins.a = pairs.a and twins.b = pairs.b
),

told_apart as (
    select least(customer, other) as a, greatest(customer, other) as b from different_customers
)

select all_pairs.*
from all_pairs
anti join told_apart using (a, b)
