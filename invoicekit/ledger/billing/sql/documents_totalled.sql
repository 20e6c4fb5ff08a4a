-- Documents about to be written (drafted) with their totals: net (BT-109), tax (BT-110), total (BT-112), and what rounding adds to
-- that (BT-114): up to what prices with tax said, and on to the smallest coin.
with taxes as (
    select
        row, try_cast(sum(base) as decimal(18, 4)) as net, try_cast(sum(tax) as decimal(18, 4)) as tax,
        try_cast(sum(worth) as decimal(18, 4)) as worth, count(*) = count(tax) as whole
    from worked_taxes
    group by row
),

summed as (
    select
        drafted.*, case when taxes.whole is null then 0 else taxes.net end::decimal(18, 4) as net,
        case when taxes.whole is null then 0 when taxes.whole then taxes.tax end::decimal(18, 4) as tax,
        case when taxes.whole is null then 0 else taxes.worth end::decimal(18, 4) as worth
    from drafted
    left join taxes using (row)
),

totalled as (
    select *, try_cast(net::decimal(38, 4) + tax as decimal(18, 4)) as total
    from summed
),

said as (
    select *, case when prices_include_tax then worth else total end as said
    from totalled
)

select
    * exclude (said, worth, places),
    nullif(
        case
            when smallest_coin > 0 then
                (shared(in_units(said, 4), in_units(smallest_coin, 4))::decimal(20, 0) * smallest_coin)::decimal(18, 4)
            else said
        end - total,
        0
    )::decimal(18, 4) as rounding
from said
