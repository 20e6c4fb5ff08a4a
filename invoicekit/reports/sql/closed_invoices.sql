-- title: Closed invoices
-- question: Which invoices were set aside as needing no more attention, and is anything still owed on them?
-- parameter: as_of date = current_date | Business date; what was closed or posted after it is left out.
-- parameter: since date = null | Only what was closed from then on.
-- column: customer_id | Number of the customer.
-- column: customer | Its name; "(inactive)" follows where it is.
-- column: record | Number of the record among the invoices.
-- column: number | Number as printed.
-- column: kind | invoice or credit_note.
-- column: date | Day of issue.
-- column: due_date | Day it falls due.
-- column: closed_on | Day it was closed.
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: total | What it came to.
-- column: still_owed | What is still open on it: closed is not the same as paid.
-- chart: customer: total
-- explain: still_owed = posted(entries) by record
-- identity: sum(still_owed) is the part of open_items.amount that stands on closed invoices
with
-- include: owed

select
    invoices.customer as customer_id,
    customer_names.name as customer,
    invoices.id as record,
    invoices.number,
    invoices.kind,
    invoices.date,
    invoices.due_date,
    invoices.closed_on,
    invoices.currency,
    invoices.total,
    coalesce(owed.amount, 0)::decimal(18, 4) as still_owed
from invoices
inner join customer_names on customer_names.id = invoices.customer
left join owed on owed.record = invoices.id
where
    invoices.status = 'closed' and invoices.closed_on <= $as_of and ($since is null or invoices.closed_on >= $since)
    -- only: invoices.customer; invoices.currency
order by invoices.closed_on, customer_names.name, invoices.number, invoices.id
