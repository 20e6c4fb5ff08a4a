-- Money of a customer ($customer) that waits in a currency ($currency) on a day ($day), oldest first: of payments and of credit notes.
with waiting as (
    select payment, case when payment is null then document end as credit_note, min(entry_date) as since, -sum(amount)::decimal(18, 4) as amount
    from entries
    where
        invoice is null and customer = $customer and currency = $currency
        and (payment is not null or document is not null)
    group by all
    having sum(amount) < 0
)

select *, row_number() over (order by since, payment, credit_note) as nth
from waiting
where since <= $day::date
