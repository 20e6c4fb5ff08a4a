-- Rows of users (incoming_user_rows) with the user of the book each one is: by name, or where it has none by e-mail.
with names as (select name_key(name) as key, min(id) as id from users group by name_key(name)),

mails as (
    select lower(email) as email, min(id) as id
    from users
    where email is not null
    group by lower(email)
    having count(*) = 1
)

select
    rows.*, coalesce(names.id, mails.id) as held,
    case
        when rows.fault is not null then rows.fault
        when coalesce(rows.name, rows.full_name) is null and mails.id is null then 'it has no name'
        when first(rows.line) over same_user <> rows.line then 'it repeats row @' || first(rows.line) over same_user
    end as trouble
from incoming_user_rows as rows
left join names on names.key = name_key(coalesce(rows.name, rows.full_name))
-- A shared address tells nobody apart: it names who has no name here.
left join mails on mails.email = lower(rows.email) and coalesce(rows.name, rows.full_name) is null
window same_user as (partition by coalesce(name_key(coalesce(rows.name, rows.full_name)), lower(rows.email)) order by rows.line)
