-- Documents about to be numbered (to_number: id, series, date), with how their series writes numbers; year where it counts by years.
select
    to_number.id, to_number.series, to_number.date, coalesce(series.prefix, '') as prefix, coalesce(series.width, 1) as width,
    coalesce(series.first, 1) as first, case when contains(series.prefix, '{year}') then year(to_number.date) end as year
from to_number
left join series on series.name = to_number.series
