-- Inactive customers who owe or are owed, among those that an operation ($operation) touched, or all of them. Money that somebody pays
-- all the same is taken, from whoever it comes: what brings it back is no fault.
with touched as (
    select customer from entries where operation = $operation and payment is null
    union
    select customer from book.history.entries where ended_by = $operation
    union
    select id from customers where operation = $operation
)

select
    customers.display_name || ' is inactive and would have a balance of ' || entries.currency || ' '
    || plain(sum(entries.amount)) as finding
from customers
inner join entries on entries.customer = customers.id
where
    customers.inactive_since is not null
    and ($operation is null or customers.id in (select customer from touched))
group by customers.id, customers.display_name, entries.currency
having sum(entries.amount) <> 0
