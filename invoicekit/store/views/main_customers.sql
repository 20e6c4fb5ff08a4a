-- The main customer above every customer, itself where nobody is.
with recursive below as (
    select id, id as main_customer from customers where parent is null
    union all
    select customers.id, below.main_customer
    from below
    inner join customers on customers.parent = below.id
)

select id, main_customer
from below
