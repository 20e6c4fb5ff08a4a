-- The first row of every key, with the customer of the book it is, and with the name it cannot take without asking:
-- one that another key holds already, in the file or in the book.
with firsts as (
    select * from told_customers
    where standing = 'first' and (line = first_line or not implicit)
),

numbers as (
    select number, min(customer) as id from customer_keys where source = $source group by number
),

names as (
    select
        name_key(display_name) as name_key,
        coalesce(min(id) filter (merged_into is null), min(id)) as id
    from customers
    group by name_key(display_name)
),

in_file as (
    select line, first(line) over same_name as name_line
    from firsts
    window same_name as (partition by name_key order by line)
),

matched as (
    select
        firsts.* exclude (display_name),
        -- A name that an earlier import had to tell apart by the number behind it is the same name.
        case
            when by_number.display_name = firsts.display_name || ' (' || firsts.external_id || ')'
                then by_number.display_name
            else firsts.display_name
        end as display_name,
        case
            when by_number.id is not null then by_number.id
            when firsts.external_id is null then by_name.id
            -- A customer without a number takes that of the first row that bears its name; a second one is a question.
            when by_name.external_id is null and in_file.name_line = firsts.line then by_name.id
        end as id,
        by_number.id is not null and by_number.external_id is distinct from firsts.external_id as is_other_number,
        case when by_number.id is null then by_name.id end as namesake,
        by_name.external_id as namesake_key,
        in_file.name_line
    from firsts
    inner join in_file using (line)
    left join numbers on numbers.number = firsts.external_id
    left join customers as by_number on by_number.id = numbers.id
    left join names on names.name_key = firsts.name_key
    left join customers as by_name on by_name.id = names.id
)

select
    *,
    case
        when id is null and namesake is not null
            then 'customer ' || coalesce(namesake_key, '') || ' of the book has the same name, "' || display_name || '"'
        when id is null and name_line <> line
            then 'row @' || name_line || ' has the same name, "' || display_name || '", with another number'
    end as question
from matched
