-- Which waiting money (refund_sources) a refund ($refund, of $amount, on $day) is made of: the oldest first.
with stretched as (
    select *, (sum(amount) over (order by nth))::decimal(18, 4) as until
    from refund_sources
)

select
    sources.payment, sources.credit_note, $refund::bigint as refund, $day::date as date,
    (least(until, $amount::decimal(18, 4)) - (until - sources.amount))::decimal(18, 4) as amount, payments.currency
from stretched as sources
cross join (select currency from payments where id = $refund) as payments
where until - sources.amount < $amount::decimal(18, 4)
order by nth
