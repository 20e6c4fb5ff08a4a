-- Payments, newest first, with what of each is not yet applied: of all, or of a customer ($customer).
-- few parties: select id from customers where id = $customer
-- few received: select id from payments where customer = $customer
with unapplied as (
    select payment, -sum(amount)::decimal(18, 4) as amount
    from entries
    where
        invoice is null and payment is not null
        -- few: entries.payment = received.id
    group by payment
)

select
    payments.id, customer_names.name as customer, payments.date, payments.currency, payments.amount,
    coalesce(unapplied.amount, 0)::decimal(18, 4) as unapplied, payments.invoice_number, payments.method,
    payments.reference, payments.bounced_on
from payments
inner join customer_names
    on
        customer_names.id = payments.customer
        -- few: customer_names.id = parties.id
left join unapplied on unapplied.payment = payments.id
where $customer is null or payments.customer = $customer
order by payments.date desc, payments.id desc
