-- title: Inactive customers
-- question: Which customers were made inactive, and which have simply gone quiet?
-- parameter: as_of date = current_date | Business date; later invoices and payments are left out.
-- parameter: days integer = 365 | A customer with no invoice and no payment for this many days is dormant.
-- column: customer_id | Number of the customer.
-- column: customer | Its name; "(inactive)" follows where it is.
-- column: state | inactive (somebody made it so) or dormant (nothing happened for the given days).
-- column: since | Day it was made inactive, or of the last thing that happened.
-- column: last_invoice | Date of its last invoice or credit note.
-- column: last_payment | Date of its last payment.
-- column: days_quiet | Days since the last of these; empty where nothing ever happened.
-- column: currency | ISO 4217 code of what is still owed; empty where nothing is.
-- column: balance | What is still owed in that currency.
-- chart: customer: days_quiet
-- identity: balance = balances.balance, for the customers listed
with posted as (
    select
        customer, currency,
        max(entry_date) filter (where document is not null) as last_invoice,
        max(entry_date) filter (where kind = 'payment') as last_payment,
        sum(amount)::decimal(18, 4) as balance
    from entries
    where entry_date <= $as_of
    group by customer, currency
),

activity as (
    select customer, max(last_invoice) as last_invoice, max(last_payment) as last_payment
    from posted
    group by customer
),

states as (
    select
        customers.id, customers.inactive_since, activity.last_invoice, activity.last_payment,
        greatest(activity.last_invoice, activity.last_payment) as last_date,
        coalesce(customers.inactive_since <= $as_of, false) as is_inactive
    from customers
    left join activity on activity.customer = customers.id
    where
        customers.merged_into is null
        and (customers.inactive_since is not null or coalesce(customers.kind, 'customer') = 'customer')
)

select
    states.id as customer_id,
    customer_names.name as customer,
    case when states.is_inactive then 'inactive' else 'dormant' end as state,
    case when states.is_inactive then states.inactive_since else states.last_date end as since,
    states.last_invoice,
    states.last_payment,
    $as_of - states.last_date as days_quiet,
    posted.currency,
    posted.balance
from states
inner join customer_names using (id)
left join posted on posted.customer = states.id and posted.balance <> 0
where states.is_inactive or states.last_date is null or $as_of - states.last_date >= $days
order by state desc, days_quiet desc nulls last, customer_names.name, states.id, posted.currency
