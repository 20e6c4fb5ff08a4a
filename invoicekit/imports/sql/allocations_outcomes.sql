-- What became of every row of allocations.
select line, 'allocations' as "table", 'rejected' as outcome, null::bigint as record, trouble as reason
from told_allocations
where trouble is not null
union all
select line, 'allocations', 'unchanged', held, null from told_allocations where trouble is null and held is not null
union all
select row, 'allocations', 'rejected', null, first(problem || ' ' || hint) from refused group by row
union all
select line, 'allocations', 'created', null, null
from told_allocations
where trouble is null and held is null and line not in (select row from refused)
