-- A payment ($payment) with what of it waits to be applied.
select
    payments.* exclude (operation),
    coalesce((
        select -sum(entries.amount) from entries where entries.payment = payments.id and entries.invoice is null
    ), 0)::decimal(18, 4) as "left"
from payments
where payments.id = $payment
