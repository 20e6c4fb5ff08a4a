-- Discounts and charges about to be written (drafted_adjustments), one for each tax group they touch: the one they name, or all
-- that the lines make (worth_lines), a percentage of each, or an amount shared among them by what they are worth, whatever their sign. What was
-- paid out for the buyer is passed on as it is.
with groups as (
    select
        lines.row, lines.tax_category, lines.tax_rate, sum(lines.worth)::decimal(18, 4) as worth
    from worth_lines as lines
    inner join drafted using (row)
    where lines.taxable and lines.row in (select row from drafted_adjustments)
    group by all
),

placed as (
    select
        given.row, given.place, given.kind, given.reason, given.percent, given.amount as given_amount,
        given.tax_category is null and given.tax_rate is null as of_all,
        coalesce(given.tax_category, groups.tax_category, case when coalesce(given.tax_rate, 0) > 0 then 'standard' else 'zero_rated' end)
            as tax_category,
        coalesce(given.tax_rate, groups.tax_rate, 0)::decimal(9, 4) as tax_rate, drafted.places,
        coalesce(groups.worth, 0)::decimal(18, 4) as worth
    from drafted_adjustments as given
    inner join drafted using (row)
    left join groups
        on
            groups.row = given.row
            and (given.tax_category is null or given.tax_category = groups.tax_category)
            and (given.tax_rate is null or given.tax_rate = groups.tax_rate)
),

stretched as (
    select
        *, in_units(given_amount, places) as units, in_units(sum(abs(worth)) over whole, places) as whole_units,
        in_units(sum(abs(worth)) over so_far, places) as until_units, in_units(abs(worth), places) as own_units,
        row_number() over so_far as nth
    from placed
    window
        whole as (partition by row, place),
        so_far as (partition by row, place order by tax_rate desc, tax_category rows unbounded preceding)
)

select
    row, row_number() over (partition by row order by place, tax_rate desc, tax_category) as position, kind, reason, percent,
    tax_category, tax_rate, place as given, given_amount, of_all,
    case
        when percent is not null then rounded_to(worth::decimal(38, 4) * percent * 0.01, places)
        when whole_units = 0 then case when nth = 1 then given_amount else 0 end
        else of_units(
            shared(units * until_units, whole_units) - shared(units * (until_units - own_units), whole_units), places
        )
    end::decimal(18, 4) as worth
from stretched
