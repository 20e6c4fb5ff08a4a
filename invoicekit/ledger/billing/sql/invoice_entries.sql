-- What issued documents post: an invoice opens its own item, a credit note is money not yet applied.
select
    invoices.customer, invoices.billed_for,
    case when invoices.kind = 'invoice' then invoices.id end as invoice,
    invoices.id as document,
    invoices.kind, invoices.date as entry_date,
    case when invoices.kind = 'invoice' then invoices.date end as invoice_date,
    case when invoices.kind = 'invoice' then invoices.due_date end as due_date,
    invoices.currency, (invoices.total + coalesce(invoices.rounding, 0))::decimal(18, 4) as amount
from invoices
inner join posted_invoices as posted
    on
        posted.id = invoices.id
        -- few: invoices.id = posted_invoices.id
order by invoices.id
