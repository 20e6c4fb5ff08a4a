-- Every posting behind what a customer ($customer), or it and everybody below it ($tree), owes as of a day ($as_of), oldest first, with the
-- balance each leads to.
with recursive below as (
    select $customer::bigint as id, 0 as steps
    union all
    select customers.id, below.steps + 1
    from below
    inner join customers on customers.parent = below.id
    where $tree and below.steps <= 5
)

select
    postings.* exclude (customer_id, operation, recorded_at, actor),
    (sum(postings.amount) over (partition by postings.currency order by postings.date, postings.id))::decimal(18, 4) as balance,
    postings.operation, postings.recorded_at, postings.actor
from postings
inner join below on below.id = postings.customer_id
where postings.date <= $as_of::date
order by postings.currency, postings.date, postings.id
