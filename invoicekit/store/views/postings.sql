-- Postings, as a person reads them.
select
    entries.id, entries.entry_date as date, entries.customer as customer_id, customer_names.name as customer, entries.kind,
    coalesce(
        documents.number, case when entries.payment is not null then coalesce(payments.reference, 'payment ' || entries.payment) end,
        allocations.reason
    ) as document,
    invoices.number as invoice, entries.due_date, entries.currency, entries.amount,
    entries.operation, operations.recorded_at, operations.actor
from entries
inner join customer_names on customer_names.id = entries.customer
inner join operations on operations.id = entries.operation
left join invoices as documents on documents.id = entries.document
left join invoices on invoices.id = entries.invoice
left join payments on payments.id = entries.payment
left join allocations on allocations.id = entries.allocation
