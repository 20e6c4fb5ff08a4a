-- Which operation made each inactive customer so: the latest at which a day of inactivity appeared.
with versions as (
    select id, operation, inactive_since from customers
    union all
    select id, operation, inactive_since from history.customers
),

turns as (
    select id, operation, inactive_since, lag(inactive_since) over (partition by id order by operation) as before
    from versions
)

select id as customer, max(operation) as operation
from turns
where inactive_since is not null and before is null
group by id
