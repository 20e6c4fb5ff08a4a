-- Which operation was taken back by which. An undo may itself be undone, and that again: along the chain of the
-- latest undos, every second operation stands.
with recursive latest as (
    select undoes as operation, max(id) as undone_by
    from operations
    where undoes is not null
    group by undoes
),

chains as (
    select operation, undone_by, undone_by as tip, 1 as length from latest
    union all
    select chains.operation, chains.undone_by, latest.undone_by, chains.length + 1
    from chains
    inner join latest on latest.operation = chains.tip
)

select operation, undone_by
from chains
group by operation, undone_by
having max(length) % 2 = 1
