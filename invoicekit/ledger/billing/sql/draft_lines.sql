-- The lines that billed work (billed_work: row, activity) makes, oldest work first: time as hours at its rate. Where quantity times
-- price is not the amount - somebody agreed on another one - it is one piece at the amount. Work that a fee covers (fees: row) stands
-- on a line of nothing, and is billed at its part of that fee.
with counted as (
    select
        work.row, activities.*, drafted.places, case when kind = 'time' then hours(billed) else quantity end as pieces,
        fees.place as fee_place, in_units(fees.amount, drafted.places) as fee_units
    from billed_work as work
    inner join activities on activities.id = work.activity
    inner join (select row, places from drafted) as drafted using (row)
    left join fees using (row)
),

priced as (
    select
        *, coalesce(rounded_to(pieces::decimal(38, 6) * rate, places) = amount, false) as ties,
        in_units(sum(amount) over (partition by row), places) as all_units,
        in_units(sum(amount) over (partition by row order by date, id rows unbounded preceding), places) as until_units,
        in_units(amount, places) as own_units
    from counted
)

select
    row, coalesce(fee_place, 0) + row_number() over (partition by row order by date, id) as place, description,
    case when fee_place is not null then 0 when ties then pieces else 1 end as quantity,
    case when fee_place is not null then 0 when ties then rate else amount end as unit_price,
    tax_rate, id as activity, amount as recorded, coalesce(taxable, true) as taxable, fee_place as covered_by,
    case
        when fee_place is null then null
        when all_units = 0 then 0
        else of_units(shared(fee_units * until_units, all_units) - shared(fee_units * (until_units - own_units), all_units), places)
    end as realised
from priced
