-- The discounts and charges of an invoice ($invoice) turned round, for a credit note ($note) over all of it.
select
    $note::bigint as invoice, position, kind, reason, percent, -amount as amount, -gross as gross, tax_category, tax_rate
from invoice_adjustments
where invoice = $invoice
order by position
