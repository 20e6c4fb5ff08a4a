-- Invoices that are late as of a day ($as_of) - of one customer ($customer), or of all - with the level each is to be reminded at, and why
-- one is held back. $levels are the days late of level 1, 2 ...: a level follows the one before it, as many days later as they lie apart.
with open as (
    select
        entries.invoice, entries.customer, entries.currency, sum(entries.amount)::decimal(18, 4) as open,
        arg_max(entries.due_date, entries.id) as due_date
    from entries
    where entries.invoice is not null and entries.entry_date <= $as_of::date and ($customer::bigint is null or entries.customer = $customer::bigint)
    group by all
    having sum(entries.amount) > 0
),

late as (
    select open.*, $as_of::date - open.due_date as days_late
    from open
    where open.due_date < $as_of::date
),

-- A letter that was refused reminded nobody. What came after the day is known all the same: nobody is written to twice, or after paying.
reminded as (
    select reminders.invoice, max(reminders.level) as last_level, max(reminders.date) as last_date
    from reminders
    left join messages on messages.id = reminders.message
    where messages.state is distinct from 'failed'
    group by reminders.invoice
),

settled as (
    select late.invoice, coalesce(sum(entries.amount), 0) <= 0 as settled
    from late
    left join entries on entries.invoice = late.invoice
    group by late.invoice
),

waiting as (
    select customer, currency, -sum(amount)::decimal(18, 4) as waiting
    from entries
    where invoice is null
    group by all
    having sum(amount) < 0
),

next as (
    select
        late.*, settled.settled, waiting.waiting, sum(late.open) over (partition by late.customer, late.currency) as owed,
        reminded.last_level, reminded.last_date, coalesce(reminded.last_level, 0) + 1 as coming, len($levels::bigint[]) as most
    from late
    inner join settled using (invoice)
    left join reminded using (invoice)
    left join waiting on waiting.customer = late.customer and waiting.currency = late.currency
),

judged as (
    select
        *,
        case
            when settled then 'settled since'
            when last_date > $as_of::date then 'reminded of since, on ' || last_date
            when coming > most then 'last level'
            when days_late < ($levels::bigint[])[coming] then 'too early'
            when
                last_date is not null
                and $as_of::date - last_date < ($levels::bigint[])[coming] - coalesce(($levels::bigint[])[coming - 1], 0)
                then 'too early'
        end as not_yet
    from next
)

select
    judged.customer as customer_id, customer_names.name as customer, customers.email as recipient, judged.invoice, invoices.number,
    invoices.date, judged.due_date, judged.days_late, (invoices.total + coalesce(invoices.rounding, 0))::decimal(18, 4) as total, judged.open,
    judged.currency, judged.last_level, judged.last_date,
    case when judged.not_yet is null then judged.coming end as level,
    case
        when invoices.disputed_since is not null then 'disputed since ' || invoices.disputed_since
        when invoices.promised_for >= $as_of::date then 'promised for ' || invoices.promised_for
        when invoices.status = 'closed' then 'closed'
        when judged.not_yet is null and judged.waiting >= judged.owed then 'money of theirs waits: apply it first'
        else judged.not_yet
    end as held
from judged
inner join invoices on invoices.id = judged.invoice
inner join customers on customers.id = judged.customer
inner join customer_names on customer_names.id = judged.customer
order by customer_names.name, judged.customer, judged.currency, judged.due_date, judged.invoice
