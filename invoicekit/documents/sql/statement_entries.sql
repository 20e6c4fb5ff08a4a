-- What happened on the account of a customer ($customer), or of a whole tree of them ($customers), up to a day ($as_of): what one
-- document or payment posted on a day is one line, and what only moves money from one of its places to another is none.
with dated as (
    select
        entries.*, entries.kind in ('allocation', 'write_off') as settles,
        case when settles then entries.allocation end as step
    from entries
    where
        entries.customer in (select unnest($customers::bigint[])) and entries.entry_date <= $as_of::date and entries.kind <> 'due_date'
),

posted as (
    select
        case when len($customers::bigint[]) = 1 then customer end as customer, any_value(customer) as somebody, currency, entry_date as date, kind, step,
        case when not settles then document end as document,
        case when not settles then payment end as payment,
        sum(amount)::decimal(18, 4) as amount, min(id) as first
    from dated
    group by all
    having sum(amount) <> 0
)

select
    posted.currency, posted.date, posted.kind,
    coalesce(documents.number, settled.number, payments.reference, payments.invoice_number) as number, posted.amount,
    case when posted.somebody <> $customer::bigint then customer_names.name end as customer_name
from posted
inner join customer_names on customer_names.id = posted.somebody
left join invoices as documents on documents.id = posted.document
left join allocations on allocations.id = posted.step
left join invoices as settled on settled.id = allocations.invoice
left join payments on payments.id = posted.payment
order by posted.currency, posted.date, posted.first
