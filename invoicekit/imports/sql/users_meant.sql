-- Whom names of users (users_named: named) mean: the user of that name, or else of that full name or e-mail, if there is one
-- only.
with names as (select name_key(name) as key, min(id) as id from users group by name_key(name)),

others as (
    select key, min(id) as id
    from (
        select name_key(full_name) as key, id from users where full_name is not null
        union
        select name_key(email), id from users where email is not null
    )
    group by key
    having count(*) = 1
)

select users_named.named, coalesce(names.id, others.id) as id
from users_named
left join names on names.key = name_key(users_named.named)
left join others on others.key = name_key(users_named.named)
