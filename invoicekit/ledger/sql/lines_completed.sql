-- Incoming lines with their net: quantity times price, rounded to the currency's digits (EN 16931, BT-131).
-- Products are worked out with 38 digits: the engine's own choice would overflow at a million.
select
    lines.row, lines.item, lines.description, lines.quantity, lines.unit_price, lines.tax_rate,
    coalesce(
        lines.net,
        rounded(coalesce(lines.quantity, 1)::decimal(38, 6) * lines.unit_price, invoices.currency)
    ) as net,
    lines.place
from incoming_lines as lines
inner join incoming_invoices as invoices using (row)
