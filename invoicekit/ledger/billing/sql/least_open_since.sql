-- The least that was open on an invoice ($invoice) on a day ($day) or later, and when money was last taken back from it.
with days as (
    select $day::date as day
    union
    select entry_date from entries where invoice = $invoice and entry_date > $day
),

open_on as (
    select days.day, sum(entries.amount) as amount
    from days
    inner join entries on entries.invoice = $invoice and entries.entry_date <= days.day
    group by days.day
)

select
    coalesce(min(amount), 0)::decimal(18, 4) as amount,
    (select max(taken_back_on) from allocations where invoice = $invoice) as ended
from open_on
