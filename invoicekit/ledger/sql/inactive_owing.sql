-- Inactive customers who owe or are owed, among those whose standing an operation ($operation) changed or whose entries it took out, or all
-- of them. What it brings back is judged as it was when it was recorded: late money, and an older invoice, are taken from anybody.
with touched as (
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
