-- An operation ($operation) and, where it is an undo, what it took back, and what that took back.
with recursive turns as (
    select kind, undoes from operations where id = $operation
    union all
    select operations.kind, operations.undoes
    from turns
    inner join operations on operations.id = turns.undoes
)

select kind from turns
