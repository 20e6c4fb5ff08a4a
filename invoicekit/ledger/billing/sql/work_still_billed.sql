-- The work that an invoice ($invoice) still bills, with what credit notes left of what it was billed at.
with credited as (
    select lines.credits as position, sum(coalesce(lines.realised, lines.net))::decimal(18, 4) as worth
    from invoice_lines as lines
    inner join invoices as notes on notes.id = lines.invoice
    where notes.corrects = $invoice and notes.number is not null and lines.activity is not null
    group by lines.credits
)

select
    lines.position, lines.activity, lines.description, lines.recorded,
    (coalesce(lines.realised, lines.net) + coalesce(credited.worth, 0))::decimal(18, 4) as worth
from invoice_lines as lines
inner join activities on activities.id = lines.activity and activities.invoice = $invoice
left join credited using (position)
where lines.invoice = $invoice
order by lines.position
