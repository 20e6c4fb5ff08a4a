-- Every number a customer is known by, in every system it came from. The number of one that was merged into another
-- stays its own: whoever looks it up goes on from there.
select id as customer, coalesce(source, '') as source, external_id as number
from customers
where external_id is not null
union all
select customer, coalesce(source, '') as source, number
from customer_numbers
