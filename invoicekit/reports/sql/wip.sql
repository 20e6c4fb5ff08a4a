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
with posted as (
    select
        entries.id, entries.currency, entries.seconds, entries.amount, entries.recorded_on > $as_of as is_late,
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

summed as (
    select
        {by} as record, currency, sum(seconds)::decimal(18, 4) as seconds, sum(amount)::decimal(18, 4) as wip,
        coalesce(sum(amount) filter (where is_late), 0)::decimal(18, 4) as recorded_late
    from posted
    group by {by}, currency
)

select
-- if by is matter, customer, tree, user
    summed.record as {by}_id,
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
    summed.record as {by},
-- end
    summed.currency,
    (((summed.seconds * 10000)::bigint + 1800) // 3600 * 0.0001)::decimal(18, 4) as hours,
    summed.wip,
    summed.recorded_late
from summed
-- if by is matter
inner join matters on matters.id = summed.record
-- end
-- if by is customer, tree
left join customer_names on customer_names.id = summed.record
-- end
-- if by is user
left join users on users.id = summed.record
-- end
where summed.wip <> 0 or summed.seconds <> 0 or summed.recorded_late <> 0
order by summed.currency, summed.wip desc, {by}, summed.record
