-- Incoming lines with their net, where it is not stated. A discount makes a line less, one of a credit note as well, whose
-- quantity is below zero.
with lines as (
    select * replace (case when sign(quantity) * sign(unit_price) < 0 and discount > 0 then -discount else discount end as discount)
    from incoming_lines
)

select
    lines.row, lines.item, lines.description, lines.quantity, lines.unit_price, lines.price_per, lines.discount, lines.tax_rate,
    coalesce(
        lines.net,
        line_worth(lines.quantity, lines.unit_price, lines.price_per, coalesce(lines.discount, 0), digits(invoices.currency))
    ) as net,
    lines.place
from lines
inner join incoming_invoices as invoices using (row)
