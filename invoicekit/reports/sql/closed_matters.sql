-- title: Closed matters
-- question: Which matters were closed, and is anything of them still owed or not billed?
-- parameter: as_of date = current_date | Business date; what was closed or posted after it is left out.
-- parameter: since date = null | Only what was closed from then on.
-- column: matter_id | Number of the matter.
-- column: matter | Its number and title.
-- column: clients | Whom it was for.
-- column: opened_on | Day it was opened.
-- column: closed_on | Day it was closed.
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: billed | What invoices and credit notes of this matter came to, with tax.
-- column: still_owed | What is open on them: closed is not the same as paid.
-- column: wip | Work that is neither billed nor given up.
-- chart: matter: still_owed, wip
-- explain: billed = issued(invoices) by matter_id, currency
-- explain: still_owed = posted(entries) by matter_id, currency
-- explain: wip = worked(wip_entries) by matter_id, currency
-- identity: still_owed is the part of open_items.amount that stands on invoices of closed matters; wip = wip.wip of these
with closed as (
    select *
    from matters
    where
        closed_on <= $as_of and ($since is null or closed_on >= $since)
),

issued as (
    select id, matter, currency, (total + coalesce(rounding, 0))::decimal(18, 4) as amount
    from invoices
    where
        status <> 'draft' and date <= $as_of and matter in (select id from closed)
),

posted as (
    select entries.id, invoices.matter, entries.currency, entries.amount
    from settled_entries as entries
    inner join invoices on invoices.id = entries.invoice
    where
        entries.entry_date <= $as_of and entries.settled_on >= $as_of and invoices.matter in (select id from closed)
),

worked as (
    select id, matter, currency, amount
    from wip_entries
    where
        entry_date <= $as_of and matter in (select id from closed)
),

sums as (
    select matter, currency, amount as billed, 0 as still_owed, 0 as wip from issued
    union all
    select matter, currency, 0, amount, 0 from posted
    union all
    select matter, currency, 0, 0, amount from worked
),

summed as (
    select
        matter, currency, sum(billed)::decimal(18, 4) as billed, sum(still_owed)::decimal(18, 4) as still_owed,
        sum(wip)::decimal(18, 4) as wip
    from sums
    group by matter, currency
),

clients as (
    select matter_clients.matter, string_agg(customer_names.name, ', ' order by customer_names.name) as clients
    from matter_clients
    inner join customer_names on customer_names.id = matter_clients.customer
    group by matter_clients.matter
)

select
    closed.id as matter_id,
    concat_ws(' ', closed.number, closed.title) as matter,
    clients.clients,
    closed.opened_on,
    closed.closed_on,
    coalesce(summed.currency, closed.currency) as currency,
    coalesce(summed.billed, 0)::decimal(18, 4) as billed,
    coalesce(summed.still_owed, 0)::decimal(18, 4) as still_owed,
    coalesce(summed.wip, 0)::decimal(18, 4) as wip
from closed
left join summed on summed.matter = closed.id
left join clients on clients.matter = closed.id
order by closed.closed_on, matter, closed.id, currency
