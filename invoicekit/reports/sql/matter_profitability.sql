-- title: Profitability of matters
-- question: What did each matter bring and cost, and how far is it through its budget?
-- parameter: as_of date = current_date | Business date; what was worked or billed after it is left out.
-- column: matter_id | Number of the matter.
-- column: matter | Its number and title.
-- column: responsible | Who answers for it.
-- column: currency | ISO 4217 code; currencies are never added up.
-- measure: hours_worked | Time worked on it, billable or not.
-- column: billed | What was billed, before tax, less credit notes; disbursements included.
-- column: wip | What may be billed and is not yet.
-- column: written_off | What was given up.
-- column: cost | Time worked at what an hour of each user costs the firm now, and what was paid: expenses and disbursements.
-- column: margin | Billed and in progress, less what it cost; a disbursement that was passed on is in both.
-- column: budget | What was agreed, before tax.
-- column: budget_left | Of the budget, what is neither billed nor in progress; negative where it is exceeded.
-- ratio: budget_used | Billed and in progress against the budget, in percent.
-- chart: matter: billed, wip, budget_left
-- explain: wip = progressed(wip_entries) by matter_id
-- identity: wip = wip.wip, for each matter
with stood as (
    -- On which matter work stood on that day; what was never billable, on the one it is noted on.
    select activity, arg_max(matter, id) as matter
    from wip_entries
    where entry_date <= $as_of and (amount > 0 or seconds > 0)
    group by activity
),

work as (
    select
        coalesce(stood.matter, activities.matter) as matter,
        coalesce(sum(activities.worked), 0)::decimal(18, 4) as worked,
        coalesce(sum(activities.worked * coalesce(users.cost_rate, 0)), 0)::decimal(38, 10) as time_cost,
        coalesce(sum(activities.amount) filter (where activities.kind in ('expense', 'disbursement')), 0)::decimal(18, 4) as paid
    from activities
    left join stood on stood.activity = activities.id
    left join users on users.id = activities.worked_by
    where activities.date <= $as_of
    group by coalesce(stood.matter, activities.matter)
),

progressed as (
    select id, matter, event, amount
    from wip_entries
    where entry_date <= $as_of
),

posted as (
    select
        matter,
        sum(amount)::decimal(18, 4) as wip,
        coalesce(-sum(amount) filter (where event in ('written_off', 'restored')), 0)::decimal(18, 4) as written_off
    from progressed
    group by matter
),

billed_on as (
    select activity, invoice, any_value(matter) as matter
    from wip_entries
    where event = 'billed'
    group by activity, invoice
),

-- Work counts at what it was billed at, where it stood then; what is billed without work, on the matter of its invoice.
billed_at as (
    select
        case when lines.activity is null then invoices.matter else billed_on.matter end as matter,
        case when covering.invoice is null then coalesce(lines.realised, lines.net) else 0 end as amount
    from invoice_lines as lines
    inner join invoices on invoices.id = lines.invoice
    left join billed_on
        on billed_on.activity = lines.activity and billed_on.invoice = coalesce(invoices.corrects, invoices.id)
    left join (select distinct invoice, covered_by from invoice_lines where covered_by is not null) as covering
        on covering.invoice = lines.invoice and covering.covered_by = lines.position
    where invoices.status <> 'draft' and invoices.date <= $as_of
),

billed as (
    select matter, sum(amount)::decimal(18, 4) as billed
    from billed_at
    where matter is not null
    group by matter
),

sums as (
    select
        matters.id, concat_ws(' ', matters.number, matters.title) as matter, matters.responsible, matters.currency, matters.budget,
        coalesce(work.worked, 0)::decimal(18, 4) as worked,
        coalesce(billed.billed, 0)::decimal(18, 4) as billed,
        coalesce(posted.wip, 0)::decimal(18, 4) as wip,
        coalesce(posted.written_off, 0)::decimal(18, 4) as written_off,
        (
            coalesce(floor(work.time_cost * 100 + 1800)::hugeint // 3600 * 0.01, 0) + coalesce(work.paid, 0)
        )::decimal(18, 4) as cost
    from matters
    left join work on work.matter = matters.id
    left join posted on posted.matter = matters.id
    left join billed on billed.matter = matters.id
    where
        matters.opened_on is null or matters.opened_on <= $as_of or work.matter is not null or posted.matter is not null
        or billed.matter is not null
)

select
    sums.id as matter_id,
    sums.matter,
    users.name as responsible,
    sums.currency,
    (((sums.worked * 10000)::bigint + 1800) // 3600 * 0.0001)::decimal(18, 4) as hours_worked,
    sums.billed,
    sums.wip,
    sums.written_off,
    sums.cost,
    (sums.billed + sums.wip - sums.cost)::decimal(18, 4) as margin,
    sums.budget,
    (sums.budget - sums.billed - sums.wip)::decimal(18, 4) as budget_left,
    case when sums.budget > 0 then {tenths: 100 * (sums.billed + sums.wip) per sums.budget} end as budget_used
from sums
left join users on users.id = sums.responsible
order by sums.currency, margin desc, sums.matter, sums.id
