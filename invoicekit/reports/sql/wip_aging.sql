-- title: Aging of work in progress
-- question: How long has work been waiting to be billed?
-- parameter: as_of date = current_date | Business date; postings after it are left out.
-- parameter: by choice(matter, customer, tree, user, kind) = matter | What it is summed up by: a tree is a main customer with all below it, and work that names no client is for the only one its matter has now.
-- if by is matter, customer, tree, user
-- column: {by}_id | Number of the matter, customer or user; empty where none is named.
-- end
-- column: {by} | What it is called; "(inactive)" follows a customer that is.
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: days_0_30 | Worked up to 30 days ago, counted from the day of the work.
-- column: days_31_60 | Worked 31 to 60 days ago.
-- column: days_61_90 | Worked 61 to 90 days ago.
-- column: days_91_180 | Worked 91 to 180 days ago.
-- column: days_over_180 | Worked more than 180 days ago.
-- column: wip | The sum of these.
-- column: oldest | Day of the oldest work among it.
-- chart: {by}: days_0_30, days_31_60, days_61_90, days_91_180, days_over_180
-- if by is matter, customer, tree, user
-- explain: wip = posted(wip_entries) by {by}_id, currency
-- explain: days_0_30 = posted(wip_entries) by {by}_id, currency where step.days <= 30
-- explain: days_31_60 = posted(wip_entries) by {by}_id, currency where step.days between 31 and 60
-- explain: days_61_90 = posted(wip_entries) by {by}_id, currency where step.days between 61 and 90
-- explain: days_91_180 = posted(wip_entries) by {by}_id, currency where step.days between 91 and 180
-- explain: days_over_180 = posted(wip_entries) by {by}_id, currency where step.days > 180
-- end
-- if by is kind
-- explain: wip = posted(wip_entries) by kind, currency
-- end
-- identity: days_0_30 + days_31_60 + days_61_90 + days_91_180 + days_over_180 = wip = wip.wip
with posted as (
    select
        entries.id, entries.currency, entries.work_date, $as_of - entries.work_date as days, entries.amount,
    -- if by is matter
        entries.matter
    -- end
    -- if by is user
        entries.worked_by as user
    -- end
    -- if by is kind
        entries.kind
    -- end
    -- if by is customer
        coalesce(entries.customer, sole.customer) as customer
    -- end
    -- if by is tree
        main_customers.main_customer as tree
    -- end
    from wip_entries as entries
    -- if by is customer, tree
    left join sole_clients as sole on sole.matter = entries.matter
    -- end
    -- if by is tree
    left join main_customers on main_customers.id = coalesce(entries.customer, sole.customer)
    -- end
    where
        entries.entry_date <= $as_of
        -- only: coalesce(entries.customer, (select customer from sole_clients where matter = entries.matter)); entries.currency
),

-- Work that was billed is gone before ages are looked at.
left_over as (
    select {by} as record, currency, work_date, days, sum(amount)::decimal(18, 4) as wip
    from posted
    group by {by}, currency, work_date, days
    having sum(amount) <> 0
),

buckets as (
    select
        record, currency,
        coalesce(sum(wip) filter (where days <= 30), 0)::decimal(18, 4) as days_0_30,
        coalesce(sum(wip) filter (where days between 31 and 60), 0)::decimal(18, 4) as days_31_60,
        coalesce(sum(wip) filter (where days between 61 and 90), 0)::decimal(18, 4) as days_61_90,
        coalesce(sum(wip) filter (where days between 91 and 180), 0)::decimal(18, 4) as days_91_180,
        coalesce(sum(wip) filter (where days > 180), 0)::decimal(18, 4) as days_over_180,
        sum(wip)::decimal(18, 4) as wip,
        min(work_date) as oldest
    from left_over
    group by record, currency
)

select
-- if by is matter, customer, tree, user
    buckets.record as {by}_id,
-- end
-- if by is matter
    concat_ws(' ', matters.number, matters.title) as {by},
-- end
-- if by is customer, tree
    coalesce(customer_names.name, 'no client named') as {by},
-- end
-- if by is user
    coalesce(users.name, 'nobody named') as {by},
-- end
-- if by is kind
    buckets.record as {by},
-- end
    buckets.currency,
    buckets.days_0_30,
    buckets.days_31_60,
    buckets.days_61_90,
    buckets.days_91_180,
    buckets.days_over_180,
    buckets.wip,
    buckets.oldest
from buckets
-- if by is matter
inner join matters on matters.id = buckets.record
-- end
-- if by is customer, tree
left join customer_names on customer_names.id = buckets.record
-- end
-- if by is user
left join users on users.id = buckets.record
-- end
order by buckets.currency, buckets.wip desc, {by}, buckets.record
