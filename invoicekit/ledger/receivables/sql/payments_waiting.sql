-- Money not yet applied that an open invoice waits for: what names an invoice is for that one alone.
with remainders as (
    select payment, customer, currency, -sum(amount)::decimal(18, 4) as amount
    from entries
    where
        invoice is null and payment is not null
        and ($customer is null or customer = $customer)
        and ($operation is null or customer in (select customer from entries where operation = $operation))
    group by payment, customer, currency
    having sum(amount) < 0
),

named as (
    select remainders.payment, count(*) as candidates, min(invoices.id) as invoice
    from remainders
    inner join payments on payments.id = remainders.payment
    inner join invoices
        on
            invoices.number = payments.invoice_number and invoices.customer = remainders.customer
            and invoices.recorded_for = payments.recorded_for
            and invoices.currency = remainders.currency and invoices.kind = 'invoice'
    group by remainders.payment
)

select
    remainders.payment as id, remainders.customer, remainders.currency, payments.date, remainders.amount,
    case when named.candidates = 1 then named.invoice end as invoice
from remainders
inner join payments on payments.id = remainders.payment
left join named on named.payment = remainders.payment
where payments.invoice_number is null or named.candidates = 1
