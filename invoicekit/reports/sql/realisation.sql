-- title: Realisation
-- question: What of the work that was settled, by billing it or giving it up, was really billed?
-- parameter: as_of date = current_date | Last day; what was billed or given up after it is left out.
-- parameter: since date = null | First day; from the beginning where none is given.
-- parameter: by choice(matter, customer, user, kind) = matter | What it is summed up by.
-- if by is matter, customer, user
-- column: {by}_id | Number of the matter, customer or user; empty where none is named.
-- end
-- column: {by} | What it is called; "(inactive)" follows a customer that is.
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: recorded | Value of the work as it was recorded that was billed or written off, less what a credit note freed.
-- column: billed | What invoices and credit notes charge for it, before tax.
-- column: written_off | Value of what of it was given up.
-- ratio: realisation | Billed against recorded, in percent.
-- chart: {by}: billed, written_off
-- if by is matter, customer, user
-- explain: recorded = counted(wip_entries) by {by}_id, currency
-- explain: written_off = counted(wip_entries) by {by}_id, currency where step.gave_up
-- end
-- if by is kind
-- explain: recorded = counted(wip_entries) by kind, currency
-- end
-- identity: recorded = what left work in progress by billing and writing off; billed counts where the work stood then
with
-- include: work,

stood as (
    select activity, invoice, any_value(work.{by}) as {by}
    from work
    where event = 'billed'
    group by activity, invoice
),

counted as (
    select id, work.{by}, currency, -amount as amount, event in ('written_off', 'restored') as gave_up
    from work
    where
        event in ('billed', 'freed', 'written_off', 'restored') and entry_date <= $as_of
        and ($since is null or entry_date >= $since)
        -- only: ; currency
),

-- What was billed counts where the work stood when it was billed, and a credit note there as well.
charged as (
    select stood.{by}, invoices.currency, coalesce(lines.realised, lines.net) as amount
    from invoice_lines as lines
    inner join invoices on invoices.id = lines.invoice
    inner join stood on stood.activity = lines.activity and stood.invoice = coalesce(invoices.corrects, invoices.id)
    where
        invoices.status <> 'draft' and invoices.date <= $as_of and ($since is null or invoices.date >= $since)
        -- only: ; invoices.currency
),

settled as (
    select {by}, currency, amount as recorded, case when gave_up then amount else 0 end as written_off, 0 as billed from counted
    union all
    select {by}, currency, 0, 0, amount from charged
),

summed as (
    select
        {by} as record, currency, sum(recorded)::decimal(18, 4) as recorded, sum(billed)::decimal(18, 4) as billed,
        sum(written_off)::decimal(18, 4) as written_off
    from settled
    group by {by}, currency
),

-- include: named

select
-- if by is matter, customer, user
    named.record as {by}_id,
-- end
    named.{by},
    named.currency,
    named.recorded,
    named.billed,
    named.written_off,
    case when named.recorded > 0 then {tenths: 100 * named.billed per named.recorded} end as realisation
from named
where named.recorded <> 0 or named.billed <> 0
order by named.currency, named.recorded desc, named.{by}, named.record
