-- title: Revenue
-- question: What was billed, period by period?
-- parameter: as_of date = current_date | Last day; what was issued after it is left out.
-- parameter: since date = null | First day; from the beginning where none is given.
-- parameter: period choice(month, quarter, year) = month | How long each period is.
-- parameter: by choice(currency, customer, tree, category, line_of_business, country, tag) = currency | What it is summed up by in each period; a customer with several tags counts under each.
-- column: period | First day of the period.
-- if by is customer, tree
-- column: {by}_id | Number of the customer.
-- column: {by} | Its name; "(inactive)" follows where it is.
-- end
-- if by is category, line_of_business, country, tag
-- column: {by} | As the customers bear it; "none" where they do not.
-- end
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: invoices | How many invoices.
-- column: credit_notes | How many credit notes.
-- column: net | Invoices less credit notes, before tax.
-- column: tax | Tax on these.
-- column: total | Both together.
-- if by is currency
-- chart: columns period: net
-- end
-- if by is customer, tree, category, line_of_business, country, tag
-- chart: {by}: net
-- end
-- explain: total = issued(invoices) by groups, currency, period
-- if by is tag
-- totals: none
-- end
-- identity: the sums over all periods = those of invoice_register
with issued as (
    select
        id, customer, currency, date_trunc('{period}', date)::date as period, kind, net, tax, total as amount
    from invoices
    where
        status <> 'draft' and date <= $as_of and ($since is null or date >= $since)
        -- only: customer; currency
),

sums as (
    select
        customer, currency, period,
        count(*) filter (where kind = 'invoice') as invoices,
        count(*) filter (where kind = 'credit_note') as credit_notes,
        sum(net)::decimal(18, 4) as net, sum(tax)::decimal(18, 4) as tax, sum(amount)::decimal(18, 4) as total
    from issued
    group by customer, currency, period
),

-- include: groups,

summed as (
    select
        groups.record, groups.name, sums.currency, sums.period,
        sum(sums.invoices)::bigint as invoices, sum(sums.credit_notes)::bigint as credit_notes,
        sum(sums.net)::decimal(18, 4) as net, sum(sums.tax)::decimal(18, 4) as tax, sum(sums.total)::decimal(18, 4) as total
    from sums
    inner join groups using (customer)
    group by all
)

select
    period,
-- if by is customer, tree
    record as {by}_id,
-- end
-- if by is customer, tree, category, line_of_business, country, tag
    name as {by},
-- end
    currency,
    invoices,
    credit_notes,
    net,
    tax,
    total
from summed
order by currency, period, net desc, name, record
