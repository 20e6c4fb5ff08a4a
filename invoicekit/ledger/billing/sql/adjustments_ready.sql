-- Worked out discounts and charges as they are written.
select
    written.id as invoice, adjustments.position, adjustments.kind, adjustments.reason, adjustments.percent, parts.net as amount, parts.gross,
    adjustments.tax_category, adjustments.tax_rate, adjustments.given, adjustments.given_amount, adjustments.of_all
from worth_adjustments as adjustments
inner join written using (row)
inner join worked_parts as parts on parts.row = adjustments.row and parts.part = 'adjustment' and parts.place = adjustments.position
order by invoice, position
