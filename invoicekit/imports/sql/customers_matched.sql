-- The first row of every key, with the customer of the book it is, and with the name it cannot take without asking:
-- one that another key holds already, in the file or in the book.
with firsts as (
    select * from told_customers
    where standing = 'first' and (line = first_line or not implicit)
),

by_key as (
    select firsts.line, customers.id
    from firsts
    inner join customers on customers.external_id = firsts.external_id and coalesce(customers.source, '') = $source
),

by_name as (
    select firsts.line, customers.id, customers.external_id, customers.display_name
    from firsts
    inner join customers on name_key(customers.display_name) = firsts.name_key
    where firsts.line not in (select line from by_key)
),

in_file as (
    select line, first(line) over same_name as name_line
    from firsts
    window same_name as (partition by name_key order by line)
),

matched as (
    select
        firsts.*,
        coalesce(
            by_key.id,
            case when firsts.external_id is null or by_name.external_id is null then by_name.id end
        ) as id,
        by_name.id as namesake,
        by_name.external_id as namesake_key,
        in_file.name_line
    from firsts
    inner join in_file using (line)
    left join by_key using (line)
    left join by_name using (line)
),

-- A name that an earlier import had to tell apart by the number behind it is the same name.
told_apart as (
    select
        matched.* replace (
            case
                when held.display_name = matched.display_name || ' (' || matched.external_id || ')'
                    then held.display_name
                else matched.display_name
            end as display_name
        )
    from matched
    left join customers as held using (id)
)

select
    *,
    case
        when id is null and namesake is not null
            then 'customer ' || coalesce(namesake_key, '') || ' of the book has the same name, "' || display_name || '"'
        when id is null and name_line <> line
            then 'row ' || (name_line % 1000000000) || ' has the same name, "' || display_name || '", with another number'
    end as question
from told_apart
