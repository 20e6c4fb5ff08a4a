-- title: Balances
-- question: What does every customer owe, in each currency?
-- parameter: as_of date = current_date | Business date; postings after it are left out.
-- column: customer_id | Number of the customer.
-- column: customer | Its name; "(inactive)" follows where it is.
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: invoiced | Invoices and credit notes issued.
-- column: paid | Payments received, less what bounced or was sent back, as a positive amount.
-- column: written_off | What was given up of what is owed.
-- column: balance | What is owed: invoiced less paid and written off. Negative where the customer is in credit.
-- column: overdue | What of the open invoices is past its due date.
-- column: open_items | How many invoices, credit notes and payments are not settled.
-- chart: customer: balance
-- identity: sum(balance) = sum(aging.balance) = sum(open_items.amount), for each customer and currency
with posted as (
    select * from entries where entry_date <= $as_of
),

items as (
    select
        customer, currency,
        sum(amount) filter (where kind in ('invoice', 'credit_note'))::decimal(18, 4) as invoiced,
        -sum(amount) filter (where kind in ('payment', 'allocation', 'refund', 'bounce'))::decimal(18, 4) as paid,
        -sum(amount) filter (where kind = 'write_off')::decimal(18, 4) as written_off,
        sum(amount)::decimal(18, 4) as amount,
        arg_max(due_date, id) as due_date
    from posted
    group by
        customer, currency, invoice,
        case when invoice is null then document end,
        case when invoice is null then payment end
),

balances as (
    select
        customer, currency,
        coalesce(sum(invoiced), 0)::decimal(18, 4) as invoiced,
        coalesce(sum(paid), 0)::decimal(18, 4) as paid,
        coalesce(sum(written_off), 0)::decimal(18, 4) as written_off,
        sum(amount)::decimal(18, 4) as balance,
        coalesce(sum(amount) filter (where due_date < $as_of), 0)::decimal(18, 4) as overdue,
        count(*) filter (where amount <> 0) as open_items
    from items
    group by customer, currency
)

select
    balances.customer as customer_id,
    customer_names.name as customer,
    balances.currency,
    balances.invoiced,
    balances.paid,
    balances.written_off,
    balances.balance,
    balances.overdue,
    balances.open_items
from balances
inner join customer_names on customer_names.id = balances.customer
order by balances.currency, balances.balance desc, customer_names.name, balances.customer
