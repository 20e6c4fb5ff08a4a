-- Customers that this operation ($operation) merged or put below another one, where any of those it concerns, or one above
-- them, has an owner of its own.
with recursive moved as (
    select customers.id, customers.display_name, customers.merged_into, customers.parent, before.parent as parent_before,
        before.merged_into as merged_before
    from history.customers as before
    inner join customers on customers.id = before.id
    where
        before.ended_by = $operation
        and (customers.parent is distinct from before.parent or customers.merged_into is distinct from before.merged_into)
),

up as (
    select id as moved, unnest([id, merged_into, merged_before, parent, parent_before]) as id, 0 as steps
    from moved
    union all
    select up.moved, customers.parent, up.steps + 1
    from up
    inner join customers on customers.id = up.id
    where customers.parent is not null and up.steps <= 5
)

select moved.display_name, owned.display_name as owned
from up
inner join moved on moved.id = up.moved
inner join permissions on permissions.customer = up.id
inner join customers as owned on owned.id = permissions.customer
order by moved.display_name, owned.display_name
limit 1
