-- Which incoming payment settles how much of which open invoice.
-- A payment that names an invoice settles that one; the others settle what is then open, oldest due date first.
-- Whose invoices a payment may settle is told (settles: payer, customer).
-- Both sides are laid end to end as stretches of money, for each customer and currency: where a
-- payment's stretch lies over an invoice's, that much is allocated.
with open_days as (
    select max(value::date) + 1 as first_open from settings where name = 'lock_date' and value is not null
),

payments as (
    select id, customer, currency, date, amount, invoice from incoming_payments
),

-- What was taken back is applied again on that day at the earliest: the days before it stay as they were. (By a comparison, because a
-- server that is asked for what is not null sends everything.)
ended as (
    select payment, invoice, max(taken_back_on) as day
    from allocations
    where taken_back_on >= date '0001-01-01'
    group by payment, invoice
),

open_invoices as (
    select
        settles.payer as customer, entries.currency, entries.invoice, any_value(entries.invoice_date) as invoice_date,
        arg_max(entries.due_date, entries.id) as due_date, sum(entries.amount)::decimal(18, 4) as amount
    from entries
    inner join settles on settles.customer = entries.customer
    where
        entries.invoice is not null
        -- few: entries.customer = settles.customer
    group by settles.payer, entries.currency, entries.invoice
    having sum(entries.amount) > 0
),

named as (
    select
        payments.id as payment, open_invoices.invoice, open_invoices.invoice_date, payments.date, payments.currency,
        least(
            payments.amount,
            open_invoices.amount - coalesce(sum(payments.amount) over earlier, 0)
        )::decimal(18, 4) as amount
    from payments
    inner join open_invoices using (invoice, customer, currency)
    window earlier as (
        partition by payments.invoice order by payments.date, payments.id
        rows between unbounded preceding and 1 preceding
    )
),

left_open as (
    select
        open_invoices.* replace (
            (open_invoices.amount - coalesce(settled.amount, 0))::decimal(18, 4) as amount
        )
    from open_invoices
    left join (
        select invoice, sum(amount) as amount from named where amount > 0 group by invoice
    ) as settled using (invoice)
),

invoice_stretches as (
    select *, (sum(amount) over stretch)::decimal(18, 4) as until
    from left_open
    where amount > 0
    window stretch as (partition by customer, currency order by due_date, invoice_date, invoice rows unbounded preceding)
),

payment_stretches as (
    select *, (sum(amount) over stretch)::decimal(18, 4) as until
    from payments
    where invoice is null
    window stretch as (partition by customer, currency order by date, id rows unbounded preceding)
),

oldest_first as (
    select
        payments.id as payment, invoices.invoice, invoices.invoice_date, payments.date, payments.currency,
        (least(payments.until, invoices.until)
            - greatest(payments.until - payments.amount, invoices.until - invoices.amount))::decimal(18, 4) as amount
    from payment_stretches as payments
    inner join invoice_stretches as invoices
        on
            invoices.customer = payments.customer and invoices.currency = payments.currency
            and invoices.until - invoices.amount < payments.until
            and payments.until - payments.amount < invoices.until
)

-- Money that waited since before the lock date is applied on the first day that is open.
select
    payment, invoice,
    greatest(
        date, invoice_date, (select first_open from open_days),
        (select max(day) from ended where ended.payment = made.payment or ended.invoice = made.invoice)
    ) as date,
    amount, currency
from (select * from named union all select * from oldest_first) as made
where amount > 0
order by payment, date, invoice
