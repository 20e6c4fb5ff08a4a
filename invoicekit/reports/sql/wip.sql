-- title: Work in progress
-- question: What has been worked and may be billed, and is not billed yet?
-- parameter: as_of date = current_date | Business date; postings after it are left out.
-- parameter: by choice(matter, customer, tree, user, kind) = matter | What it is summed up by: a tree is a main customer with all below it, and work that names no client is for the only one its matter has now.
-- if by is matter, customer, tree, user
-- column: {by}_id | Number of the matter, customer or user; empty where none is named.
-- end
-- column: {by} | What it is called; "(inactive)" follows a customer that is.
-- column: currency | ISO 4217 code; currencies are never added up.
-- measure: hours | Time to be billed.
-- column: wip | What it comes to, before tax. Work on a draft is still work in progress.
-- column: recorded_late | What of it was recorded after the business date: known_at= that date leaves it out.
-- chart: {by}: wip
-- if by is matter, customer, tree, user
-- explain: wip = posted(wip_entries) by {by}_id, currency
-- end
-- if by is kind
-- explain: wip = posted(wip_entries) by kind, currency
-- end
-- identity: sum(wip) is the same by whatever it is summed up, and that of wip_aging
with
-- include: work,

posted as (
    select *, recorded_on > $as_of as is_late
    from work
    where
        entry_date <= $as_of
        -- only: ; currency
),

summed as (
    select
        {by} as record, currency, sum(seconds)::decimal(18, 4) as seconds, sum(amount)::decimal(18, 4) as wip,
        coalesce(sum(amount) filter (where is_late), 0)::decimal(18, 4) as recorded_late
    from posted
    group by {by}, currency
),

-- include: named

select
-- if by is matter, customer, tree, user
    named.record as {by}_id,
-- end
    named.{by},
    named.currency,
    (((named.seconds * 10000)::bigint + 1800) // 3600 * 0.0001)::decimal(18, 4) as hours,
    named.wip,
    named.recorded_late
from named
where named.wip <> 0 or named.seconds <> 0 or named.recorded_late <> 0
order by named.currency, named.wip desc, named.{by}, named.record
