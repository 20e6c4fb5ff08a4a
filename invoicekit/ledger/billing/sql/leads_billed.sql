-- Leads and contacts among the debtors of documents just posted (posted_invoices: id): customers from now on.
select distinct customers.id, 'customer' as kind
from invoices
inner join posted_invoices as posted
    on
        posted.id = invoices.id
        -- few: invoices.id = posted_invoices.id
inner join customers on customers.id = invoices.customer
where customers.kind in ('lead', 'contact')
