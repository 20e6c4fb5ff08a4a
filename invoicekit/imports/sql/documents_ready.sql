-- Sound documents as the ledger wants them, with the customer found, the currency filled in, and amounts in the
-- currency's digits.
with currencies as (
    -- A sign beside one amount of a document speaks for all of it.
    select document, any_value(currency) as currency from invoice_rows where currency is not null group by document
),

sound as (
    select invoice_rows.* replace (coalesce(invoice_rows.currency, currencies.currency) as currency)
    from invoice_rows
    left join currencies using (document)
    inner join told_documents on told_documents.document = invoice_rows.line
    where told_documents.fault is null
),

found as (
    select
        sound.* exclude (currency), customers_meant.id as customer_id, customers_meant.party,
        coalesce(sound.currency, held.currency, customers.currency, $currency) as currency
    from sound
    left join customers_meant using (line)
    -- What a merged client's invoices are in is its own affair, not that of the customer it was merged into.
    left join customers on customers.id = customers_meant.party
    left join held_already as held using (line)
)

select
    line as row, null::bigint as id, kind, null::varchar as series, $source as source, who as source_customer, number,
    customer_id as customer, null::bigint as billed_for, party as recorded_for, null::bigint as matter, null::bigint as corrects, date, due_date,
    currency, rounded(net, currency) as net, rounded(tax, currency) as tax, rounded(total, currency) as total, status,
    closed_on, subject
from found
order by line
