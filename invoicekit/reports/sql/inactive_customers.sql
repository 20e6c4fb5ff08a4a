-- title: Inactive customers
-- question: Which customers were made inactive, and which have simply gone quiet?
-- parameter: as_of date = current_date | Business date; later work, invoices and payments are left out.
-- parameter: days integer = 365 | A customer for whom nothing was done, billed or paid for this many days is dormant.
-- column: customer_id | Number of the customer.
-- column: customer | Its name; "(inactive)" follows where it is.
-- column: state | inactive (somebody made it so) or dormant (nothing happened for the given days).
-- column: since | Day it was made inactive, or of the last thing that happened.
-- column: made_by | Who made it inactive.
-- column: last_activity | Day of the last work that was noted for it.
-- column: last_invoice | Date of its last invoice or credit note.
-- column: last_payment | Date of its last payment.
-- column: days_quiet | Days since the last of these; empty where nothing ever happened.
-- column: currency | ISO 4217 code of what is still owed; empty where nothing is.
-- column: balance | What is still owed in that currency.
-- chart: customer: days_quiet
-- explain: balance = moved(entries) by customer_id, currency
-- identity: balance = balances.balance, for the customers listed
with moved as (
    select id, customer, currency, entry_date, kind, amount
    from entries
    where
        entry_date <= $as_of
        -- only: customer
),

posted as (
    select
        customer, currency,
        max(entry_date) filter (where kind in ('invoice', 'credit_note')) as last_invoice,
        max(entry_date) filter (where kind = 'payment') as last_payment,
        sum(amount)::decimal(18, 4) as balance
    from moved
    group by customer, currency
),

billed as (
    select customer, max(last_invoice) as last_invoice, max(last_payment) as last_payment
    from posted
    group by customer
),

worked as (
    select coalesce(activities.customer, sole.customer) as customer, max(activities.date) as last_activity
    from activities
    left join sole_clients as sole on sole.matter = activities.matter
    where activities.date <= $as_of
    group by coalesce(activities.customer, sole.customer)
),

states as (
    select
        customers.id, customers.inactive_since, billed.last_invoice, billed.last_payment, worked.last_activity,
        greatest(billed.last_invoice, billed.last_payment, worked.last_activity) as last_date,
        coalesce(customers.inactive_since <= $as_of, false) as is_inactive
    from customers
    left join billed on billed.customer = customers.id
    left join worked on worked.customer = customers.id
    where
        customers.merged_into is null
        and (customers.inactive_since is not null or coalesce(customers.kind, 'customer') = 'customer')
        -- only: customers.id
)

select
    states.id as customer_id,
    customer_names.name as customer,
    case when states.is_inactive then 'inactive' else 'dormant' end as state,
    case when states.is_inactive then states.inactive_since else states.last_date end as since,
    case when states.is_inactive then operations.actor end as made_by,
    states.last_activity,
    states.last_invoice,
    states.last_payment,
    $as_of - states.last_date as days_quiet,
    posted.currency,
    posted.balance
from states
inner join customer_names using (id)
left join (
    select *
    from posted
    where
        balance <> 0
        -- only: ; currency
) as posted on posted.customer = states.id
left join inactivations on inactivations.customer = states.id
left join operations on operations.id = inactivations.operation
where states.is_inactive or states.last_date is null or $as_of - states.last_date >= $days
order by state desc, days_quiet desc nulls last, customer_names.name, states.id, posted.currency
