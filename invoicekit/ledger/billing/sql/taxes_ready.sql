-- Worked out taxes as they are written.
select written.id as invoice, tax_category, tax_rate, base, tax, reason
from worked_taxes
inner join written using (row)
order by invoice, tax_rate desc, tax_category
