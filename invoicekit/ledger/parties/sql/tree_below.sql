-- A customer and everybody below it, with the number of steps down.
with recursive tree as (
    select id, 0 as depth from customers where id = $customer
    union all
    select customers.id, tree.depth + 1
    from tree
    inner join customers on customers.parent = tree.id
    where tree.depth <= 5
)

select tree.id, tree.depth, customers.display_name, customers.inactive_since
from tree
inner join customers using (id)
order by tree.depth, customers.display_name, tree.id
