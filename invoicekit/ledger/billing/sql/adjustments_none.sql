-- No discounts and no charges: the columns of adjustments_worth, which need not be planned where nobody gave any.
select
    null::bigint as row, null::bigint as position, null::varchar as kind, null::varchar as reason, null::decimal(9, 4) as percent,
    null::varchar as tax_category, null::decimal(9, 4) as tax_rate, null::bigint as given, null::decimal(18, 4) as given_amount, null::boolean as of_all,
    null::decimal(18, 4) as worth
where false
