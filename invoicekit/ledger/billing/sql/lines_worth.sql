-- Lines about to be written (drafted_lines) with what each comes to, in the prices of its document (drafted): net, or with tax
-- where they include it; and how tax is charged on it: as it says, or else as its buyer, or the seller, is taxed.
with seller as (select max(tax_exemption) as tax_exemption from sellers),

treated as (
    select
        lines.* exclude (tax_category, tax_rate, tax_said),
        lines.tax_category is not null or (lines.tax_rate is not null and lines.activity is null) as tax_said,
        taxed_as(
            lines.tax_category, lines.taxable, buyers.tax_category, seller.tax_exemption, coalesce(lines.tax_rate, buyers.tax_rate)
        ) as tax_category,
        coalesce(lines.tax_rate, buyers.tax_rate, 0) as usual_rate,
        case
            when not lines.taxable then 'Directive 2006/112/EC, article 79 c: paid out in the name of the buyer'
            else seller.tax_exemption
        end as tax_reason,
        drafted.places
    from drafted_lines as lines
    inner join drafted using (row)
    inner join customers as buyers on buyers.id = drafted.customer
    cross join seller
)

select
    * exclude (places, usual_rate, net),
    (case when tax_category in ('standard', 'igic', 'ipsi', 'split_payment') then usual_rate else 0 end)::decimal(9, 4) as tax_rate,
    case
        when covered_by is not null then 0
        else coalesce(line_worth(quantity, unit_price, price_per, discount, places), net)
    end::decimal(18, 4) as worth
from treated
