-- The work that a credit note ($note) credits, and whether all of its line.
select
    lines.activity, activity_name(activities.id, activities.date, activities.description) as name,
    abs(coalesce(lines.quantity, 1)) = case when billed.covered_by is not null then 1 else abs(coalesce(billed.quantity, 1)) end
    or lines.covered_by is not null as whole
from invoice_lines as lines
inner join invoices as notes on notes.id = lines.invoice
inner join activities on activities.id = lines.activity
inner join invoice_lines as billed on billed.invoice = notes.corrects and billed.position = lines.credits
where lines.invoice = $note and activities.invoice = notes.corrects
order by lines.activity
