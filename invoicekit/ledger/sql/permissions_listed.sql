-- Who has which role.
select users.name as user, permissions.role, customers.display_name as customer
from permissions
inner join users on users.id = permissions.user_id
left join customers on customers.id = permissions.customer
order by users.name, permissions.role, customers.display_name
