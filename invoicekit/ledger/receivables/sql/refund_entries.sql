-- Two legs for money that is sent back (new_allocations): off what waited, onto the refund.
with allocations as (
    select allocations.*, refunds.customer
    from allocations
    inner join new_allocations using (id)
    inner join payments as refunds on refunds.id = allocations.refund
)

select customer, payment, credit_note as document, id as allocation, 'allocation' as kind, date as entry_date, currency, amount
from allocations
union all
select customer, refund, null, id, 'allocation', date, currency, (-amount)::decimal(18, 4)
from allocations
