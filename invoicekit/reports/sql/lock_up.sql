-- title: Lock-up days
-- question: How many days' billing is tied up in work that is not billed, and in bills that are not paid?
-- parameter: as_of date = current_date | Business date.
-- parameter: days integer = 365 | Over how many days up to then billing is measured.
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: wip | Work in progress, before tax.
-- column: receivables | What customers owe, with tax.
-- column: billed_net | Invoices and credit notes of these days, before tax.
-- column: billed_gross | The same, with tax.
-- measure: wip_days | Work in progress, in days of billing before tax.
-- measure: debtor_days | Receivables, in days of billing with tax.
-- measure: lock_up_days | Both together.
-- chart: currency: wip_days, debtor_days [days]
-- explain: wip = worked(wip_entries) by currency
-- explain: receivables = posted(entries) by currency
-- explain: billed_gross = issued(invoices) by currency
-- identity: wip = sum(wip.wip) and receivables = sum(balances.balance), for each currency
with worked as (
    select entries.id, entries.currency, entries.amount
    from wip_entries as entries
    left join sole_clients as sole on sole.matter = entries.matter
    where
        entries.entry_date <= $as_of
        -- only: coalesce(entries.customer, sole.customer); entries.currency
),

work as (
    select currency, sum(amount)::decimal(18, 4) as wip
    from worked
    group by currency
),

posted as (
    select id, currency, amount
    from settled_entries
    where
        entry_date <= $as_of and settled_on >= $as_of
        -- only: customer; currency
),

owed as (
    select currency, sum(amount)::decimal(18, 4) as receivables
    from posted
    group by currency
),

issued as (
    select id, currency, net, total as amount
    from invoices
    where
        status <> 'draft' and date <= $as_of and date > $as_of - $days::integer
        -- only: customer; currency
),

billed as (
    select currency, sum(net)::decimal(18, 4) as net, sum(amount)::decimal(18, 4) as gross
    from issued
    group by currency
),

currencies as (
    select currency from work
    union
    select currency from owed
    union
    select currency from billed
),

sums as (
    select
        currencies.currency,
        coalesce(work.wip, 0)::decimal(18, 4) as wip,
        coalesce(owed.receivables, 0)::decimal(18, 4) as receivables,
        coalesce(billed.net, 0)::decimal(18, 4) as billed_net,
        coalesce(billed.gross, 0)::decimal(18, 4) as billed_gross
    from currencies
    left join work using (currency)
    left join owed using (currency)
    left join billed using (currency)
),

measured as (
    select
        *,
        case when billed_net > 0 then {tenths: $days::integer * wip per billed_net} end as wip_days,
        case when billed_gross > 0 then {tenths: $days::integer * receivables per billed_gross} end as debtor_days
    from sums
)

select currency, wip, receivables, billed_net, billed_gross, wip_days, debtor_days, wip_days + debtor_days as lock_up_days
from measured
order by currency
