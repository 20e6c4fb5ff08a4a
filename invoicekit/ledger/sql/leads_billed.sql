-- Leads and contacts among the debtors of completed invoices: customers from now on.
select distinct customers.id, 'customer' as kind
from completed_invoices
inner join customers on customers.id = completed_invoices.customer
where customers.kind in ('lead', 'contact')
