-- Documents about to be numbered (series_used) on a day before that of the last number of their series.
with last as (
    select used.series, used.year, max(invoices.date) as date, arg_max(invoices.number, (invoices.date, invoices.sequence)) as number
    from (select distinct series, year from series_used) as used
    inner join invoices
        on invoices.series = used.series and invoices.sequence is not null and (used.year is null or year(invoices.date) = used.year)
    group by used.series, used.year
)

select
    'An invoice cannot be dated ' || used.date || ': number ' || last.number || ' is of ' || last.date
    || ', and numbers never run back in time.' as problem,
    'Date it ' || last.date || ' or later.' as hint
from series_used as used
inner join last on last.series = used.series and last.year is not distinct from used.year
where used.date < last.date
order by used.date
limit 1
