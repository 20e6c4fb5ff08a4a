-- The customers that one may be put under: not itself nor anybody below it, not one so far down that its own
-- sub-customers would come to stand too deep, and no inactive one unless asked.
with recursive
below as (
    select id, 0 as steps from customers where id = $customer
    union all
    select customers.id, below.steps + 1
    from below
    inner join customers on customers.parent = below.id
    where below.steps <= 5
),

standing as (
    select id, 0 as depth from customers where parent is null and merged_into is null
    union all
    select customers.id, standing.depth + 1
    from standing
    inner join customers on customers.parent = standing.id
    where standing.depth < 4
),

room as (select 3 - coalesce(max(steps), 0) as deepest from below)

select customers.id, customer_names.name, customers.inactive_since
from standing
inner join customers using (id)
inner join customer_names using (id)
cross join room
where
    standing.depth <= room.deepest
    and customers.id not in (select id from below)
    and (customers.inactive_since is null or $include_inactive)
    and coalesce(customers.kind, 'customer') <> 'contact'
    and contains(search_key(customers.display_name), search_key($text))
order by starts_with(search_key(customers.display_name), search_key($text)) desc, search_key(customers.display_name), customers.id
limit $most
