-- Worked out lines as they are written, each on its document and in its place.
select
    written.id as invoice, row_number() over (partition by written.id order by lines.place) as position, lines.item, lines.description,
    lines.quantity, lines.unit_price, lines.price_per, lines.discount, coalesce(parts.net, 0)::decimal(18, 4) as net, parts.gross,
    lines.tax_category, lines.tax_rate, lines.tax_said, lines.activity, lines.recorded, lines.realised, lines.covered_by, lines.write_reason, lines.credits, lines.frees_work
from worth_lines as lines
inner join written using (row)
left join worked_parts as parts on parts.row = lines.row and parts.part = 'line' and parts.place = lines.place
order by invoice, position
