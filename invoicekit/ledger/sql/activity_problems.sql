-- What is wrong with activities about to be recorded or changed (completed_activities: row, id where the book has them,
-- and the fields of activities).
with activities_told as (
    select
        completed.*, matter_name(matters.number, matters.title) as matter_title, matters.closed_on as matter_closed_on,
        matters.id is null as is_without_matter,
        held.date as held_date, held.matter as held_matter
    from completed_activities as completed
    left join matters on matters.id = completed.matter
    left join activities as held on held.id = completed.id
),

problems as (
    select row, 'matter' as field, 'no matter' as code, 1 as rank, 'An activity needs a matter.' as problem,
        'Name the matter it was done for.' as hint
    from activities_told
    where is_without_matter

    union all
    select
        row, 'matter', 'matter closed', 2,
        'The matter ' || matter_title || ' was closed on ' || matter_closed_on || ': no work is noted on it any more.',
        'Reopen it first (book.matters.reopen), or name another one.'
    from activities_told
    where matter_closed_on is not null and matter is distinct from held_matter

    union all
    select row, 'date', 'no date', 3, 'An activity needs the day it was done.', 'Give its date.'
    from activities_told
    where date is null

    union all
    select
        row, 'date', 'locked', 3,
        'An activity of ' || date || ' cannot be recorded: the book is locked up to ' || lock.lock_date || '.',
        'Date it later, or set book.settings.lock_date to an earlier day first.'
    from activities_told
    inner join (
        select value::date as lock_date from settings where name = 'lock_date' and value is not null
    ) as lock on activities_told.date <= lock.lock_date
    where held_date is distinct from date

    union all
    select
        row, 'worked', 'no duration', 4, 'Time needs how long it took.',
        'Give the time worked, as 1.5 (hours), 1h30, 90 min or 01:30.'
    from activities_told
    where kind = 'time' and worked is null

    union all
    select
        row, 'worked', 'no duration', 4,
        'Time of ' || case when worked <= 0 then plain(hours(worked)) else plain(hours(billed)) end
        || ' hours cannot be noted: it must take longer than nothing.',
        'Give the time worked, as 1.5 (hours), 1h30, 90 min or 01:30.'
    from activities_told
    where kind = 'time' and (worked <= 0 or billed < 0)

    union all
    select
        row, 'worked', 'no duration', 5, 'Only time is measured: a ' || kind || ' takes no hours.',
        case when kind = 'service' then 'Give its quantity and rate.' else 'Give its amount.' end
    from activities_told
    where kind <> 'time' and (worked is not null or billed is not null)

    union all
    select
        row, 'rate', 'no rate', 6, 'Time that is billed needs a rate, and none is known.',
        'Give its rate, or set one on the user, the customer, the matter, or as book.settings.hourly_rate.'
    from activities_told
    where kind = 'time' and billable and amount is null and rate is null

    union all
    select row, 'quantity', 'no quantity', 6, 'A service needs a quantity and the price of one.', 'Give its quantity and rate.'
    from activities_told
    where kind = 'service' and (quantity is null or rate is null) and amount is null

    union all
    select row, 'amount', 'no amount', 6, 'An expense or a disbursement needs an amount.', 'Give what it cost.'
    from activities_told
    where kind in ('expense', 'disbursement') and amount is null

    union all
    select
        row, 'amount', 'negative', 7,
        'An activity of ' || plain(coalesce(amount, 0)) || ' cannot be noted: amounts, rates and quantities are positive.',
        'To take something back, edit the activity, write it off, or record a credit note.'
    from activities_told
    where amount < 0 or rate < 0 or quantity <= 0

    union all
    select
        row, 'amount', 'too large', 7, 'What this comes to has more than fourteen digits.', 'Check the quantity and the rate.'
    from activities_told
    where amount is null and rate is not null and ((kind = 'time' and billed is not null) or quantity is not null)

    union all
    select
        row, 'receipt', 'no receipt', 8,
        'A disbursement stands outside the taxable base only with the receipt of what was paid.',
        'Give its receipt, or say that it is taxable.'
    from activities_told
    where kind = 'disbursement' and not taxable and receipt is null

    union all
    select
        told.row, 'customer', 'no client', 9,
        customers.display_name || ' is no client of the matter ' || told.matter_title || '.',
        'Name one of its clients, or none.'
    from activities_told as told
    inner join customers on customers.id = told.customer
    where not told.is_without_matter and not exists (
        select 1 from matter_clients
        where matter_clients.matter = told.matter and matter_clients.customer = told.customer
    )

    union all
    select
        told.row, 'category', 'other kind', 10,
        'The category ' || categories.name || ' is for the kind ' || categories.kind || ', not for ' || told.kind || '.',
        'Choose another category, or none.'
    from activities_told as told
    inner join activity_categories as categories on categories.id = told.category
    where categories.kind <> told.kind
)

select row, field, code, problem, hint
from problems
order by row, rank
