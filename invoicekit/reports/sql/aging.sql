-- title: Aging of receivables
-- question: Who owes how much, and how late is it?
-- parameter: as_of date = current_date | Business date; postings after it are left out.
-- parameter: by choice(customer, tree, invoice, currency, category, line_of_business, country, tag) = customer | What it is summed up by: a tree is a main customer with all below it; a customer with several tags counts under each.
-- parameter: basis choice(due_date, invoice_date) = due_date | The day age is counted from.
-- parameter: buckets days = 30, 60, 90 | The last day of each bucket.
-- if by is customer, tree, invoice
-- column: {by}_id | Its number.
-- end
-- if by is customer, tree
-- column: {by} | Name of the customer; "(inactive)" follows where it is.
-- end
-- if by is invoice
-- column: customer_id | Number of the customer.
-- column: customer | Its name; "(inactive)" follows where it is.
-- column: invoice | Number of the invoice; empty for money not yet applied to one.
-- end
-- if by is category, line_of_business, country, tag
-- column: {by} | As the customers bear it; "none" where they do not.
-- end
-- column: currency | ISO 4217 code; currencies are never added up.
-- each bucket
-- column: {bucket} | Owed for so many days past that day; the day itself is current.
-- end
-- column: unapplied | Payments and credit notes not yet applied to an invoice, negative.
-- column: balance | The sum of the buckets and of what is not applied.
-- chart: {by}: {buckets}, unapplied
-- if by is customer, tree, currency, category, line_of_business, country, tag
-- each bucket
-- explain: {bucket} = aged(entries) by groups, currency where step.place = {place}
-- end
-- explain: unapplied = aged(entries) by groups, currency where step.place = -1
-- explain: balance = aged(entries) by groups, currency
-- end
-- if by is invoice
-- each bucket
-- explain: {bucket} = aged(entries) by customer_id, invoice_id, currency where step.place = {place}
-- end
-- explain: unapplied = aged(entries) by customer_id, invoice_id, currency where step.place = -1
-- explain: balance = aged(entries) by customer_id, invoice_id, currency
-- end
-- if by is tag
-- totals: none
-- end
-- identity: the buckets + unapplied = balance = balances.balance, by whatever it is summed up
with aged as (
    select
        id, customer, invoice, currency, amount,
        case
            when invoice is null then -1
        -- each bucket
            when $as_of - {basis} <= {to} then {place}
        -- end
        end as place
    from settled_entries
    where
        entry_date <= $as_of and settled_on >= $as_of
        -- only: customer; currency
),

-- One sum for each customer and bucket: several sums over as many rows cost the engine twice as much.
placed as (
    select
        -- if by is customer, tree, invoice, category, line_of_business, country, tag
        customer,
        -- end
        -- if by is invoice
        invoice,
        -- end
        currency, place, sum(amount)::decimal(18, 4) as amount
    from aged
    group by all
),

-- include: groups,

pivoted as (
    select
        -- if by is customer, tree, invoice, category, line_of_business, country, tag
        customer,
        -- end
        -- if by is invoice
        invoice,
        -- end
        -- if by is currency
        null::bigint as record, '' as name,
        -- end
        currency,
        -- each bucket
        coalesce(sum(amount) filter (where place = {place}), 0)::decimal(18, 4) as {bucket},
        -- end
        coalesce(sum(amount) filter (where place = -1), 0)::decimal(18, 4) as unapplied,
        sum(amount)::decimal(18, 4) as balance
    from placed
    group by all
),

-- if by is currency, invoice
summed as (select * from pivoted)
-- end
-- if by is customer
summed as (
    select groups.record, groups.name, pivoted.* exclude (customer)
    from pivoted
    inner join groups using (customer)
)
-- end
-- if by is tree, category, line_of_business, country, tag
summed as (
    select
        groups.record, groups.name, pivoted.currency,
        -- each bucket
        sum(pivoted.{bucket})::decimal(18, 4) as {bucket},
        -- end
        sum(pivoted.unapplied)::decimal(18, 4) as unapplied,
        sum(pivoted.balance)::decimal(18, 4) as balance
    from pivoted
    inner join groups using (customer)
    group by groups.record, groups.name, pivoted.currency
)
-- end

select
-- if by is customer, tree
    summed.record as {by}_id,
-- end
-- if by is invoice
    summed.invoice as invoice_id,
    summed.customer as customer_id,
    customer_names.name as customer,
    invoices.number as invoice,
-- end
-- if by is customer, tree, category, line_of_business, country, tag
    summed.name as {by},
-- end
    summed.currency,
    -- each bucket
    summed.{bucket},
    -- end
    summed.unapplied,
    summed.balance
from summed
-- if by is invoice
inner join customer_names on customer_names.id = summed.customer
left join invoices on invoices.id = summed.invoice
-- end
where
    summed.balance <> 0 or summed.unapplied <> 0
    -- each bucket
    or summed.{bucket} <> 0
    -- end
-- if by is customer, tree, currency, category, line_of_business, country, tag
order by summed.currency, summed.balance desc, summed.name, summed.record
-- end
-- if by is invoice
order by summed.currency, customer_names.name, summed.customer, invoices.date, invoices.number, summed.invoice
-- end
