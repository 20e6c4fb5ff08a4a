-- The work on a matter ($matter) that is billable and neither billed nor written off, oldest first.
select
    activities.id, activities.date, users.name as worked_by, activities.kind, activities.description,
    hours(activities.billed) as hours_billed, activities.amount, matters.currency, activities.invoice as draft
from activities
inner join matters on matters.id = activities.matter
left join users on users.id = activities.worked_by
left join invoices on invoices.id = activities.invoice
where
    activities.matter = $matter and activities.billable and activities.written_off_on is null
    and coalesce(invoices.status, 'draft') = 'draft'
order by activities.date, activities.id
