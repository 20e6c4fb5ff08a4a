-- title: Aging of work in progress
-- question: How long has work been waiting to be billed?
-- parameter: as_of date = current_date | Business date; postings after it are left out.
-- parameter: by choice(matter, customer, tree, user, kind) = matter | What it is summed up by: a tree is a main customer with all below it, and work that names no client is for the only one its matter has now.
-- column: id | Number of the matter, customer or user; empty for a kind, and where none is named.
-- column: name | What it is called; "(inactive)" follows a customer that is.
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: days_0_30 | Worked up to 30 days ago, counted from the day of the work.
-- column: days_31_60 | Worked 31 to 60 days ago.
-- column: days_61_90 | Worked 61 to 90 days ago.
-- column: days_91_180 | Worked 91 to 180 days ago.
-- column: days_over_180 | Worked more than 180 days ago.
-- column: wip | The sum of these.
-- column: oldest | Day of the oldest work among it.
-- chart: name: days_0_30, days_31_60, days_61_90, days_91_180, days_over_180
-- identity: days_0_30 + days_31_60 + days_61_90 + days_91_180 + days_over_180 = wip = wip.wip
with grouped as (
    select
        matter, customer, currency, work_date,
        case when $by = 'user' then worked_by end as worked_by,
        case when $by = 'kind' then kind end as kind,
        sum(amount)::decimal(18, 4) as wip
    from wip_entries
    where entry_date <= $as_of
    group by all
    having sum(amount) <> 0
),

trees as (select id, main_customer from main_customers where $by = 'tree'),

keyed as (
    select
        case $by
            when 'matter' then grouped.matter
            when 'user' then grouped.worked_by
            when 'customer' then coalesce(grouped.customer, sole.customer)
            when 'tree' then trees.main_customer
        end as record,
        grouped.kind, grouped.currency, grouped.work_date, $as_of - grouped.work_date as days, grouped.wip
    from grouped
    left join sole_clients as sole on sole.matter = grouped.matter
    left join trees on trees.id = coalesce(grouped.customer, sole.customer)
),

buckets as (
    select
        record, kind, currency,
        coalesce(sum(wip) filter (where days <= 30), 0)::decimal(18, 4) as days_0_30,
        coalesce(sum(wip) filter (where days between 31 and 60), 0)::decimal(18, 4) as days_31_60,
        coalesce(sum(wip) filter (where days between 61 and 90), 0)::decimal(18, 4) as days_61_90,
        coalesce(sum(wip) filter (where days between 91 and 180), 0)::decimal(18, 4) as days_91_180,
        coalesce(sum(wip) filter (where days > 180), 0)::decimal(18, 4) as days_over_180,
        sum(wip)::decimal(18, 4) as wip,
        min(work_date) as oldest
    from keyed
    group by record, kind, currency
)

select
    buckets.record as id,
    case $by
        when 'matter' then concat_ws(' ', matters.number, matters.title)
        when 'user' then coalesce(users.name, 'nobody named')
        when 'kind' then buckets.kind
        else coalesce(customer_names.name, 'no client named')
    end as name,
    buckets.currency,
    buckets.days_0_30,
    buckets.days_31_60,
    buckets.days_61_90,
    buckets.days_91_180,
    buckets.days_over_180,
    buckets.wip,
    buckets.oldest
from buckets
left join matters on $by = 'matter' and matters.id = buckets.record
left join users on $by = 'user' and users.id = buckets.record
left join customer_names on $by in ('customer', 'tree') and customer_names.id = buckets.record
order by buckets.currency, buckets.wip desc, name, buckets.record
