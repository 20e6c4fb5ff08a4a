-- Lines, discounts and charges of documents about to be written, net of tax and as they were priced. Where prices include tax, each
-- is its price without tax, and the units that rounding leaves over in a tax group (worked_taxes) go where most was cut off.
with parts as (
    select row, 'line' as part, place, tax_category, tax_rate, worth, 1 as sign
    from worth_lines
    where covered_by is null
    union all
    select row, 'adjustment', position, tax_category, tax_rate, worth, case kind when 'discount' then -1 else 1 end
    from worth_adjustments
),

priced as (
    select
        parts.*, drafted.places, sign * in_units(worth, places) as units, 1000000 + (tax_rate * 10000)::bigint as divisor
    from parts
    inner join drafted using (row)
    where drafted.prices_include_tax
),

cut as (
    select *, shared(units * 1000000, divisor) as net_units
    from priced
),

ranked as (
    select
        cut.*, in_units(taxes.base, cut.places) - sum(net_units) over same as left_over,
        row_number() over (same order by units * 1000000 - net_units * divisor desc, part desc, place) as from_above,
        row_number() over (same order by units * 1000000 - net_units * divisor, part desc, place) as from_below
    from cut
    inner join worked_taxes as taxes using (row, tax_category, tax_rate)
    window same as (partition by cut.row, cut.tax_category, cut.tax_rate)
),

taxed as (
    select
        row, part, place,
        of_units(
            sign * (
                net_units
                + case when left_over > 0 and from_above <= left_over then 1 when left_over < 0 and from_below <= -left_over then -1 else 0 end
            ),
            places
        ) as net
    from ranked
)

select parts.row, parts.part, parts.place, coalesce(taxed.net, parts.worth) as net, case when taxed.row is not null then parts.worth end as gross
from parts
left join taxed using (row, part, place)
