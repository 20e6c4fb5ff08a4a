-- Who had which role before this operation ($operation), and whether it was somebody's ($actor), by the name they had.
with permissions_before as (
    select user_id, role, customer from permissions where operation <> $operation
    union all
    select user_id, role, customer from history.permissions where ended_by = $operation
),

users_before as (
    select id, name from users where operation <> $operation
    union all
    select id, name from history.users where ended_by = $operation
)

select permissions_before.role, permissions_before.customer, name_key(users_before.name) = name_key($actor) as is_theirs
from permissions_before
inner join users_before on users_before.id = permissions_before.user_id
