-- What write-offs (new_allocations) post: off the invoice, on their day.
select
    invoices.customer, invoices.billed_for, invoices.id as invoice, allocations.id as allocation, 'write_off' as kind,
    allocations.date as entry_date, invoices.date as invoice_date, invoices.due_date, allocations.currency,
    (-allocations.amount)::decimal(18, 4) as amount
from allocations
inner join new_allocations
    on
        new_allocations.id = allocations.id
        -- few: allocations.id = new_allocations.id
inner join invoices
    on
        invoices.id = allocations.invoice
        -- few: invoices.id = new_allocations.invoice
order by allocations.id
