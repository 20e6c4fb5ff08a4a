-- What is not credited yet of each tax group of an invoice ($invoice), without tax and with it.
with notes as (
    select id from invoices where corrects = $invoice and kind = 'credit_note' and number is not null
)

select
    tax_category, tax_rate, sum(base)::decimal(18, 4) as base, sum(tax)::decimal(18, 4) as tax,
    sum(base + tax)::decimal(18, 4) as whole
from invoice_taxes
where
    (invoice = $invoice or invoice in (select id from notes))
    and exists (select 1 from invoice_taxes as own where own.invoice = $invoice)
group by tax_category, tax_rate
order by tax_rate desc, tax_category
