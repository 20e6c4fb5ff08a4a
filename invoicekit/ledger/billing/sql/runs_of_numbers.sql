-- How many numbers documents (series_used) need of each series and year, and what it gave last.
with last as (
    select used.series, used.year, max(invoices.sequence) as last
    from (select distinct series, year from series_used) as used
    inner join invoices on invoices.series = used.series and (used.year is null or year(invoices.date) = used.year)
    group by used.series, used.year
)

select used.series, used.year, any_value(used.first) as first, count(*) as documents, coalesce(any_value(last.last), 0) as last,
    bool_or(exists (select 1 from invoices where invoices.series = used.series and invoices.sequence is not null)) as begun
from series_used as used
left join last on last.series = used.series and last.year is not distinct from used.year
group by used.series, used.year
order by used.series, used.year
