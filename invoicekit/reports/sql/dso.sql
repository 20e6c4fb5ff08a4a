-- title: Days sales outstanding
-- question: How many days of billing are waiting to be paid, and is it getting better?
-- parameter: as_of date = current_date | Business date; the ends of the months before it are looked at as well.
-- parameter: months integer = 12 | At how many ends of months, this one included.
-- parameter: days integer = 365 | Over how many days up to each of them billing is measured.
-- column: day | End of the month, or the same day of it.
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: receivables | What was owed.
-- column: billed | Invoices and credit notes of the days before, with tax.
-- measure: dso | Receivables against billing, in days: receivables / billed x days.
-- measure: countback | Days of the latest billing that make up the receivables, counted back month by month; at most those of three years.
-- measure: best_possible | What it would be if nothing were past its due date.
-- measure: days_delinquent | The rest of dso: what is late, in days of billing.
-- chart: lines day: dso, countback, best_possible [days]
-- totals: none
-- explain: receivables = posted(entries) by currency where step.entry_date <= $row_day
-- explain: billed = issued(invoices) by currency where step.date <= $row_day and step.date > $row_day - $days::integer
-- identity: receivables of the last day = sum(balances.balance), for each currency
with posted as (
    select id, currency, entry_date, due_date, amount
    from entries
    where
        entry_date <= $as_of
        -- only: customer; currency
),

issued as (
    select id, currency, date, total as amount
    from invoices
    where
        status <> 'draft' and date <= $as_of
        -- only: customer; currency
),

ends as (
    select
        step,
        case when last_day($as_of) = $as_of then last_day(($as_of - to_months(step::integer))::date)
            else ($as_of - to_months(step::integer))::date
        end as day
    from generate_series(0, $months + 36) as steps (step)
),

-- A few thousand days stand for millions of postings.
by_day as (
    select currency, entry_date, due_date, sum(amount)::decimal(18, 4) as amount
    from posted
    group by currency, entry_date, due_date
),

owed as (
    select
        ends.step, ends.day, by_day.currency, sum(by_day.amount)::decimal(18, 4) as receivables,
        coalesce(sum(by_day.amount) filter (where by_day.due_date >= ends.day or by_day.due_date is null), 0)::decimal(18, 4) as not_late
    from ends
    inner join by_day on by_day.entry_date <= ends.day
    where ends.step < $months
    group by ends.step, ends.day, by_day.currency
),

sales_by_day as (
    select currency, date, sum(amount)::decimal(18, 4) as amount
    from issued
    group by currency, date
),

billed as (
    select ends.step, sales_by_day.currency, sum(sales_by_day.amount)::decimal(18, 4) as billed
    from ends
    inner join sales_by_day on sales_by_day.date <= ends.day and sales_by_day.date > ends.day - $days::integer
    where ends.step < $months
    group by ends.step, sales_by_day.currency
),

spans as (
    select step, day, lead(day) over (order by step) as before
    from ends
),

sales as (
    select spans.step, sales_by_day.currency, sum(sales_by_day.amount)::decimal(18, 4) as amount
    from spans
    inner join sales_by_day on sales_by_day.date <= spans.day and sales_by_day.date > spans.before
    group by spans.step, sales_by_day.currency
),

-- What each of the 36 months before a day still has to make up of what was owed on it.
counted as (
    select
        owed.step, spans.step as back, owed.currency, owed.receivables, spans.day - spans.before as days, coalesce(sales.amount, 0) as amount,
        owed.receivables - coalesce(
            sum(coalesce(sales.amount, 0)) over (
                partition by owed.step, owed.currency order by spans.step rows between unbounded preceding and 1 preceding
            ),
            0
        ) as left_over
    from owed
    inner join spans on spans.step >= owed.step and spans.step < owed.step + 36
    left join sales on sales.step = spans.step and sales.currency = owed.currency
),

-- Once it is made up, it stays so, whatever was credited in a month before.
reached as (
    select
        *, bool_or(left_over <= 0) over (
            partition by step, currency order by back rows between unbounded preceding and current row
        ) as is_made_up
    from counted
),

countback as (
    select
        step, currency,
        coalesce(sum(days) filter (where amount <= left_over), 0)::bigint as whole,
        max(days * left_over) filter (where amount > left_over) as part, max(amount) filter (where amount > left_over) as of
    from reached
    where not is_made_up
    group by step, currency
)

select
    owed.day,
    owed.currency,
    owed.receivables,
    coalesce(billed.billed, 0)::decimal(18, 4) as billed,
    case when billed.billed > 0 then {tenths: $days::integer * owed.receivables per billed.billed} end as dso,
    (coalesce(countback.whole, 0) + coalesce({tenths: countback.part per countback.of}, 0))::decimal(18, 1) as countback,
    case when billed.billed > 0 then {tenths: $days::integer * owed.not_late per billed.billed} end as best_possible,
    case when billed.billed > 0
        then ({tenths: $days::integer * owed.receivables per billed.billed} - {tenths: $days::integer * owed.not_late per billed.billed})
    end::decimal(18, 1) as days_delinquent
from owed
left join billed using (step, currency)
left join countback using (step, currency)
order by owed.currency, owed.day
