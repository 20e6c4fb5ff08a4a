-- The lines of an invoice ($invoice) with what of each can still be credited: counted and left are pieces without a sign.
with credited as (
    select lines.credits as position, -sum(lines.quantity)::decimal(18, 6) as quantity
    from invoice_lines as lines
    inner join invoices as notes on notes.id = lines.invoice
    where notes.corrects = $invoice and notes.kind = 'credit_note' and lines.credits is not null
    group by lines.credits
)

select
    lines.*, case when coalesce(lines.quantity, 1) < 0 then -1 else 1 end as sign,
    case when covered_by is not null then 1 else abs(coalesce(lines.quantity, 1)) end::decimal(18, 6) as counted,
    greatest(
        case when covered_by is not null then 1 else abs(coalesce(lines.quantity, 1)) end - abs(coalesce(credited.quantity, 0)), 0
    )::decimal(18, 6) as left_quantity,
    case when covered_by is not null then 1 else abs(coalesce(lines.quantity, 1)) end > abs(coalesce(credited.quantity, 0)) as left_units
from invoice_lines as lines
left join credited using (position)
where lines.invoice = $invoice
order by position
