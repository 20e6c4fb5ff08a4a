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

-- By what else somebody said customers are to be found.
alike as (
    select told.line, held.id
    from incoming_customers as told
    inner join customers as held
        on regexp_replace(upper(held.tax_id), '[^A-Z0-9]', '', 'g') = regexp_replace(upper(told.tax_id), '[^A-Z0-9]', '', 'g')
    where $by_tax_id and held.merged_into is null
    union all
    select told.line, held.id
    from incoming_customers as told
    inner join customers as held on lower(held.email) = lower(told.email)
    where $by_email and held.merged_into is null
),

by_key as (
    select line, min(id) as id, count(distinct id) as candidates from alike group by line
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
            when firsts.external_id is null and by_name.id is not null then by_name.id
            when by_name.id is null then case when by_key.candidates = 1 then by_key.id end
            -- A customer without a number takes that of the first row that bears its name; a second one is a question.
            when by_name.external_id is null and in_file.name_line = firsts.line then by_name.id
        end as id,
        case when by_number.id is null and by_name.id is null then coalesce(by_key.candidates, 0) else 0 end as candidates,
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
    left join by_key on by_key.line = firsts.line
)

select
    *,
    first(line) over (partition by id order by line) as line_of_customer,
    case
        when id is null and namesake is not null
            then 'customer ' || coalesce(namesake_key, '') || ' of the book has the same name, "' || display_name || '"'
        when id is null and name_line <> line
            then 'row @' || name_line || ' has the same name, "' || display_name || '", with another number'
    end as question
from matched
