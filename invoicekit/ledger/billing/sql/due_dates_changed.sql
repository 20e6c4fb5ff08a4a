-- Invoices among those posted onto (posted_late) whose due date was changed on a later day.
select entries.invoice
from entries
inner join posted_late on posted_late.invoice = entries.invoice
where
    entries.kind = 'due_date' and entries.entry_date > posted_late.entry_date
    -- few: entries.invoice = posted_late.invoice
limit 1
