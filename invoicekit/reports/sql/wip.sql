-- title: Work in progress
-- question: What has been worked and may be billed, and is not billed yet?
-- parameter: as_of date = current_date | Business date; postings after it are left out.
-- parameter: by choice(matter, customer, tree, user, kind) = matter | What it is summed up by; a tree is a main customer with all below it.
-- column: id | Number of the matter, customer or user; empty for a kind, and where none is named.
-- column: name | What it is called; "(inactive)" follows a customer that is.
-- column: currency | ISO 4217 code; currencies are never added up.
-- measure: hours | Time to be billed.
-- column: wip | What it comes to, before tax. Work on a draft is still work in progress.
-- column: recorded_late | What of it was recorded after the business date: known_at= that date leaves it out.
-- chart: name: wip
-- identity: sum(wip) is the same by whatever it is summed up, and that of wip_aging
with grouped as (
    select
        matter, customer, currency,
        case when $by = 'user' then worked_by end as worked_by,
        case when $by = 'kind' then kind end as kind,
        sum(seconds)::decimal(18, 4) as seconds,
        sum(amount)::decimal(18, 4) as wip,
        coalesce(sum(amount) filter (where recorded_on > $as_of), 0)::decimal(18, 4) as recorded_late
    from wip_entries
    where entry_date <= $as_of
    group by all
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
        grouped.kind, grouped.currency, grouped.seconds, grouped.wip, grouped.recorded_late
    from grouped
    left join sole_clients as sole on sole.matter = grouped.matter
    left join trees on trees.id = coalesce(grouped.customer, sole.customer)
),

summed as (
    select
        record, kind, currency, sum(seconds)::decimal(18, 4) as seconds, sum(wip)::decimal(18, 4) as wip,
        sum(recorded_late)::decimal(18, 4) as recorded_late
    from keyed
    group by all
    having sum(wip) <> 0 or sum(seconds) <> 0 or sum(recorded_late) <> 0
)

select
    summed.record as id,
    case $by
        when 'matter' then concat_ws(' ', matters.number, matters.title)
        when 'user' then coalesce(users.name, 'nobody named')
        when 'kind' then summed.kind
        else coalesce(customer_names.name, 'no client named')
    end as name,
    summed.currency,
    (floor(summed.seconds * 100 + 1800)::bigint // 3600 * 0.01)::decimal(18, 2) as hours,
    summed.wip,
    summed.recorded_late
from summed
left join matters on $by = 'matter' and matters.id = summed.record
left join users on $by = 'user' and users.id = summed.record
left join customer_names on $by in ('customer', 'tree') and customer_names.id = summed.record
order by summed.currency, summed.wip desc, name, summed.record
