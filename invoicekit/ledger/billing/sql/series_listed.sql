-- Series of numbers, with what each gave last.
with given as (
    select series, count(*) as given, arg_max(number, (date, sequence)) as last, max(date) as last_date
    from invoices
    where series <> 'external' and number is not null
    group by series
)

select
    coalesce(series.name, given.series) as name, series.prefix, coalesce(series.width, 1) as width, coalesce(given.given, 0) as given,
    given.last, given.last_date
from series
full join given on given.series = series.name
order by name
