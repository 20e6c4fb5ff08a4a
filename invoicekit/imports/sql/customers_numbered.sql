-- Ready rows with an id for each: the book's own, or the next free one; and each parent's id.
with numbered as (
    select *, coalesce(id, $first + row_number() over (partition by id is null order by line) - 1) as record
    from ready_customers
)

select numbered.*, coalesce(parents.record, numbered.parent_id) as parent
from numbered
left join numbered as parents on parents.line = numbered.parent_line
order by numbered.line
