-- The work that a credit note ($note) credits, and whether its line is credited whole by now, with the notes before it.
with note as (select id, corrects from invoices where id = $note),

credited as (
    select lines.credits as position, sum(abs(coalesce(lines.quantity, 1))) as quantity
    from invoice_lines as lines
    inner join invoices as notes on notes.id = lines.invoice
    inner join note on note.corrects = notes.corrects
    where notes.number is not null or notes.id = note.id
    group by lines.credits
)

select
    lines.id as line, lines.activity, activity_name(activities.id, activities.date, activities.description) as name,
    lines.covered_by is not null or credited.quantity >= abs(coalesce(billed.quantity, 1)) as whole
from invoice_lines as lines
inner join note on note.id = lines.invoice
inner join activities on activities.id = lines.activity and activities.invoice = note.corrects
inner join invoice_lines as billed on billed.invoice = note.corrects and billed.position = lines.credits
left join credited on credited.position = lines.credits
order by lines.activity
