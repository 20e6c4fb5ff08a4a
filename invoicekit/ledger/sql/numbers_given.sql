-- The documents to which an operation ($operation) gave a number of one of the book's own series.
with written as (
    select id, number, series, kind from invoices where operation = $operation
    union all
    select id, number, series, kind from book.history.invoices where operation = $operation
),

numbered_before as (
    select id from book.history.invoices where ended_by = $operation and number is not null
)

select id, number, kind
from written
where series <> 'external' and number is not null and id not in (select id from numbered_before)
order by id
