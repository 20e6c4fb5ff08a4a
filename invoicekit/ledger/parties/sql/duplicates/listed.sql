-- The groups found, surest first; in each the customer with most behind it first: that one is best kept.
with numbered as (
    select *, dense_rank() over (order by group_score desc, head) as "group"
    from groups
),

behind as (
    select customer, count(*) as entries from entries group by customer
),

reasons as (
    select a, b, reasons from proposed
    union all
    select b, a, reasons from proposed
)

select
    numbered."group",
    numbered.group_score as score,
    numbered.id as customer_id,
    customer_names.name as customer,
    array_to_string(reasons.reasons, ', ') as reasons,
    customers.address,
    customers.city,
    customers.email,
    customers.phone,
    customers.tax_id,
    coalesce(behind.entries, 0) as entries
from numbered
inner join customers using (id)
inner join customer_names using (id)
left join reasons on reasons.a = numbered.head and reasons.b = numbered.id
left join behind on behind.customer = numbered.id
order by numbered."group", coalesce(behind.entries, 0) desc, numbered.id
