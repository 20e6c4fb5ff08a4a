-- Which of some activities (chosen_activities: id) were not written off, and so cannot be restored.
select
    activities.id as activity,
    activity_name(activities.id, activities.date, activities.description) || ' was not written off' as reason,
    'write it off first' as hint
from activities
inner join chosen_activities using (id)
where activities.written_off_on is null
order by activities.id
