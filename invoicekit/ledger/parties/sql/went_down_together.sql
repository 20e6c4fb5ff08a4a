-- The customers that became inactive in the same operation as this one, itself among them, and are so still. An undo that
-- made them inactive again is not the operation that did.
with versions as (
    select id, operation, inactive_since from book.main.customers
    union all
    select id, operation, inactive_since from book.history.customers
),

turns as (
    select id, operation
    from (
        select
            id, operation, inactive_since,
            lag(inactive_since) over (partition by id order by operation) as earlier
        from versions
    )
    where inactive_since is not null and earlier is null
),

last_turns as (
    select turns.id, max(turns.operation) as operation
    from turns
    inner join operations on operations.id = turns.operation
    where operations.undoes is null
    group by turns.id
)

select together.id
from last_turns as mine
inner join last_turns as together using (operation)
inner join customers on customers.id = together.id
where mine.id = $customer and customers.inactive_since is not null
order by together.id
