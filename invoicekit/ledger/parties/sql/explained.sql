-- Every posting behind what a customer ($customer), or it and everybody below it ($tree), owes as of a day ($as_of), oldest first, with the
-- balance each leads to.
with recursive below as (
    select $customer::bigint as id, 0 as steps
    union all
    select customers.id, below.steps + 1
    from below
    inner join customers on customers.parent = below.id
    where $tree and below.steps <= 5
)

select
    entries.id, entries.entry_date as date, customer_names.name as customer, entries.kind,
    coalesce(documents.number, case when entries.payment is not null then coalesce(payments.reference, 'payment ' || entries.payment) end,
        allocations.reason) as document,
    invoices.number as invoice, entries.due_date, entries.currency, entries.amount,
    (sum(entries.amount) over (partition by entries.currency order by entries.entry_date, entries.id))::decimal(18, 4) as balance,
    entries.operation, operations.recorded_at, operations.actor
from entries
inner join below on below.id = entries.customer
inner join customer_names on customer_names.id = entries.customer
inner join operations on operations.id = entries.operation
left join invoices as documents on documents.id = entries.document
left join invoices on invoices.id = entries.invoice
left join payments on payments.id = entries.payment
left join allocations on allocations.id = entries.allocation
where entries.entry_date <= $as_of::date
order by entries.currency, entries.entry_date, entries.id
