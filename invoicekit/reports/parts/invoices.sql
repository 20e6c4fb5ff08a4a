-- Invoices and credit notes, as a person reads them.
select
    invoices.id, invoices.date, customer_names.name as customer, invoices.kind, invoices.number as document,
    invoices.due_date, invoices.currency, invoices.status, invoices.operation, operations.recorded_at, operations.actor
from invoices
inner join customer_names on customer_names.id = invoices.customer
inner join operations on operations.id = invoices.operation
