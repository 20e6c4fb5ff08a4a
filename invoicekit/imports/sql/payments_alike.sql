-- Payments of the book that look like an incoming one without being it.
select incoming.row as line, min(payments.id) as payment
from incoming_payments as incoming
inner join payments
    on
        payments.customer = incoming.customer and payments.date = incoming.date
        and payments.amount = incoming.amount and payments.currency = incoming.currency
where payments.id not in (select id from held_payments)
group by incoming.row
