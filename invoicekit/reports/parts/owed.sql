-- What is open on each document.
posted as (
    select id, coalesce(invoice, document) as record, amount
    from settled_entries
    where
        entry_date <= $as_of and settled_on >= $as_of and coalesce(invoice, document) is not null
        -- only: customer; currency
),

owed as (
    select record, sum(amount)::decimal(18, 4) as amount
    from posted
    group by record
)
