-- title: Balances
-- question: What is owed, in each currency, and how did it come about?
-- parameter: as_of date = current_date | Business date; postings after it are left out.
-- parameter: by choice(customer, tree, currency, category, line_of_business, country, tag) = customer | What it is summed up by: a tree is a main customer with all below it; a customer with several tags counts under each.
-- if by is customer, tree
-- column: {by}_id | Number of the customer.
-- column: {by} | Its name; "(inactive)" follows where it is.
-- end
-- if by is category, line_of_business, country, tag
-- column: {by} | As the customers bear it; "none" where they do not.
-- end
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: invoiced | Invoices and credit notes issued.
-- column: paid | Payments received, less what bounced or was sent back, as a positive amount.
-- column: written_off | What was given up of what is owed.
-- column: balance | What is owed: invoiced less paid and written off. Negative where the customer is in credit.
-- column: overdue | What of the open invoices is past its due date.
-- column: open_items | How many invoices, credit notes and payments are not settled.
-- chart: {by}: balance
-- explain: balance = posted(entries) by groups, currency
-- explain: invoiced = posted(entries) by groups, currency where step.sort = 1
-- explain: paid = posted(entries) by groups, currency where step.sort = 2
-- explain: written_off = posted(entries) by groups, currency where step.sort = 3
-- if by is tag
-- totals: none
-- end
-- identity: sum(balance) = sum(aging.balance) = sum(open_items.amount), for each customer and currency
with posted as (
    select
        id, customer, currency, amount,
        case
            when kind in ('invoice', 'credit_note') then 1
            when kind in ('payment', 'allocation', 'refund', 'bounce') then 2
            when kind = 'write_off' then 3
            else 0
        end as sort
    from entries
    where
        entry_date <= $as_of
        -- only: customer; currency
),

sorts as (
    select customer, currency, sort, sum(amount)::decimal(18, 4) as amount
    from posted
    group by customer, currency, sort
),

items as (
    select
        customer, currency, sum(amount)::decimal(18, 4) as amount, arg_max(due_date, id) as due_date
    from settled_entries
    where
        entry_date <= $as_of and settled_on >= $as_of
        -- only: customer; currency
    group by
        customer, currency, invoice,
        case when invoice is null then document end,
        case when invoice is null then payment end
    having sum(amount) <> 0
),

opened as (
    select
        customer, currency,
        coalesce(sum(amount) filter (where due_date < $as_of), 0)::decimal(18, 4) as overdue,
        count(*) as open_items
    from items
    group by customer, currency
),

-- include: groups,

summed as (
    select
        groups.record, groups.name, sorts.currency,
        coalesce(sum(sorts.amount) filter (where sorts.sort = 1), 0)::decimal(18, 4) as invoiced,
        -coalesce(sum(sorts.amount) filter (where sorts.sort = 2), 0)::decimal(18, 4) as paid,
        -coalesce(sum(sorts.amount) filter (where sorts.sort = 3), 0)::decimal(18, 4) as written_off,
        sum(sorts.amount)::decimal(18, 4) as balance
    from sorts
    inner join groups using (customer)
    group by all
),

late as (
    select
        groups.record, groups.name, opened.currency,
        sum(opened.overdue)::decimal(18, 4) as overdue, sum(opened.open_items)::bigint as open_items
    from opened
    inner join groups using (customer)
    group by all
)

select
-- if by is customer, tree
    summed.record as {by}_id,
-- end
-- if by is customer, tree, category, line_of_business, country, tag
    summed.name as {by},
-- end
    summed.currency,
    summed.invoiced,
    summed.paid,
    summed.written_off,
    summed.balance,
    coalesce(late.overdue, 0)::decimal(18, 4) as overdue,
    coalesce(late.open_items, 0) as open_items
from summed
left join late
    on late.record is not distinct from summed.record and late.name = summed.name and late.currency = summed.currency
order by summed.currency, summed.balance desc, summed.name, summed.record
