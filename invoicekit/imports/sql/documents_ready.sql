-- Sound documents as the ledger wants them, with the customer found and the currency filled in.
with sound as (
    select invoice_rows.*
    from invoice_rows
    inner join told_documents on told_documents.document = invoice_rows.line
    where told_documents.fault is null
),

found as (
    select sound.*, customers_meant.id as customer_id
    from sound
    left join customers_meant using (line)
)

select
    found.line as row, null::bigint as id, found.kind, null::varchar as series, $source as source,
    found.who as source_customer, found.number, found.customer_id as customer, null::bigint as billed_for,
    null::bigint as matter, null::bigint as corrects, found.date, found.due_date,
    coalesce(found.currency, customers.currency, $currency) as currency,
    found.net, found.tax, found.total, found.status, found.closed_on, found.subject
from found
left join customers on customers.id = found.customer_id
order by found.line
