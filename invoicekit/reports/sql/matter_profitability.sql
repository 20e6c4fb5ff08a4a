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
-- column: cost | Time worked at what an hour of each user costs the firm now, and the firm's own expenses.
-- column: passed_on | Disbursements: paid for the customer, and neither income nor cost.
-- column: margin | Billed and in progress, less what is passed on and what it cost.
-- column: budget | What was agreed, before tax.
-- column: budget_left | Of the budget, what is neither billed nor in progress; negative where it is exceeded.
-- ratio: budget_used | Billed and in progress against the budget, in percent.
-- chart: matter: billed, wip, budget_left
-- identity: wip = wip.wip, for each matter
with work as (
    select
        activities.matter,
        coalesce(sum(activities.worked), 0)::decimal(18, 4) as worked,
        coalesce(sum(activities.worked * coalesce(users.cost_rate, 0)), 0)::decimal(38, 10) as time_cost,
        coalesce(sum(activities.amount) filter (where activities.kind = 'expense'), 0)::decimal(18, 4) as expenses,
        coalesce(
            sum(activities.amount) filter (
                where activities.kind = 'disbursement' and activities.billable and activities.written_off_on is null
            ), 0
        )::decimal(18, 4) as passed_on
    from activities
    left join users on users.id = activities.worked_by
    where activities.date <= $as_of
    group by activities.matter
),

posted as (
    select
        matter,
        sum(amount)::decimal(18, 4) as wip,
        coalesce(-sum(amount) filter (where event in ('written_off', 'restored')), 0)::decimal(18, 4) as written_off
    from wip_entries
    where entry_date <= $as_of
    group by matter
),

billed as (
    select activities.matter, sum(lines.net)::decimal(18, 4) as billed
    from invoice_lines as lines
    inner join invoices on invoices.id = lines.invoice
    inner join activities on activities.id = lines.activity
    where invoices.status <> 'draft' and invoices.date <= $as_of
    group by activities.matter
),

sums as (
    select
        matters.id, concat_ws(' ', matters.number, matters.title) as matter, matters.responsible, matters.currency, matters.budget,
        coalesce(work.worked, 0)::decimal(18, 4) as worked,
        coalesce(billed.billed, 0)::decimal(18, 4) as billed,
        coalesce(posted.wip, 0)::decimal(18, 4) as wip,
        coalesce(posted.written_off, 0)::decimal(18, 4) as written_off,
        (
            coalesce(floor(work.time_cost * 100 + 1800)::hugeint // 3600 * 0.01, 0) + coalesce(work.expenses, 0)
        )::decimal(18, 4) as cost,
        coalesce(work.passed_on, 0)::decimal(18, 4) as passed_on
    from matters
    left join work on work.matter = matters.id
    left join posted on posted.matter = matters.id
    left join billed on billed.matter = matters.id
    where matters.opened_on is null or matters.opened_on <= $as_of or work.matter is not null
)

select
    sums.id as matter_id,
    sums.matter,
    users.name as responsible,
    sums.currency,
    (floor(sums.worked * 10000 + 1800)::bigint // 3600 * 0.0001)::decimal(18, 4) as hours_worked,
    sums.billed,
    sums.wip,
    sums.written_off,
    sums.cost,
    sums.passed_on,
    (sums.billed + sums.wip - sums.passed_on - sums.cost)::decimal(18, 4) as margin,
    sums.budget,
    (sums.budget - sums.billed - sums.wip)::decimal(18, 4) as budget_left,
    case when sums.budget > 0 then round(100 * (sums.billed + sums.wip) / sums.budget, 1)::decimal(9, 1) end as budget_used
from sums
left join users on users.id = sums.responsible
order by sums.currency, margin desc, sums.matter, sums.id
