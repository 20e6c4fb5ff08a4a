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
with posted as (
    select
        id, customer, currency, due_date, invoice_date, amount, number, total,
        case when invoice is not null then 2 when document is not null then 1 else 3 end as sort,
        coalesce(invoice, document, payment) as record,
        case when invoice is not null then 'invoice' when document is not null then 'credit_note' else 'payment' end as kind
    from told_entries
    where
        entry_date <= $as_of and settled_on > $as_of
        -- only: customer; currency
),

items as (
    select
        customer, currency, sort, record, sum(amount)::decimal(18, 4) as amount, arg_max(due_date, id) as due_date,
        any_value(invoice_date) as invoice_date, max(total) as total, max(number) filter (where total is not null) as number
    from posted
    group by customer, currency, sort, record
    having sum(amount) <> 0
),

-- An invoice's own posting says its number. What waits is looked up, because only a part of it may.
waiting as (
    select items.sort, items.record, invoices.number, invoices.date, invoices.total
    from items
    inner join invoices on invoices.id = items.record
    where items.sort = 1
    union all
    select items.sort, items.record, coalesce(payments.reference, payments.invoice_number), payments.date, -payments.amount
    from items
    inner join payments on payments.id = items.record
    where items.sort = 3
),

-- Places are sooner sorted than names.
places as (
    select id, name, row_number() over (order by name, id) as place
    from customer_names
)

select
    items.customer as customer_id,
    places.name as customer,
    items.currency,
    case items.sort when 1 then 'credit_note' when 2 then 'invoice' else 'payment' end as kind,
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
