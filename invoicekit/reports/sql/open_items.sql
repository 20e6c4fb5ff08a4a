-- title: Open items
-- question: Which invoices, credit notes and payments are not settled?
-- parameter: as_of date = current_date | Business date; postings after it are left out.
-- column: customer_id | Number of the customer.
-- column: customer | Its name; "(inactive)" follows where it is.
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: kind | invoice, credit_note or payment.
-- column: record | Number of the record among the invoices or payments.
-- column: number | Invoice or credit note number, or what the payer wrote.
-- column: date | Date of the invoice, credit note or payment.
-- column: due_date | Day the invoice falls due.
-- column: days_late | Days past the due date on the business date; 0 while not due.
-- column: total | What the document or payment came to.
-- column: amount | What of it is open: negative for money not yet applied.
-- chart: customer: amount
-- explain: amount = posted(entries) by customer_id, currency, kind, record
-- identity: sum(amount) = sum(balances.balance), for each customer and currency
with
-- include: open_items,

-- Places are sooner sorted than names.
places as (
    select id, name, row_number() over (order by name, id) as place
    from customer_names
)

select
    items.customer as customer_id,
    places.name as customer,
    items.currency,
    items.kind,
    items.record,
    coalesce(items.number, waiting.number) as number,
    coalesce(items.invoice_date, waiting.date) as date,
    items.due_date,
    case when items.due_date < $as_of then $as_of - items.due_date else 0 end as days_late,
    coalesce(items.total, waiting.total)::decimal(18, 4) as total,
    items.amount
from items
inner join places on places.id = items.customer
left join waiting on waiting.sort = items.sort and waiting.record = items.record
order by places.place, items.currency, date, items.sort, items.record
