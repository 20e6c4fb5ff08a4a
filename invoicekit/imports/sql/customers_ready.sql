-- Matched rows as they are to be written: name answered for, parent found.
with answered as (
    select
        matched.* replace (
            case
                when question is not null and $same_names = 'separate'
                    then display_name || ' (' || coalesce(external_id, (line % 1000000000)::varchar) || ')'
                else display_name
            end as display_name
        )
    from matched_customers as matched
    where question is null or $same_names = 'separate'
),

-- A parent is named by its number or its name, in the file or in the book; numbers first.
parents as (
    select
        answered.line,
        coalesce(
            min(in_file.line) filter (where in_file.external_id = answered.parent),
            min(in_file.line) filter (where in_file.name_key = name_key(answered.parent))
        ) as parent_line,
        coalesce(
            min(in_book.id) filter (where in_book.external_id = answered.parent and coalesce(in_book.source, '') = $source),
            min(in_book.id) filter (where name_key(in_book.display_name) = name_key(answered.parent))
        ) as parent_id
    from answered
    left join (
        select line, external_id, name_key from answered
    ) as in_file
        on in_file.external_id = answered.parent or in_file.name_key = name_key(answered.parent)
    left join customers as in_book
        on in_book.external_id = answered.parent or name_key(in_book.display_name) = name_key(answered.parent)
    where answered.parent is not null
    group by answered.line
)

select
    answered.line, answered.id, answered.namesake, answered.implicit, answered.has_name, answered.display_name,
    parents.parent_line, parents.parent_id, answered.parent as parent_text
from answered
left join parents using (line)
