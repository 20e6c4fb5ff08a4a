-- title: Cash-in forecast
-- question: How much of what is open will come in, week by week, going by how everybody has paid so far?
-- parameter: as_of date = current_date | The day before the first week; nothing later is looked at.
-- parameter: weeks integer = 13 | How many weeks ahead.
-- parameter: backtest integer = 0 | How many earlier days, four weeks apart, are forecast from as well, to be held against what came in.
-- column: forecast_on | The day it is forecast from, knowing what was posted until then.
-- column: week | First day of the week; empty for all that is expected later, or never.
-- column: until | Its last day.
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: expected | What is open, times the chance that it comes in that week.
-- column: p10 | In one of ten cases less comes in.
-- column: p50 | In half of the cases less comes in.
-- column: p90 | In nine of ten cases less comes in.
-- column: actual | What did come in of what was open; empty where the week is not over by as_of.
-- chart: band week: p10, p50, p90, actual
-- totals: none
-- explain: expected = standing(entries) by forecast_on, currency
-- identity: sum(expected) of a day = what was open on invoices that day, where that is more than nothing
with origins as (
    select ($as_of - (28 * step)::integer)::date as origin
    from generate_series(0, $backtest) as steps (step)
),

posted as (
    select
        id, customer, currency, invoice, entry_date, coalesce(due_date, invoice_date) as due_date, amount,
        payment is not null and kind in ('payment', 'allocation', 'bounce') as is_money,
        payment is not null and kind in ('payment', 'allocation') and amount < 0 as is_payment
    from entries
    where
        entry_date <= $as_of and invoice is not null
        -- only: customer; currency
),

-- What was open on each of these days.
items as (
    select
        origins.origin, posted.customer, posted.currency, posted.invoice, arg_max(posted.due_date, posted.id) as due_date,
        sum(posted.amount)::decimal(18, 4) as amount
    from posted
    inner join origins on posted.entry_date <= origins.origin
    group by origins.origin, posted.customer, posted.currency, posted.invoice
    having sum(posted.amount) > 0
),

standing as (
    select posted.id, items.origin as forecast_on, posted.currency, posted.amount
    from posted
    inner join items
        on items.invoice = posted.invoice and items.customer = posted.customer and items.currency = posted.currency
        and posted.entry_date <= items.origin
),

-- In which week after its due date money came, and which weeks it has not come in so far: both say how people pay.
-- Weeks long before and after the due date are one.
events as (
    select
        origins.origin, posted.customer, greatest(-9, least(104, floor((posted.entry_date - posted.due_date) / 7)))::integer as place,
        1 as paid
    from posted
    inner join origins on posted.entry_date <= origins.origin and posted.entry_date > origins.origin - 1095
    where posted.is_payment

    union all
    select origin, customer, greatest(-9, least(104, floor((origin - due_date) / 7)))::integer, 0
    from items
),

counted as (
    select origin, customer, place, sum(paid)::bigint as paid, count(*) as seen
    from events
    group by origin, customer, place
),

everybody as (
    select origin, place, sum(paid)::bigint as paid, sum(seen)::bigint as seen
    from counted
    group by origin, place
),

places as (select unnest(generate_series(-9, 104))::integer as place),

-- How many of those that came so far without money got it in that week (Kaplan and Meier, 1958), in the whole book; who
-- is in that week still counts for half of it.
habits as (
    select
        origins.origin, places.place,
        coalesce(
            coalesce(everybody.paid, 0)
            / nullif(
                sum(coalesce(everybody.seen, 0)) over (partition by origins.origin order by places.place desc)
                - (coalesce(everybody.seen, 0) - coalesce(everybody.paid, 0)) / 2, 0
            ),
            0
        ) as chance
    from origins
    cross join places
    left join everybody on everybody.origin = origins.origin and everybody.place = places.place
),

-- The same for each customer: its own payments, and the book's habits as if they were five more of them.
own as (
    select
        owing.origin, owing.customer, places.place,
        (coalesce(counted.paid, 0) + 5 * habits.chance)
        / (
            sum(coalesce(counted.seen, 0)) over (partition by owing.origin, owing.customer order by places.place desc)
            - (coalesce(counted.seen, 0) - coalesce(counted.paid, 0)) / 2 + 5
        ) as chance
    from (select distinct origin, customer from items) as owing
    cross join places
    inner join habits on habits.origin = owing.origin and habits.place = places.place
    left join counted on counted.origin = owing.origin and counted.customer = owing.customer and counted.place = places.place
),

ahead as (
    select
        items.*, weeks.week,
        1 - product(1 - own.chance) over (
            partition by items.origin, items.customer, items.currency, items.invoice order by weeks.week
        ) as by_then
    from items
    cross join (select unnest(generate_series(1, $weeks::bigint)) as week) as weeks
    inner join own
        on own.origin = items.origin and own.customer = items.customer
        and own.place = greatest(-9, least(104, floor((items.origin - items.due_date + 7 * weeks.week - 3) / 7)))::integer
),

chances as (
    select
        *,
        coalesce(lag(by_then) over (partition by origin, customer, currency, invoice order by week), 0) as before
    from ahead
),

expected as (
    select
        origin, currency, week, sum((amount::decimal(38, 4) * 10000)::hugeint * round((by_then - before) * 1000000)::bigint)::hugeint as millionths
    from chances
    group by origin, currency, week
),

-- The same draws every day, so that a forecast is the same tomorrow: what one customer owes from one week is paid together.
draws as (
    select unnest(generate_series(1, greatest(40, least(400, 400000 // greatest((select count(*) from items), 1)))::bigint)) as draw
),

lots as (
    select distinct origin, customer, currency, date_trunc('week', due_date)::date as due_week
    from items
),

drawn as (
    select
        lots.*, draws.draw,
        (md5_number_lower(concat_ws('/', lots.customer, lots.currency, lots.due_week, draws.draw)) >> 11)::double / 9007199254740992 as luck
    from lots
    cross join draws
),

came as (
    select chances.origin, chances.currency, chances.week, drawn.draw, sum(chances.amount)::decimal(18, 4) as amount
    from drawn
    inner join chances
        on chances.origin = drawn.origin and chances.customer = drawn.customer and chances.currency = drawn.currency
        and date_trunc('week', chances.due_date)::date = drawn.due_week
        and drawn.luck >= chances.before and drawn.luck < chances.by_then
    group by chances.origin, chances.currency, chances.week, drawn.draw
),

cases as (
    select
        expected.origin, expected.currency, expected.week,
        quantile_disc(coalesce(came.amount, 0::decimal(18, 4)), 0.1) as p10,
        quantile_disc(coalesce(came.amount, 0::decimal(18, 4)), 0.5) as p50,
        quantile_disc(coalesce(came.amount, 0::decimal(18, 4)), 0.9) as p90
    from expected
    cross join draws
    left join came
        on came.origin = expected.origin and came.currency = expected.currency and came.week = expected.week and came.draw = draws.draw
    group by expected.origin, expected.currency, expected.week
),

actual as (
    select
        items.origin, items.currency, ((posted.entry_date - items.origin - 1) // 7 + 1)::bigint as week,
        -sum(posted.amount)::decimal(18, 4) as amount
    from posted
    inner join items
        on items.invoice = posted.invoice and items.customer = posted.customer and items.currency = posted.currency
        and posted.entry_date > items.origin
    where posted.is_money
    group by items.origin, items.currency, ((posted.entry_date - items.origin - 1) // 7 + 1)::bigint
),

said as (
    select
        origin, currency, week,
        (((millionths + 50000000) // 100000000) * 0.01)::decimal(18, 4) as expected
    from expected
),

rest as (
    select items.origin, items.currency, (sum(items.amount) - coalesce(any_value(so_far.expected), 0))::decimal(18, 4) as expected
    from items
    left join (select origin, currency, sum(expected) as expected from said group by origin, currency) as so_far using (origin, currency)
    group by items.origin, items.currency
)

select
    said.origin as forecast_on,
    (said.origin + (7 * said.week - 6)::integer)::date as week,
    (said.origin + (7 * said.week)::integer)::date as until,
    said.currency,
    said.expected,
    cases.p10,
    cases.p50,
    cases.p90,
    case when said.origin + (7 * said.week)::integer <= $as_of then coalesce(actual.amount, 0) end::decimal(18, 4) as actual
from said
inner join cases on cases.origin = said.origin and cases.currency = said.currency and cases.week = said.week
left join actual on actual.origin = said.origin and actual.currency = said.currency and actual.week = said.week
union all
select origin, null, null, currency, expected, null, null, null, null
from rest
order by currency, forecast_on, week nulls last
