-- Customers that stand more than four levels below their main customer, or above themselves; where an operation
-- ($operation) is named, only if it touched the tree at all.
with recursive up as (
    select id, parent, 1 as steps
    from customers
    where
        parent is not null
        and ($operation is null or exists (select 1 from customers as moved where moved.operation = $operation))
    union all
    select up.id, above.parent, up.steps + 1
    from up
    inner join customers as above on above.id = up.parent
    where above.parent is not null and up.steps <= 5
)

select
    'tree' as "check", 'customers' as "table", customers.id as record,
    customers.display_name || case
        when max(up.steps) > 5 then ' would stand above itself, or far too deep'
        else ' would stand ' || max(up.steps) || ' levels below its main customer; four is the most'
    end as finding,
    'move it to a parent higher up' as mend
from up
inner join customers on customers.id = up.id
group by customers.id, customers.display_name
having max(up.steps) > 4
