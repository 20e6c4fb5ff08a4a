-- What keeps a customer, or anybody below it (tree), from becoming inactive: money open either way, in any currency, and
-- open matters.
with items as (
    select entries.customer, entries.currency, sum(entries.amount)::decimal(18, 4) as amount
    from entries
    inner join tree on tree.id = entries.customer
    group by
        entries.customer, entries.currency, entries.invoice,
        case when entries.invoice is null then entries.document end,
        case when entries.invoice is null then entries.payment end
),

balances as (
    select
        customer, currency, sum(amount)::decimal(18, 4) as balance, count(*) filter (where amount <> 0) as items
    from items
    group by customer, currency
    having sum(amount) <> 0
),

blockers as (
    select customer, 'balance' as kind, currency, balance, items, null::varchar as matter
    from balances

    union all
    select matter_clients.customer, 'matter', null, null::decimal(18, 4), null::bigint, concat_ws(' ', matters.number, matters.title)
    from matter_clients
    inner join tree on tree.id = matter_clients.customer
    inner join matters on matters.id = matter_clients.matter
    where matters.closed_on is null
)

select blockers.customer, tree.display_name, blockers.kind, blockers.currency, blockers.balance, blockers.items,
    blockers.matter
from blockers
inner join tree on tree.id = blockers.customer
order by tree.depth, tree.display_name, blockers.kind, blockers.currency, blockers.matter
