-- title: Days to pay
-- question: How long does everybody take to pay, and how much of it comes late?
-- parameter: as_of date = current_date | Last day; what was paid after it is left out.
-- parameter: since date = null | First day; from the beginning where none is given.
-- parameter: by choice(customer, tree, currency, category, line_of_business, country, tag) = customer | What it is summed up by; a customer with several tags counts under each.
-- if by is customer, tree
-- column: {by}_id | Number of the customer.
-- column: {by} | Its name; "(inactive)" follows where it is.
-- end
-- if by is category, line_of_business, country, tag
-- column: {by} | As the customers bear it; "none" where they do not.
-- end
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: paid | What payments settled of invoices in these days; what was taken back is taken off.
-- column: paid_late | What of it came after the due date.
-- ratio: late_share | That in percent.
-- ratio: days_to_pay | Days from the invoice to the money, each amount counting by its size.
-- ratio: days_late | Days from the due date to the money, in the same way; negative where it comes early.
-- column: worst | The most days past the due date.
-- column: last_paid | Day of the last payment.
-- chart: {by}: days_to_pay [days]
-- explain: paid = settled(entries) by groups, currency
-- explain: paid_late = settled(entries) by groups, currency where step.late > 0
-- identity: sum(paid) = what payments posted onto invoices from since to as_of
with settled as (
    select
        id, customer, currency, -amount as amount, entry_date, entry_date - invoice_date as days, entry_date - due_date as late
    from entries
    where
        entry_date <= $as_of and ($since is null or entry_date >= $since)
        and invoice is not null and payment is not null and kind in ('payment', 'allocation', 'bounce')
        -- only: customer; currency
),

sums as (
    select
        customer, currency, sum(amount)::decimal(18, 4) as paid,
        coalesce(sum(amount) filter (where late > 0), 0)::decimal(18, 4) as paid_late,
        sum(amount::decimal(32, 4) * days)::decimal(38, 4) as days, sum(amount::decimal(32, 4) * late)::decimal(38, 4) as late,
        max(late) filter (where amount > 0) as worst, max(entry_date) filter (where amount > 0) as last_paid
    from settled
    group by customer, currency
),

-- groups
summed as (
    select
        groups.record, groups.name, sums.currency, sum(sums.paid)::decimal(18, 4) as paid,
        sum(sums.paid_late)::decimal(18, 4) as paid_late, sum(sums.days)::decimal(38, 4) as days,
        sum(sums.late)::decimal(38, 4) as late, max(sums.worst)::bigint as worst, max(sums.last_paid) as last_paid
    from sums
    inner join groups using (customer)
    group by all
)

select
-- if by is customer, tree
    record as {by}_id,
-- end
-- if by is customer, tree, category, line_of_business, country, tag
    name as {by},
-- end
    currency,
    paid,
    paid_late,
    case when paid > 0 then try_cast(round(100 * paid_late / paid, 1) as decimal(9, 1)) end as late_share,
    case when paid > 0 then try_cast(round(days / paid, 1) as decimal(9, 1)) end as days_to_pay,
    case when paid > 0 then try_cast(round(late / paid, 1) as decimal(9, 1)) end as days_late,
    worst,
    last_paid
from summed
order by currency, days_to_pay desc nulls last, name, record
