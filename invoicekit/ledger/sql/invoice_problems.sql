-- What is wrong with invoices about to be recorded (completed_invoices).
with problems as (
    select
        row, 'customer' as field, customer::varchar as value, 'unknown customer' as code, 1 as rank,
        'There is no customer ' || coalesce(customer::varchar, '') || ' to bill.' as problem,
        'Add the customer first.' as hint
    from completed_invoices
    where customer is null or customer not in (select id from customers)

    union all
    select
        row, 'total', null, 'no total', 2,
        'Invoice ' || number || ' has no amount.',
        'Give its total, or lines with a price.'
    from completed_invoices
    where total is null

    union all
    select
        row, 'status', status, 'draft', 3,
        'Invoice ' || number || ' is a draft: it was never issued.',
        'Issue it where it was written, or leave it out.'
    from completed_invoices
    where status = 'draft'

    union all
    select
        new.row, 'number', new.number, 'number taken', 4,
        'Customer ' || customers.display_name || ' holds an invoice ' || new.number || ' already (record ' || old.id || ').',
        'Undo what recorded that one, or correct the number.'
    from completed_invoices as new
    inner join invoices as old
        on
            old.series = 'external' and old.number = new.number
            and old.source = new.source and old.source_customer = new.source_customer
    inner join customers on customers.id = old.customer
)

select row, field, value, code, problem, hint
from problems
order by row, rank
