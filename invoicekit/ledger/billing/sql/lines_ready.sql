-- Lines as they are written, each on its document and in its place.
select
    posted.id as invoice,
    row_number() over (partition by posted.id order by lines.place) as position,
    lines.item,
    lines.description,
    case when completed.turned then -lines.quantity else lines.quantity end as quantity,
    lines.unit_price,
    lines.price_per,
    case when completed.turned then -lines.discount else lines.discount end as discount,
    case when completed.turned then -lines.net else lines.net end as net,
    lines.tax_rate
from completed_lines as lines
inner join posted_invoices as posted using (row)
inner join completed_invoices as completed using (row)
order by invoice, position
