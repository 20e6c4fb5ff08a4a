-- Payments, as a person reads them.
select
    payments.id, payments.date, customer_names.name as customer, payments.method, coalesce(payments.reference, payments.invoice_number) as document,
    payments.currency, payments.operation, operations.recorded_at, operations.actor
from payments
inner join customer_names on customer_names.id = payments.customer
inner join operations on operations.id = payments.operation
