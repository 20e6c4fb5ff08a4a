-- Incoming lines with their net, where it is not stated.
select
    lines.row, lines.item, lines.description, lines.quantity, lines.unit_price, lines.price_per, lines.discount, lines.tax_rate,
    coalesce(
        lines.net,
        line_worth(lines.quantity, lines.unit_price, lines.price_per, coalesce(lines.discount, 0), digits(invoices.currency))
    ) as net,
    lines.place
from incoming_lines as lines
inner join incoming_invoices as invoices using (row)
