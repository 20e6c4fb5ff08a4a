-- The lines that some activities (chosen_activities: id) make, oldest work first: time as hours at its rate.
select
    1::bigint as row, row_number() over (order by activities.date, activities.id) as place,
    activities.description,
    case when activities.kind = 'time' then hours(activities.billed) else coalesce(activities.quantity, 1) end as quantity,
    case
        when activities.kind in ('time', 'service') or activities.quantity is not null then activities.rate
        else activities.amount
    end as unit_price,
    activities.amount as net, activities.tax_rate, activities.id as activity
from activities
inner join chosen_activities using (id)
