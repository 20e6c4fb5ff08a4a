-- Incoming activities (incoming_activities: row and the fields of activities) with what is not said of them.
-- A rate that was given stands; else the category's, the matter's, the customer's, the user's or the book's, the first of
-- them there is. Time is rounded up by itself, never as a sum. What it comes to is rounded once, to the currency's digits.
with book as (
    select
        max(value) filter (where name = 'hourly_rate')::decimal(18, 6) as rate,
        max(value) filter (where name = 'time_step')::integer as time_step
    from settings
),

usual as (
    select
        incoming.row,
        coalesce(incoming.kind, categories.kind, 'time') as kind,
        coalesce(incoming.description, categories.description) as description,
        coalesce(incoming.billable, categories.billable, true) as billable,
        coalesce(incoming.tax_rate, categories.tax_rate, matters.tax_rate, customers.tax_rate, users.tax_rate) as tax_rate,
        case
            when incoming.tax_rate is not null then coalesce(incoming.tax_from, 'given')
            when categories.tax_rate is not null then 'category'
            when matters.tax_rate is not null then 'matter'
            when customers.tax_rate is not null then 'customer'
            when users.tax_rate is not null then 'user'
        end as tax_from,
        incoming.rate as given_rate, categories.rate as category_rate, matters.rate as matter_rate,
        customers.rate as customer_rate, users.rate as user_rate, book.rate as book_rate,
        coalesce(matters.time_step, book.time_step, 0) as time_step,
        digits(coalesce(matters.currency, $currency)) as places
    from incoming_activities as incoming
    cross join book
    left join activity_categories as categories on categories.id = incoming.category
    left join matters on matters.id = incoming.matter
    left join sole_clients as sole on sole.matter = incoming.matter
    left join customers on customers.id = coalesce(incoming.customer, sole.customer)
    left join users on users.id = incoming.worked_by
),

rated as (
    select
        incoming.* replace (
            usual.kind as kind,
            usual.description as description,
            usual.billable as billable,
            case
                -- An amount that was stated for time has no rate but one that was given with it.
                when usual.kind = 'time' and given_rate is null and incoming.amount is not null then null
                when usual.kind = 'time' then coalesce(given_rate, category_rate, matter_rate, customer_rate, user_rate, book_rate)
                else coalesce(given_rate, category_rate)
            end as rate,
            case
                when given_rate is not null then coalesce(incoming.rate_from, 'given')
                when usual.kind = 'time' and incoming.amount is not null then null
                when category_rate is not null then 'category'
                when usual.kind <> 'time' then null
                when matter_rate is not null then 'matter'
                when customer_rate is not null then 'customer'
                when user_rate is not null then 'user'
                when book_rate is not null then 'book'
            end as rate_from,
            coalesce(incoming.taxable, usual.kind <> 'disbursement') as taxable,
            coalesce(incoming.billed_by_hand, incoming.billed is not null) as billed_by_hand,
            case
                when usual.kind = 'time' then coalesce(incoming.worked, (incoming.quantity * 3600)::decimal(18, 4))
                else incoming.worked
            end as worked,
            case when usual.kind <> 'time' then incoming.quantity end as quantity
        ),
        usual.tax_rate as usual_tax_rate, usual.tax_from as usual_tax_from, usual.time_step, usual.places
    from incoming_activities as incoming
    inner join usual using (row)
),

timed as (
    select
        * exclude (usual_tax_rate, usual_tax_from, time_step) replace (
            case when kind = 'time' then coalesce(billed, rounded_up(worked, time_step)) else billed end as billed,
            case when taxable then usual_tax_rate end as tax_rate,
            case when taxable then usual_tax_from end as tax_from
        )
    from rated
)

select
    * exclude (places) replace (
        coalesce(
            rounded_to(amount, places),
            case
                when kind = 'time' then hours_worth(billed, rate, places)
                else rounded_to(quantity::decimal(38, 6) * rate, places)
            end
        )::decimal(18, 4) as amount
    )
from timed
