-- Matched rows as they are to be written: name answered for, parent found.
with answered as (
    select
        matched.* replace (
            case
                when question is not null and $same_names = 'separate'
                    then display_name || ' (' || coalesce(external_id, (line % 1000000000)::varchar) || ')'
                else display_name
            end as display_name
        ),
        name_key(parent) as parent_key
    from matched_customers as matched
    where not is_other_number and (question is null or $same_names = 'separate')
),

-- A parent is named by its number or its name, in the file or in the book; numbers first.
file_numbers as (
    select number, min(line) as line, min(id) as id
    from (
        select external_id as number, line, null::bigint as id from answered where external_id is not null
        union all
        select external_id, case when namesake is null then name_line end, namesake
        from matched_customers
        where question is not null and $same_names = 'same' and external_id is not null
    )
    group by number
),

book_numbers as (
    select number, min(customer) as id from customer_keys where source = $source group by number
),

file_names as (select name_key, min(line) as line from answered group by name_key),

book_names as (
    select name_key(display_name) as name_key, coalesce(min(id) filter (merged_into is null), min(id)) as id
    from customers
    group by name_key(display_name)
),

-- Whoever was merged into another: its sub-customers stand under that one.
merged as (select id, merged_into from customers where merged_into is not null),

found as (
    select
        answered.line, answered.id, answered.namesake, answered.implicit, answered.has_name, answered.display_name,
        answered.parent as parent_text,
        case
            when file_numbers.line is not null then file_numbers.line
            when file_numbers.id is null and book_numbers.id is null then file_names.line
        end as parent_line,
        case
            when file_numbers.line is not null then null
            when file_numbers.id is not null then file_numbers.id
            when book_numbers.id is not null then coalesce(number_merged.merged_into, book_numbers.id)
            when file_names.line is null then coalesce(name_merged.merged_into, book_names.id)
        end as parent_id
    from answered
    left join file_numbers on file_numbers.number = answered.parent
    left join book_numbers on book_numbers.number = answered.parent
    left join file_names on file_names.name_key = answered.parent_key
    left join book_names on book_names.name_key = answered.parent_key
    left join merged as number_merged on number_merged.id = book_numbers.id
    left join merged as name_merged on name_merged.id = book_names.id
)

-- A parent that is the customer itself by now, since the two became one, is none.
select
    * replace (
        case when parent_id = id then null else parent_text end as parent_text,
        case when parent_id = id then null else parent_id end as parent_id
    )
from found
