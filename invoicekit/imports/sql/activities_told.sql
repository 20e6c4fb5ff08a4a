-- Rows of activities (incoming_activity_rows) with the matter and the client each one means, and the key that tells
-- it from one that was imported before: its own number, or else what it says and how often the file says so.
with numbers as (select number, min(id) as id from matters where number is not null group by number),

titles as (select name_key(title) as title_key, min(id) as id, count(*) as bearers from matters group by name_key(title)),

found as (
    select
        rows.* exclude (matter, customer, worked_by),
        rows.worked_by as worked_by_named, users_meant.id as worked_by,
        rows.matter as matter_named, rows.customer as client_named,
        coalesce(numbers.id, case when titles.bearers = 1 then titles.id end) as matter,
        coalesce(titles.bearers, 0) as bearers,
        clients_meant.customer
    from incoming_activity_rows as rows
    left join numbers on numbers.number = rows.matter
    left join titles on titles.title_key = name_key(rows.matter)
    left join clients_meant using (line)
    left join users_meant on users_meant.named = rows.worked_by
),

keyed as (
    select
        *,
        coalesce(external_id, concat_ws(' ', date, kind, worked_by_named, worked, quantity, rate, amount, md5(description))) as said,
        external_id is not null as is_numbered
    from found
)

select
    keyed.* replace (
        case
            when is_numbered then external_id
            else said || ' #' || row_number() over (partition by matter, said order by line)
        end as external_id
    ),
    first(line) over alike as first_line,
    case
        when fault is not null then fault
        when matter_named is null then 'it names no matter'
        when matter is null and bearers > 1
            then bearers || ' matters are called "' || matter_named || '": give the number of the one that is meant'
        when matter is null
            then 'there is no matter "' || matter_named || '" in the file or in the book; import the matters first'
        when customer is null and client_named is not null
            then 'there is no customer "' || client_named || '" in the file or in the book; import the customers first'
        when is_numbered and first(line) over alike <> line
            then 'row @' || first(line) over alike || ' has the same activity number ' || external_id
    end as trouble
from keyed
window alike as (partition by matter, said order by line)
