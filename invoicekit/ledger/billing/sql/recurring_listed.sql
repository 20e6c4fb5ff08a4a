-- Recurring invoices, with how many were made of each and the day of the next one, up to a horizon ($horizon).
with made as (
    select recurring, count(*) as made, max(period) as last
    from invoices
    where recurring is not null
    group by recurring
),

counted as (
    select
        *, unnest(generate_series(0, (date_diff('day', starts_on, $horizon::date) // (every * case unit when 'day' then 1 when 'week' then 7
            when 'month' then 28 else 365 end))::bigint)) as nth
    from recurring_invoices
    where paused_on is null
),

dated as (
    select
        id, ends_on, days_on(starts_on, nth * every, unit) as period
    from counted
),

coming as (
    select dated.id, min(dated.period) as next
    from dated
    where
        (ends_on is null or period <= ends_on)
        and not exists (select 1 from invoices where invoices.recurring = dated.id and invoices.period = dated.period)
        and not exists (
            select 1 from recurring_pauses as pauses
            where pauses.recurring = dated.id and dated.period between pauses.since and pauses.until
        )
    group by dated.id
)

select
    recurring.id, recurring.name, customer_names.name as customer, recurring.every, recurring.unit, recurring.starts_on, recurring.ends_on,
    recurring.paused_on, coalesce(made.made, 0) as made, made.last, coming.next
from recurring_invoices as recurring
inner join customer_names on customer_names.id = recurring.customer
left join made on made.recurring = recurring.id
left join coming on coming.id = recurring.id
order by recurring.name
