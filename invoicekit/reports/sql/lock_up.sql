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
-- identity: wip = sum(wip.wip) and receivables = sum(balances.balance), for each currency
with work as (
    select currency, sum(amount)::decimal(18, 4) as wip
    from wip_entries
    where entry_date <= $as_of
    group by currency
),

owed as (
    select currency, sum(amount)::decimal(18, 4) as receivables
    from entries
    where entry_date <= $as_of
    group by currency
),

billed as (
    select currency, sum(net)::decimal(18, 4) as net, sum(total)::decimal(18, 4) as gross
    from invoices
    where status <> 'draft' and date <= $as_of and date > $as_of - $days::integer
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
        case when billed_net > 0 then try_cast(round($days::integer * wip / billed_net, 1) as decimal(18, 1)) end as wip_days,
        case when billed_gross > 0 then try_cast(round($days::integer * receivables / billed_gross, 1) as decimal(18, 1)) end as debtor_days
    from sums
)

select currency, wip, receivables, billed_net, billed_gross, wip_days, debtor_days, wip_days + debtor_days as lock_up_days
from measured
order by currency
