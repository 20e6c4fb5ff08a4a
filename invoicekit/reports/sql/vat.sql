-- title: VAT
-- question: Which tax was charged, period by period, at which rate and on what?
-- parameter: as_of date = current_date | Last day; what was issued after it is left out.
-- parameter: since date = null | First day; from the beginning where none is given.
-- parameter: period choice(month, quarter, year) = month | How long each period is.
-- column: period | First day of the period.
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: tax_category | How tax is charged; "not stated" on documents of other systems that say no more than the sum.
-- ratio: tax_rate | Percent.
-- column: documents | On how many invoices and credit notes.
-- column: base | What it is charged on; credit notes lower it.
-- column: tax | How much.
-- chart: tax_category: tax
-- explain: tax = charged(invoices) by currency, period, tax_category, tax_rate
-- identity: sum(base) = sum(revenue.net) and sum(tax) = sum(revenue.tax), for each period and currency
with issued as (
    select id, currency, date_trunc('{period}', date)::date as period, net, tax
    from invoices
    where
        status <> 'draft' and date <= $as_of and ($since is null or date >= $since)
        -- only: customer; currency
),

charged as (
    select
        issued.id, issued.currency, issued.period, taxes.tax_category, taxes.tax_rate, taxes.base, taxes.tax as amount
    from invoice_taxes as taxes
    inner join issued on issued.id = taxes.invoice

    union all
    select id, currency, period, 'not stated', null, net, tax
    from issued
    where id not in (select invoice from invoice_taxes)
)

select
    period,
    currency,
    tax_category,
    tax_rate,
    count(*) as documents,
    sum(base)::decimal(18, 4) as base,
    sum(amount)::decimal(18, 4) as tax
from charged
group by period, currency, tax_category, tax_rate
order by currency, period, tax_category, tax_rate
