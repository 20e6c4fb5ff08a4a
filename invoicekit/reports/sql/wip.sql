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
with posted as (
    select matter, customer, worked_by, kind, currency, seconds, amount, recorded_on > $as_of as is_late
    from wip_entries
    where entry_date <= $as_of
),

-- if by is matter
summed as (
    select
        matter as record, currency, sum(seconds)::decimal(18, 4) as seconds, sum(amount)::decimal(18, 4) as wip,
        coalesce(sum(amount) filter (where is_late), 0)::decimal(18, 4) as recorded_late
    from posted
    group by matter, currency
),

named as (
    select summed.*, concat_ws(' ', matters.number, matters.title) as name
    from summed
    inner join matters on matters.id = summed.record
)
-- end
-- if by is user
summed as (
    select
        worked_by as record, currency, sum(seconds)::decimal(18, 4) as seconds, sum(amount)::decimal(18, 4) as wip,
        coalesce(sum(amount) filter (where is_late), 0)::decimal(18, 4) as recorded_late
    from posted
    group by worked_by, currency
),

named as (
    select summed.*, coalesce(users.name, 'nobody named') as name
    from summed
    left join users on users.id = summed.record
)
-- end
-- if by is kind
named as (
    select
        null::bigint as record, currency, sum(seconds)::decimal(18, 4) as seconds, sum(amount)::decimal(18, 4) as wip,
        coalesce(sum(amount) filter (where is_late), 0)::decimal(18, 4) as recorded_late, kind as name
    from posted
    group by kind, currency
)
-- end
-- if by is customer, tree
clients as (
    select
        matter, customer, currency, sum(seconds)::decimal(18, 4) as seconds, sum(amount)::decimal(18, 4) as wip,
        coalesce(sum(amount) filter (where is_late), 0)::decimal(18, 4) as recorded_late
    from posted
    group by matter, customer, currency
),

known as (
    select clients.* replace (coalesce(clients.customer, sole.customer) as customer)
    from clients
    left join sole_clients as sole on sole.matter = clients.matter
),

-- end
-- if by is tree
grouped as (
    select known.* replace (main_customers.main_customer as customer)
    from known
    left join main_customers on main_customers.id = known.customer
),

-- end
-- if by is customer
grouped as (select * from known),

-- end
-- if by is customer, tree
named as (
    select
        grouped.customer as record, grouped.currency, sum(grouped.seconds)::decimal(18, 4) as seconds,
        sum(grouped.wip)::decimal(18, 4) as wip, sum(grouped.recorded_late)::decimal(18, 4) as recorded_late,
        coalesce(customer_names.name, 'no client named') as name
    from grouped
    left join customer_names on customer_names.id = grouped.customer
    group by grouped.customer, grouped.currency, customer_names.name
)
-- end

select
    record as id, name, currency,
    (((seconds * 10000)::bigint + 1800) // 3600 * 0.0001)::decimal(18, 4) as hours,
    wip, recorded_late
from named
where wip <> 0 or seconds <> 0 or recorded_late <> 0
order by currency, wip desc, name, record
