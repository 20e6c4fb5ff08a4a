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
with stood as (
    select
        activity, invoice, any_value(matter) as matter, any_value(customer) as customer, any_value(worked_by) as worked_by,
        any_value(kind) as kind
    from wip_entries
    where event = 'billed'
    group by activity, invoice
),

counted as (
    select
        entries.id, entries.currency, -entries.amount as amount, entries.event in ('written_off', 'restored') as gave_up,
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
    from wip_entries as entries
    left join sole_clients as sole on sole.matter = entries.matter
    where
        entries.event in ('billed', 'freed', 'written_off', 'restored') and entries.entry_date <= $as_of
        and ($since is null or entries.entry_date >= $since)
        -- only: coalesce(entries.customer, sole.customer); entries.currency
),

-- What was billed counts where the work stood when it was billed, and a credit note there as well.
charged as (
    select
        invoices.currency, coalesce(lines.realised, lines.net) as amount,
    -- if by is matter
        stood.matter
    -- end
    -- if by is user
        stood.worked_by as user
    -- end
    -- if by is kind
        stood.kind
    -- end
    -- if by is customer
        coalesce(stood.customer, sole.customer) as customer
    -- end
    from invoice_lines as lines
    inner join invoices on invoices.id = lines.invoice
    inner join stood on stood.activity = lines.activity and stood.invoice = coalesce(invoices.corrects, invoices.id)
    left join sole_clients as sole on sole.matter = stood.matter
    where
        invoices.status <> 'draft' and invoices.date <= $as_of and ($since is null or invoices.date >= $since)
        -- only: coalesce(stood.customer, sole.customer); invoices.currency
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
)

select
-- if by is matter, customer, user
    summed.record as {by}_id,
-- end
-- if by is matter
    concat_ws(' ', matters.number, matters.title) as {by},
-- end
-- if by is customer
    coalesce(customer_names.name, 'no client named') as {by},
-- end
-- if by is user
    coalesce(users.name, 'nobody named') as {by},
-- end
-- if by is kind
    summed.record as {by},
-- end
    summed.currency,
    summed.recorded,
    summed.billed,
    summed.written_off,
    case when summed.recorded > 0 then try_cast(round(100 * summed.billed / summed.recorded, 1) as decimal(9, 1)) end as realisation
from summed
-- if by is matter
inner join matters on matters.id = summed.record
-- end
-- if by is customer
left join customer_names on customer_names.id = summed.record
-- end
-- if by is user
left join users on users.id = summed.record
-- end
where summed.recorded <> 0 or summed.billed <> 0
order by summed.currency, summed.recorded desc, {by}, summed.record
