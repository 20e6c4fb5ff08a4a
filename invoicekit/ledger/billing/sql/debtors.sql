-- Who is billed for each of some customers (billed_clients: customer): itself, or the nearest one above it that bills itself.
with recursive up as (
    select customers.id as customer, customers.id, parent, bill_to, 0 as steps
    from customers
    inner join billed_clients on billed_clients.customer = customers.id
    union all
    select up.customer, above.id, above.parent, above.bill_to, up.steps + 1
    from up
    inner join customers as above on above.id = up.parent
    where coalesce(up.bill_to, 'self') = 'parent' and up.steps <= 5
)

select customer, arg_max(id, steps) as debtor
from up
group by customer
