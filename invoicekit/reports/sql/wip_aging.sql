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
with
-- include: work,

posted as (
    select *, $as_of - work_date as days
    from work
    where
        entry_date <= $as_of
        -- only: ; currency
),

-- Work that was billed is gone before ages are looked at.
left_over as (
    select {by} as record, currency, work_date, days, sum(amount)::decimal(18, 4) as wip
    from posted
    group by {by}, currency, work_date, days
    having sum(amount) <> 0
),

summed as (
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
),

-- include: named

select
-- if by is matter, customer, tree, user
    named.record as {by}_id,
-- end
    named.{by},
    named.currency,
    named.days_0_30,
    named.days_31_60,
    named.days_61_90,
    named.days_91_180,
    named.days_over_180,
    named.wip,
    named.oldest
from named
order by named.currency, named.wip desc, named.{by}, named.record
