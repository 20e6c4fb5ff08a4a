-- Documents (series_used) with the numbers they are given, from where each run starts (number_starts), in the order of their days.
with counted as (
    select
        used.*, starts.start + row_number() over (partition by used.series, used.year order by used.date, used.id) - 1 as sequence
    from series_used as used
    inner join number_starts as starts on starts.series = used.series and starts.year is not distinct from used.year
)

select
    id, sequence,
    replace(prefix, '{year}', year(date)::varchar)
    || case when length(sequence::varchar) < width then lpad(sequence::varchar, width::integer, '0') else sequence::varchar end as number
from counted
