-- Owners of all customers who have a password and are in use.
select users.name
from permissions
inner join users on users.id = permissions.user_id
where
    permissions.role = 'owner' and permissions.customer is null and users.inactive_since is null
    and exists (select 1 from passwords where passwords.user_id = permissions.user_id)
order by users.name
