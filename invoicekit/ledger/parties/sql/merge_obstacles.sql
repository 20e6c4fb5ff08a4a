-- Which of the customers ($ids) that are to become one cannot: merged already, with sub-customers, or inactive where it is
-- the one that is kept ($kept).
with below as (
    select parent, count(*) as sub_customers from customers where parent in $ids group by parent
)

select customers.id, customers.display_name, customers.merged_into, coalesce(below.sub_customers, 0) as sub_customers
from customers
left join below on below.parent = customers.id
where
    customers.id in $ids
    and (
        customers.merged_into is not null
        or below.sub_customers > 0
        or (customers.id = $kept and customers.inactive_since is not null)
    )
order by customers.merged_into is null, below.sub_customers is null, customers.id
