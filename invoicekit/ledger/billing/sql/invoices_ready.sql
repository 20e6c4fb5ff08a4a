-- Completed invoices as they are written: final, in the external series, with a due date.
select
    completed.row, completed.kind, 'external' as series, completed.source, completed.source_customer,
    completed.number, completed.customer, completed.billed_for, completed.recorded_for, completed.date,
    coalesce(completed.due_date, terms_due.due_date, completed.date) as due_date,
    completed.currency, completed.net, completed.tax, completed.total, completed.status,
    case when completed.status = 'closed' then coalesce(completed.closed_on, completed.date) end as closed_on,
    completed.subject
from completed_invoices as completed
inner join customers
    on
        customers.id = completed.customer
        -- few: customers.id = completed_invoices.customer
left join terms_due
    on terms_due.date = completed.date and terms_due.terms is not distinct from customers.terms
order by completed.row
