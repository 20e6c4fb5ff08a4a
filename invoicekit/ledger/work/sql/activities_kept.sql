-- Which of the activities that are to be taken out (chosen_activities: id) have to stay: their day is locked, or an issued
-- document names them.
with lock as (select max(value::date) as lock_date from settings where name = 'lock_date')

select
    case when activities.date <= lock.lock_date then 'locked' else 'issued' end as code,
    activity_name(activities.id, activities.date, activities.description)
    || case
        when activities.date <= lock.lock_date
            then ' cannot be taken out: the book is locked up to ' || lock.lock_date || '. Write it off instead.'
        else ' cannot be taken out: ' || invoices.number || ' names it. Write it off instead.'
    end as problem
from activities
inner join chosen_activities using (id)
cross join lock
left join invoice_lines on invoice_lines.activity = activities.id
left join invoices on invoices.id = invoice_lines.invoice
where activities.date <= lock.lock_date or invoices.id is not null
order by activities.id, invoices.id
limit 1
