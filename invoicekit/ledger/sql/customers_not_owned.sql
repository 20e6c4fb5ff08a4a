-- Those of some customers (customers_touched: id) that a user ($actor) is no owner of: neither of them nor of one above them.
with recursive up as (
    select customers.id as touched, customers.id, customers.parent, 0 as steps
    from customers
    inner join customers_touched using (id)
    union all
    select up.touched, above.id, above.parent, up.steps + 1
    from up
    inner join customers as above on above.id = up.parent
    where up.steps <= 5
),

owned as (
    select permissions.customer
    from permissions
    inner join users on users.id = permissions.user_id
    where permissions.role = 'owner' and name_key(users.name) = name_key($actor)
)

select id, display_name
from customers
where
    id in (select id from customers_touched)
    and id not in (select touched from up where up.id in (select customer from owned where customer is not null))
    and not exists (select 1 from owned where customer is null)
order by display_name
limit 1
