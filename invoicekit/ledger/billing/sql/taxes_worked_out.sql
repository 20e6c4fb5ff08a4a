-- The taxes of documents about to be written (drafted, worth_lines, worth_adjustments): once for each category and rate, on the sum
-- (EN 16931, BG-23). Where prices include tax, the base is what the prices say without it, and a
-- last unit that no base can reach is the rounding of the document.
with parts as (
    select row, tax_category, tax_rate, tax_reason, worth
    from worth_lines
    where covered_by is null
    union all
    select row, tax_category, tax_rate, null, case kind when 'discount' then -worth else worth end
    from worth_adjustments
),

groups as (
    select
        parts.row, parts.tax_category, parts.tax_rate, any_value(drafted.places) as places,
        coalesce(any_value(drafted.prices_include_tax), false) as includes_tax, any_value(drafted.tax_reason) as said_reason,
        string_agg(distinct parts.tax_reason, '; ' order by parts.tax_reason) as tax_reason,
        try_cast(sum(parts.worth) as decimal(18, 4)) as worth
    from parts
    inner join drafted using (row)
    group by parts.row, parts.tax_category, parts.tax_rate
),

based as (
    select
        *,
        case
            when includes_tax then of_units(shared(in_units(worth, places) * 1000000, 1000000 + (tax_rate * 10000)::bigint), places)
            else worth
        end as base
    from groups
)

select
    row, tax_category, tax_rate, worth, base, tax_on(base, tax_rate, places) as tax,
    case
        when tax_category in ('standard', 'zero_rated', 'igic', 'ipsi', 'split_payment') then null
        -- What was said for an exemption does not take the place of the words another group has to bear.
        else coalesce(
            case when tax_category = 'exempt' or not bool_or(tax_category = 'exempt') over (partition by row) then said_reason end, tax_reason,
            case tax_category
                when 'reverse_charge' then 'Reverse charge'
                when 'intra_community' then 'Intra-Community supply, Directive 2006/112/EC, article 138'
                when 'export' then 'Export outside the European Union, Directive 2006/112/EC, article 146'
                when 'not_subject' then 'Not subject to tax'
            end
        )
    end as reason
from based
