-- title: Payment register
-- question: What came in, what did it settle, and what of it waits?
-- parameter: as_of date = current_date | Last day; what was paid, applied or bounced after it is left out.
-- parameter: since date = null | First day; from the beginning where none is given.
-- column: record | Number of the record among the payments.
-- column: date | Day the money came in.
-- column: customer_id | Number of who paid.
-- column: customer | Its name; "(inactive)" follows where it is.
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: method | How it was paid.
-- column: reference | What the payer wrote, or the invoice it named.
-- column: amount | How much came in; negative for money sent back.
-- column: applied | What of it settles invoices, of whomever.
-- column: sent_back | What of it was sent back to the customer.
-- column: bounced | What the bank took back.
-- column: unapplied | What of it waits for an invoice.
-- chart: customer: applied, unapplied
-- explain: unapplied = posted(entries) by record where step.waits
-- explain: applied = posted(entries) by record where not step.waits
-- identity: sum(amount - bounced) = sum(balances.paid); -sum(unapplied) = sum(open_items.amount) of payments
with received as (
    select *
    from payments
    where
        date <= $as_of and ($since is null or date >= $since)
        -- only: customer; currency
),

posted as (
    select entries.id, entries.payment as record, entries.invoice is null as waits, -entries.amount as amount
    from entries
    inner join received on received.id = entries.payment
    where entries.entry_date <= $as_of
),

sums as (
    select
        record,
        coalesce(sum(amount) filter (where waits), 0)::decimal(18, 4) as unapplied,
        coalesce(sum(amount) filter (where not waits), 0)::decimal(18, 4) as applied
    from posted
    group by record
),

told as (
    select
        received.*, coalesce(sums.applied, 0)::decimal(18, 4) as applied, coalesce(sums.unapplied, 0)::decimal(18, 4) as unapplied,
        case when received.bounced_on <= $as_of then received.amount else 0 end::decimal(18, 4) as bounced
    from received
    left join sums on sums.record = received.id
)

select
    told.id as record,
    told.date,
    told.customer as customer_id,
    customer_names.name as customer,
    told.currency,
    told.method,
    coalesce(told.reference, told.invoice_number) as reference,
    told.amount,
    told.applied,
    (told.amount - told.applied - told.unapplied - told.bounced)::decimal(18, 4) as sent_back,
    told.bounced,
    told.unapplied
from told
inner join customer_names on customer_names.id = told.customer
order by told.date, told.id
