-- title: Realisation
-- question: What of the work that was settled, by billing it or giving it up, was really billed?
-- parameter: as_of date = current_date | Last day; what was billed or given up after it is left out.
-- parameter: since date = null | First day; from the beginning where none is given.
-- parameter: by choice(matter, customer, user, kind) = matter | What it is summed up by.
-- column: id | Number of the matter, customer or user; empty for a kind, and where none is named.
-- column: name | What it is called; "(inactive)" follows a customer that is.
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: recorded | Value of the work as it was recorded that was billed or written off, less what a credit note freed.
-- column: billed | What invoices and credit notes charge for it, before tax.
-- column: written_off | Value of what of it was given up.
-- ratio: realisation | Billed against recorded, in percent.
-- chart: name: billed, written_off
-- identity: recorded = what left work in progress by billing and writing off; billed counts where the work stood then
with stood as (
    select
        activity, invoice, any_value(matter) as matter, any_value(customer) as customer, any_value(worked_by) as worked_by,
        any_value(kind) as kind
    from wip_entries
    where event = 'billed'
    group by activity, invoice
),

settled as (
    select
        matter, customer, currency, worked_by, kind, -amount as recorded,
        case when event in ('written_off', 'restored') then -amount else 0 end as written_off,
        0 as billed
    from wip_entries
    where
        event in ('billed', 'freed', 'written_off', 'restored') and entry_date <= $as_of
        and ($since is null or entry_date >= $since)

    union all
    -- What was billed counts where the work stood when it was billed, and a credit note there as well.
    select
        stood.matter, stood.customer, invoices.currency, stood.worked_by, stood.kind, 0, 0, coalesce(lines.realised, lines.net)
    from invoice_lines as lines
    inner join invoices on invoices.id = lines.invoice
    inner join stood on stood.activity = lines.activity and stood.invoice = coalesce(invoices.corrects, invoices.id)
    where invoices.status <> 'draft' and invoices.date <= $as_of and ($since is null or invoices.date >= $since)
),

summed as (
    select
        case $by
            when 'matter' then settled.matter
            when 'user' then settled.worked_by
            when 'customer' then coalesce(settled.customer, sole.customer)
        end as record,
        case when $by = 'kind' then settled.kind end as kind,
        settled.currency,
        sum(settled.recorded)::decimal(18, 4) as recorded,
        sum(settled.billed)::decimal(18, 4) as billed,
        sum(settled.written_off)::decimal(18, 4) as written_off
    from settled
    left join sole_clients as sole on sole.matter = settled.matter
    group by all
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
    summed.recorded,
    summed.billed,
    summed.written_off,
    case when summed.recorded > 0 then try_cast(round(100 * summed.billed / summed.recorded, 1) as decimal(9, 1)) end as realisation
from summed
left join matters on $by = 'matter' and matters.id = summed.record
left join users on $by = 'user' and users.id = summed.record
left join customer_names on $by = 'customer' and customer_names.id = summed.record
where summed.recorded <> 0 or summed.billed <> 0
order by summed.currency, summed.recorded desc, name, summed.record
