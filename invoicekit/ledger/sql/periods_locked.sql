-- Every lock of the book, as far as known ($until): its date, the operation that set it, who and when, and whether it holds.
with versions as (
    select operation, name, value, null::bigint as ended_by from book.main.settings where operation <= $until
    union all
    select operation, name, value, case when ended_by <= $until then ended_by end from book.history.settings where operation <= $until
)

select
    versions.value::date as lock_date, operations.id as operation, operations.recorded_at as locked_at, operations.actor,
    versions.ended_by is null as holds
from versions
inner join book.main.operations on operations.id = versions.operation
where versions.name = 'lock_date' and versions.value is not null
order by operations.id
