-- The lines that some activities (chosen_activities: id) make in a currency ($currency), oldest work first: time as hours at
-- its rate. Where quantity times price is not the amount - somebody agreed on another one - it is one piece at the amount.
with counted as (
    select
        activities.*, case when kind = 'time' then hours(billed) else quantity end as pieces
    from activities
    inner join chosen_activities using (id)
),

priced as (
    select
        *, coalesce(rounded(pieces::decimal(38, 6) * rate, $currency) = amount, false) as ties
    from counted
)

select
    1::bigint as row, row_number() over (order by date, id) as place, description,
    case when ties then pieces else 1 end as quantity,
    case when ties then rate else amount end as unit_price,
    amount as net, tax_rate, id as activity
from priced
