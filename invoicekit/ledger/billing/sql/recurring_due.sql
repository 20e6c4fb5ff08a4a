-- The invoices that recurring ones (all, or $which) make up to a day ($until) and did not make yet. Each day is counted from the first one,
-- so that the 31st comes back after a shorter month.
with counted as (
    select
        *,
        unnest(generate_series(
            0,
            (case unit
                when 'day' then date_diff('day', starts_on, $until::date)
                when 'week' then date_diff('day', starts_on, $until::date) // 7
                when 'month' then date_diff('month', starts_on, $until::date)
                else date_diff('year', starts_on, $until::date)
            end // every)::bigint
        )) as nth
    from recurring_invoices
    where starts_on <= $until::date and ($which is null or id = $which)
),

dated as (
    select
        *, days_on(starts_on, nth * every, unit) as period
    from counted
),

due as (
    select *
    from dated
    where
        period <= $until::date and (ends_on is null or period <= ends_on) and (paused_on is null or period < paused_on)
        and not exists (
            select 1 from recurring_pauses as pauses
            where pauses.recurring = dated.id and dated.period between pauses.since and pauses.until
        )
        and not exists (select 1 from invoices where invoices.recurring = dated.id and invoices.period = dated.period)
),

-- In the currency of the template or its customer; only a draft knows whether somebody above the customer is billed in another one.
priced as (
    select
        templates.id,
        coalesce(
            templates.currency, customers.currency, (select max(settings.value) from settings where settings.name = 'currency'), 'EUR'
        ) as currency
    from recurring_invoices as templates
    inner join customers on customers.id = templates.customer
),

worth as (
    select
        priced.id as recurring, any_value(priced.currency) as currency,
        sum(line_worth(lines.quantity, lines.unit_price, lines.price_per, lines.discount, digits(priced.currency)))::decimal(18, 4)
            as amount
    from recurring_lines as lines
    inner join priced on priced.id = lines.recurring
    group by priced.id
)

select
    due.id, due.name as recurring, due.customer as customer_id, customers.display_name as customer, due.period, worth.amount, worth.currency,
    case
        when customers.inactive_since is not null then customers.display_name || ' is inactive since ' || customers.inactive_since
        when matters.closed_on is not null then matter_name(matters.number, matters.title) || ' is closed since ' || matters.closed_on
    end as problem
from due
inner join customers on customers.id = due.customer
left join matters on matters.id = due.matter
left join worth on worth.recurring = due.id
order by due.period, due.name
