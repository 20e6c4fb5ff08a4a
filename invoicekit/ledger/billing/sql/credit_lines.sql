-- The lines of an invoice ($invoice) turned round, for a credit note ($note) over all of it.
select
    $note::bigint as invoice, position, item, description, -coalesce(quantity, 1) as quantity, unit_price, price_per, -discount as discount,
    -net as net, -gross as gross, tax_category, tax_rate, activity, recorded, -realised as realised, covered_by, position as credits
from invoice_lines
where invoice = $invoice
order by position
