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
        id, customer, currency, invoice, due_date, invoice_date, amount, number, total,
        case when invoice is null then document end as credit_note,
        case when invoice is null then payment end as payment,
        case when invoice is not null then 'invoice' when document is not null then 'credit_note' else 'payment' end as kind,
        coalesce(invoice, document, payment) as record
    from told_entries
    where
        entry_date <= $as_of and settled_on > $as_of
        -- only: customer; currency
),

items as (
    select
        customer, currency, kind, record, credit_note, payment, sum(amount)::decimal(18, 4) as amount,
        arg_max(due_date, id) as due_date, any_value(invoice_date) as invoice_date, max(total) as total,
        max(number) filter (where total is not null) as number
    from posted
    group by customer, currency, kind, record, credit_note, payment
    having sum(amount) <> 0
),

-- An invoice's own posting says its number; what waits is looked up, because only a part of it may.
described as (
    select
        items.customer, items.currency, items.due_date, items.amount, items.kind, items.record,
        coalesce(items.number, credit_notes.number, payments.reference, payments.invoice_number) as number,
        coalesce(items.invoice_date, credit_notes.date, payments.date) as date,
        coalesce(items.total, credit_notes.total, -payments.amount)::decimal(18, 4) as total
    from items
    left join invoices as credit_notes on credit_notes.id = items.credit_note
    left join payments on payments.id = items.payment
)

select
    described.customer as customer_id,
    customer_names.name as customer,
    described.currency,
    described.kind,
    described.record,
    described.number,
    described.date,
    described.due_date,
    case when described.due_date < $as_of then $as_of - described.due_date else 0 end as days_late,
    described.total,
    described.amount
from described
inner join customer_names on customer_names.id = described.customer
order by customer_names.name, described.customer, described.currency, described.date, described.kind, described.record
