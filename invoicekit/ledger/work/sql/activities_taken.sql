-- Which of some activities (chosen_activities: id) cannot be changed, and why: a draft reserves them, an invoice bills them,
-- or they were written off.
select
    activities.id as activity,
    activity_name(activities.id, activities.date, activities.description)
    || case
        when activities.written_off_on is not null then ' was written off on ' || activities.written_off_on
        when invoices.status = 'draft' then ' is reserved by the draft ' || invoices.id || ' for ' || customers.display_name
        else ' is billed on ' || invoices.number || ' of ' || invoices.date
    end as reason,
    case
        when activities.written_off_on is not null then 'restore it first (book.activities.restore)'
        when invoices.status = 'draft' then 'delete the draft first (book.invoices.delete_draft(' || invoices.id || '))'
        else 'a credit note that frees its work makes it unbilled again'
    end as hint
from activities
inner join chosen_activities using (id)
left join invoices on invoices.id = activities.invoice
left join customers on customers.id = invoices.customer
where activities.invoice is not null or activities.written_off_on is not null
order by activities.id
