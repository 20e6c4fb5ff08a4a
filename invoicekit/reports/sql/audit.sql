-- title: Audit trail
-- question: Who did what to the book, and when?
-- parameter: as_of date = current_date_utc | Last day on which it was recorded (UTC).
-- parameter: since date = null | First day; from the beginning where none is given.
-- parameter: by choice(operation, actor, kind, day) = operation | Each by itself, or counted.
-- if by is operation
-- column: operation | Its number: book.undo takes it back, book.at shows the book as it was known after it.
-- column: recorded_at | When it was committed, in UTC.
-- column: actor | Who did it.
-- column: kind | What was done, in two words.
-- column: summary | What was done, in a line.
-- column: undoes | The operation it took back.
-- column: undone_by | The operation that took it back.
-- end
-- if by is actor, kind, day
-- column: {by} | Who did it, what was done, or on which day.
-- end
-- measure: operations | How many.
-- if by is operation, actor
-- chart: actor: operations [operations]
-- end
-- if by is kind, day
-- chart: {by}: operations [operations]
-- end
-- identity: sum(operations) is the number of operations of these days
with recorded as (
    select
        operations.id as operation, operations.recorded_at, operations.recorded_at::date as day, operations.actor, operations.kind,
        operations.summary, operations.undoes, undone.undone_by
    from operations
    left join undone_operations as undone on undone.operation = operations.id
    where operations.recorded_at::date <= $as_of and ($since is null or operations.recorded_at::date >= $since)
)

select
-- if by is operation
    operation, recorded_at, actor, kind, summary, undoes, undone_by, 1::decimal(18, 4) as operations
-- end
-- if by is actor, kind, day
    {by}, count(*)::decimal(18, 4) as operations
-- end
from recorded
-- if by is actor, kind, day
group by {by}
order by operations desc, {by}
-- end
-- if by is operation
order by operation
-- end
