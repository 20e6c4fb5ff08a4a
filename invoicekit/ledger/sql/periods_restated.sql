-- What customers owed as of a lock date ($lock_date), as it was known when that was locked ($operation) and as it is known now ($until):
-- those for whom it differs.
with before as (
    select customer, currency, amount, entry_date from book.main.entries where operation <= $operation
    union all
    select customer, currency, amount, entry_date from book.history.entries where operation <= $operation and ended_by > $operation
),

now as (
    select customer, currency, amount, entry_date from book.main.entries where operation <= $until
    union all
    select customer, currency, amount, entry_date from book.history.entries where operation <= $until and ended_by > $until
),

sums as (
    select customer, currency, amount as known_then, 0 as known_now from before where entry_date <= $lock_date::date
    union all
    select customer, currency, 0, amount from now where entry_date <= $lock_date::date
)

select
    $lock_date::date as lock_date, customer_names.name as customer, sums.currency, sum(known_then)::decimal(18, 4) as known_then,
    sum(known_now)::decimal(18, 4) as known_now, (sum(known_now) - sum(known_then))::decimal(18, 4) as difference
from sums
left join customer_names on customer_names.id = sums.customer
group by customer_names.name, sums.customer, sums.currency
having sum(known_now) <> sum(known_then)
order by customer_names.name, sums.currency
