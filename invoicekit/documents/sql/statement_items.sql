-- What is open of a customer ($customer), or of a whole tree of them ($customers), as of a day ($as_of): invoices, credit notes, and money
-- that is not applied to any yet.
with items as (
    select
        entries.customer, entries.currency, entries.invoice, case when entries.invoice is null then entries.document end as document,
        case when entries.invoice is null and entries.document is null then entries.payment end as payment,
        sum(entries.amount)::decimal(18, 4) as amount, arg_max(entries.due_date, entries.id) as due_date
    from entries
    where
        entries.customer in (select unnest($customers::bigint[])) and entries.entry_date <= $as_of::date
    group by all
    having sum(entries.amount) <> 0
)

select
    items.currency, invoices.number, coalesce(invoices.date, payments.date) as date, items.due_date,
    case when items.due_date < $as_of::date then $as_of::date - items.due_date end as days_late, items.amount,
    case when items.customer <> $customer::bigint then customer_names.name end as customer_name
from items
inner join customer_names on customer_names.id = items.customer
left join invoices on invoices.id = coalesce(items.invoice, items.document)
left join payments on payments.id = items.payment
order by items.currency, date, items.invoice, items.document, items.payment
