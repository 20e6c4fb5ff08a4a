-- Which activities (touched_activities: id, day) something cannot happen to on its day: it is before the work itself,
-- before what happened to it last, or locked.
with last as (
    select entries.activity, max(entries.entry_date) as day
    from wip_entries as entries
    inner join touched_activities as touched on touched.id = entries.activity
    where entries.event not in ('recorded', 'edited') or entries.entry_date > entries.work_date
    group by entries.activity
),

lock as (select max(value::date) as lock_date from settings where name = 'lock_date')

select
    case when touched.day <= lock.lock_date then 'locked' else 'too early' end as code,
    'This cannot happen on ' || touched.day || ': '
    || case
        when touched.day <= lock.lock_date then 'the book is locked up to ' || lock.lock_date || '.'
        when touched.day < activities.date
            then activity_name(activities.id, activities.date, activities.description) || ' was done later.'
        else
            activity_name(activities.id, activities.date, activities.description)
            || ' was moved, billed or given up on ' || last.day || ', after that.'
    end as problem,
    'Give a later day.' as hint
from activities
inner join touched_activities as touched using (id)
left join last on last.activity = activities.id
cross join lock
where touched.day < activities.date or touched.day < last.day or touched.day <= lock.lock_date
order by activities.id
