-- A customer that this operation ($operation) merged or put below another one.
-- few touched: select id from history.customers where ended_by = $operation
select customers.id
from history.customers as before
inner join customers
    on
        customers.id = before.id
        -- few: customers.id = touched.id
where
    before.ended_by = $operation
    and (customers.parent is distinct from before.parent or customers.merged_into is distinct from before.merged_into)
limit 1
