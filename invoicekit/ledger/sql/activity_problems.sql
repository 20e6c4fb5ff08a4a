-- What is wrong with activities about to be recorded (completed_activities: row and the fields of activities).
with problems as (
    select row, 'matter' as field, 'no matter' as code, 1 as rank, 'An activity needs a matter.' as problem,
        'Name the matter it was done for.' as hint
    from completed_activities
    where matter is null or matter not in (select id from matters)

    union all
    select row, 'date', 'no date', 2, 'An activity needs the day it was done.', 'Give its date.'
    from completed_activities
    where date is null

    union all
    select
        row, 'quantity', 'no quantity', 3, 'Time and services need a quantity.',
        'Give the hours or units, and their rate.'
    from completed_activities
    where kind in ('time', 'service') and quantity is null and amount is null

    union all
    select row, 'amount', 'no amount', 4, 'An expense or a disbursement needs an amount.', 'Give what it cost.'
    from completed_activities
    where kind in ('expense', 'disbursement') and amount is null

    union all
    select
        activities.row, 'customer', 'no client', 5,
        customers.display_name || ' is no client of the matter ' || matters.title || '.',
        'Name one of its clients, or none.'
    from completed_activities as activities
    inner join customers on customers.id = activities.customer
    inner join matters on matters.id = activities.matter
    where not exists (
        select 1 from matter_clients
        where matter_clients.matter = activities.matter and matter_clients.customer = activities.customer
    )
)

select row, field, code, problem, hint
from problems
order by row, rank
