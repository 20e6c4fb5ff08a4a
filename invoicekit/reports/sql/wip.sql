-- title: Work in progress
-- question: What has been worked and may be billed, and is not billed yet?
-- parameter: as_of date = current_date | Business date; postings after it are left out.
-- parameter: by choice(matter, customer, tree, user, kind) = matter | What it is summed up by: a tree is a main customer with all below it, and work that names no client is for the only one its matter has now.
-- column: id | Number of the matter, customer or user; empty for a kind, and where none is named.
-- column: name | What it is called; "(inactive)" follows a customer that is.
-- column: currency | ISO 4217 code; currencies are never added up.
-- measure: hours | Time to be billed.
-- column: wip | What it comes to, before tax. Work on a draft is still work in progress.
-- column: recorded_late | What of it was recorded after the business date: known_at= that date leaves it out.
-- chart: name: wip
-- identity: sum(wip) is the same by whatever it is summed up, and that of wip_aging
-- Each way of summing up is a branch of its own: those that were not asked for cost nothing.
with posted as (
    select matter, customer, worked_by, kind, currency, seconds, amount, 0::decimal(18, 4) as late
    from wip_entries
    where entry_date <= $as_of
    union all
    select matter, customer, worked_by, kind, currency, 0, 0, amount
    from wip_entries
    where entry_date <= $as_of and recorded_on > $as_of
),

by_matter as (
    select
        matter as record, currency, sum(seconds)::decimal(18, 4) as seconds, sum(amount)::decimal(18, 4) as wip,
        sum(late)::decimal(18, 4) as recorded_late
    from posted
    where $by = 'matter'
    group by matter, currency
),

by_user as (
    select
        worked_by as record, currency, sum(seconds)::decimal(18, 4) as seconds, sum(amount)::decimal(18, 4) as wip,
        sum(late)::decimal(18, 4) as recorded_late
    from posted
    where $by = 'user'
    group by worked_by, currency
),

by_kind as (
    select
        kind, currency, sum(seconds)::decimal(18, 4) as seconds, sum(amount)::decimal(18, 4) as wip,
        sum(late)::decimal(18, 4) as recorded_late
    from posted
    where $by = 'kind'
    group by kind, currency
),

by_client as (
    select
        matter, customer, currency, sum(seconds)::decimal(18, 4) as seconds, sum(amount)::decimal(18, 4) as wip,
        sum(late)::decimal(18, 4) as recorded_late
    from posted
    where $by in ('customer', 'tree')
    group by matter, customer, currency
),

by_customer as (
    select
        case when $by = 'tree' then trees.main_customer else coalesce(by_client.customer, sole.customer) end as record,
        by_client.currency, sum(by_client.seconds)::decimal(18, 4) as seconds, sum(by_client.wip)::decimal(18, 4) as wip,
        sum(by_client.recorded_late)::decimal(18, 4) as recorded_late
    from by_client
    left join sole_clients as sole on sole.matter = by_client.matter
    left join main_customers as trees on $by = 'tree' and trees.id = coalesce(by_client.customer, sole.customer)
    group by all
),

summed as (
    select
        by_matter.record, concat_ws(' ', matters.number, matters.title) as name, by_matter.currency, by_matter.seconds,
        by_matter.wip, by_matter.recorded_late
    from by_matter
    inner join matters on matters.id = by_matter.record

    union all
    select
        by_user.record, coalesce(users.name, 'nobody named'), by_user.currency, by_user.seconds, by_user.wip,
        by_user.recorded_late
    from by_user
    left join users on users.id = by_user.record

    union all
    select null, kind, currency, seconds, wip, recorded_late
    from by_kind

    union all
    select
        by_customer.record, coalesce(customer_names.name, 'no client named'), by_customer.currency, by_customer.seconds,
        by_customer.wip, by_customer.recorded_late
    from by_customer
    left join customer_names on customer_names.id = by_customer.record
)

select
    record as id, name, currency,
    (floor(seconds * 10000 + 1800)::bigint // 3600 * 0.0001)::decimal(18, 4) as hours,
    wip, recorded_late
from summed
where wip <> 0 or seconds <> 0 or recorded_late <> 0
order by currency, wip desc, name, record
