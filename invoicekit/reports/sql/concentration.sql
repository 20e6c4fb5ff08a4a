-- title: Concentration of credit risk
-- question: How much of what is owed stands with how few?
-- parameter: as_of date = current_date | Business date; postings after it are left out.
-- parameter: by choice(customer, tree, category, line_of_business, country) = tree | Who counts as one: a tree is a main customer with all below it.
-- if by is customer, tree
-- column: {by}_id | Number of the customer.
-- end
-- column: {by} | Its name; "(inactive)" follows a customer that is.
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: rank | Its place, the largest first.
-- column: balance | What it owes; who owes nothing, or is in credit, is left out.
-- column: overdue | What of it is past its due date.
-- ratio: share | Its part of all that is owed, in percent.
-- ratio: cumulative | The part of it and all before it, in percent.
-- column: class | A up to 80 percent of what is owed, B up to 95, C the rest.
-- chart: pareto {by}: balance, cumulative
-- explain: balance = posted(entries) by groups, currency
-- identity: balance = balances.balance by the same, where that is more than nothing
with posted as (
    select id, customer, currency, due_date, amount
    from settled_entries
    where
        entry_date <= $as_of and settled_on >= $as_of
        -- only: customer; currency
),

sums as (
    select
        customer, currency, sum(amount)::decimal(18, 4) as balance,
        coalesce(sum(amount) filter (where due_date < $as_of), 0)::decimal(18, 4) as overdue
    from posted
    group by customer, currency
),

-- include: groups,

summed as (
    select
        groups.record, groups.name, sums.currency, sum(sums.balance)::decimal(18, 4) as balance,
        sum(sums.overdue)::decimal(18, 4) as overdue
    from sums
    inner join groups using (customer)
    group by all
    having sum(sums.balance) > 0
),

ranked as (
    select
        *,
        row_number() over (partition by currency order by balance desc, name, record) as rank,
        (sum(balance) over (partition by currency))::decimal(18, 4) as whole,
        (sum(balance) over (partition by currency order by balance desc, name, record))::decimal(18, 4) as so_far
    from summed
)

select
-- if by is customer, tree
    record as {by}_id,
-- end
    name as {by},
    currency,
    rank,
    balance,
    overdue,
    {tenths: 100 * balance per whole} as share,
    {tenths: 100 * so_far per whole} as cumulative,
    case when so_far - balance < 0.8 * whole then 'A' when so_far - balance < 0.95 * whole then 'B' else 'C' end as class
from ranked
order by currency, rank
