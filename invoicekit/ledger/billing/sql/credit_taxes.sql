-- The taxes of an invoice ($invoice) turned round, for a credit note ($note) over all of it.
select $note::bigint as invoice, tax_category, tax_rate, -base as base, -tax as tax, reason
from invoice_taxes
where invoice = $invoice
order by id
