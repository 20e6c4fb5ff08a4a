-- What became of every row of activities.
select line, 'activities' as "table", 'rejected' as outcome, null::bigint as record, trouble as reason
from told_activities
where trouble is not null
union all
select
    line, 'activities', case when difference is null then 'unchanged' else 'rejected' end, id,
    difference || '; undo its import, or change it there'
from held_activities
union all
select row, 'activities', 'rejected', null, first(problem || ' ' || hint) from refused group by row
union all
select
    new.row, 'activities', 'created', new.id,
    case when told.line <> told.first_line
        then 'it repeats row @' || told.first_line || ' to the letter: twice real, or one too many? plan.repeats("once")'
    end
from new_activities as new
inner join told_activities as told on told.line = new.row
union all
select line, 'activities', 'skipped', null, 'it repeats row @' || first_line
from told_activities
where trouble is null and line <> first_line and $once and line not in (select line from held_activities)
