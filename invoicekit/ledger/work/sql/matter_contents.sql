-- What a matter ($matter) holds, or ever held: how many of each.
select what, count(distinct id) as records
from (
    select 'activities' as what, id from activities where matter = $matter
    union all
    select 'activities', id from book.history.activities where matter = $matter
    union all
    select 'invoices', id from invoices where matter = $matter
    union all
    select 'invoices', id from book.history.invoices where matter = $matter
    union all
    select 'stopwatches', id from stopwatches where matter = $matter
)
group by what
order by what
