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
-- ratio: days_to_pay | Days from the invoice to the day the money settles it, each amount counting by its size.
-- ratio: days_late | Days from the due date to that day, in the same way; negative where it comes early.
-- column: worst | The most days past the due date.
-- column: last_paid | Day of the last payment.
-- chart: {by}: days_to_pay [days]
-- explain: paid = settled(entries) by groups, currency
-- explain: paid_late = settled(entries) by groups, currency where step.late > 0
-- if by is tag
-- totals: none
-- end
-- identity: sum(paid) = what payments posted onto invoices from since to as_of
with posted as (
    select
        id, customer, currency, allocation, -amount as amount, entry_date, min(entry_date) over first as paid_on,
        first_value(invoice_date) over first as invoice_date, first_value(due_date) over first as due_date
    from entries
    where
        entry_date <= $as_of and invoice is not null and payment is not null and kind in ('payment', 'allocation', 'bounce')
        -- only: customer; currency
    window first as (partition by allocation order by id rows between unbounded preceding and unbounded following)
),

-- What was taken back is taken off where it had been counted: with the age it then had.
settled as (
    select *, paid_on - invoice_date as days, paid_on - due_date as late
    from posted
    where $since is null or entry_date >= $since
),

standing as (
    select customer, currency, allocation, any_value(late) as late, any_value(paid_on) as paid_on
    from settled
    group by customer, currency, allocation
    having sum(amount) > 0
),

latest as (
    select customer, currency, max(late) as worst, max(paid_on) as last_paid
    from standing
    group by customer, currency
),

sums as (
    select
        customer, currency, sum(amount)::decimal(18, 4) as paid,
        coalesce(sum(amount) filter (where late > 0), 0)::decimal(18, 4) as paid_late,
        sum(amount::decimal(32, 4) * days)::decimal(38, 4) as days, sum(amount::decimal(32, 4) * late)::decimal(38, 4) as late
    from settled
    group by customer, currency
),

-- include: groups,

summed as (
    select
        groups.record, groups.name, sums.currency, sum(sums.paid)::decimal(18, 4) as paid,
        sum(sums.paid_late)::decimal(18, 4) as paid_late, sum(sums.days)::decimal(38, 4) as days,
        sum(sums.late)::decimal(38, 4) as late, max(latest.worst)::bigint as worst, max(latest.last_paid) as last_paid
    from sums
    inner join groups using (customer)
    left join latest on latest.customer = sums.customer and latest.currency = sums.currency
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
    case when paid > 0 then {tenths: 100 * paid_late per paid} end as late_share,
    case when paid > 0 then {tenths: days per paid} end as days_to_pay,
    case when paid > 0 then {tenths: late per paid} end as days_late,
    worst,
    last_paid
from summed
order by currency, days_to_pay desc nulls last, name, record
