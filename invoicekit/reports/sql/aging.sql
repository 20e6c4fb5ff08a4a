-- title: Aging of receivables
-- question: Who owes how much, and how late is it?
-- parameter: as_of date = current_date | Business date; postings after it are left out.
-- column: customer_id | Number of the customer.
-- column: customer | Its name; "(inactive)" follows where it is.
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: current | Not due yet; due on the day itself is current.
-- column: days_1_30 | 1 to 30 days past the due date.
-- column: days_31_60 | 31 to 60 days past the due date.
-- column: days_61_90 | 61 to 90 days past the due date.
-- column: days_over_90 | More than 90 days past the due date.
-- column: unapplied | Payments and credit notes not yet applied to an invoice, negative.
-- column: balance | The sum of the buckets and of what is not applied.
-- chart: customer: current, days_1_30, days_31_60, days_61_90, days_over_90, unapplied
-- identity: current + days_1_30 + days_31_60 + days_61_90 + days_over_90 + unapplied = balance = balances.balance
with aged as (
    select
        customer, currency, amount, invoice is null as is_unapplied, $as_of - due_date as days
    from entries
    where entry_date <= $as_of
),

buckets as (
    select
        customer, currency,
        coalesce(sum(amount) filter (where days <= 0), 0)::decimal(18, 4) as current,
        coalesce(sum(amount) filter (where days between 1 and 30), 0)::decimal(18, 4) as days_1_30,
        coalesce(sum(amount) filter (where days between 31 and 60), 0)::decimal(18, 4) as days_31_60,
        coalesce(sum(amount) filter (where days between 61 and 90), 0)::decimal(18, 4) as days_61_90,
        coalesce(sum(amount) filter (where days > 90), 0)::decimal(18, 4) as days_over_90,
        coalesce(sum(amount) filter (where is_unapplied), 0)::decimal(18, 4) as unapplied,
        sum(amount)::decimal(18, 4) as balance
    from aged
    group by customer, currency
)

select
    buckets.customer as customer_id,
    customer_names.name as customer,
    buckets.currency,
    buckets.current,
    buckets.days_1_30,
    buckets.days_31_60,
    buckets.days_61_90,
    buckets.days_over_90,
    buckets.unapplied,
    buckets.balance
from buckets
inner join customer_names on customer_names.id = buckets.customer
where
    buckets.balance <> 0 or buckets.current <> 0 or buckets.days_1_30 <> 0 or buckets.days_31_60 <> 0
    or buckets.days_61_90 <> 0 or buckets.days_over_90 <> 0 or buckets.unapplied <> 0
order by buckets.currency, buckets.balance desc, customer_names.name, buckets.customer
