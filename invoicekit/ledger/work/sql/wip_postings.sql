-- What activities that something happened to (touched_activities: id, event, day or nothing, invoice or nothing) post to
-- work in progress: what stands there of them goes out, what they are now comes in, and what is the same is left.
-- Recording and editing correct what was noted: they post on the day of the work, or the first later one on which neither
-- the book is locked nor the activity stood elsewhere. Whatever else happens posts on its own day.
with lock as (
    select max(value::date) + 1 as first_open
    from settings
    where name = 'lock_date'
),

posted as materialized (
    select entries.*
    from wip_entries as entries
    inner join touched_activities as touched on touched.id = entries.activity
),

standing as (
    select
        activity, matter, customer, worked_by, kind, work_date, currency,
        sum(seconds)::decimal(18, 4) as seconds, sum(amount)::decimal(18, 4) as amount
    from posted
    group by all
    having sum(amount) <> 0 or sum(seconds) <> 0
),

moved as (
    select activity, max(entry_date) as last_day
    from posted
    where event not in ('recorded', 'edited')
    group by activity
),

wanted as (
    select
        activities.id as activity, activities.matter, activities.customer, activities.worked_by, activities.kind,
        activities.date as work_date, coalesce(matters.currency, $currency) as currency,
        coalesce(activities.billed, 0)::decimal(18, 4) as seconds,
        coalesce(activities.amount, 0)::decimal(18, 4) as amount
    from activities
    inner join touched_activities as touched using (id)
    inner join matters on matters.id = activities.matter
    left join invoices on invoices.id = activities.invoice
    where activities.billable and activities.written_off_on is null and coalesce(invoices.status, 'draft') = 'draft'
),

legs as (
    select * replace (-seconds as seconds, -amount as amount) from standing
    union all
    select * from wanted
),

dated as (
    select
        legs.*, touched.event, touched.invoice,
        case
            when touched.day is not null then touched.day
            when touched.event = 'recorded' then legs.work_date
            else greatest(legs.work_date, moved.last_day, lock.first_open)
        end as entry_date
    from legs
    inner join touched_activities as touched on touched.id = legs.activity
    left join moved on moved.activity = legs.activity
    cross join lock
)

select
    activity, any_value(event) as event, any_value(invoice) as invoice, entry_date, $today::date as recorded_on, work_date,
    matter, customer, worked_by, kind, currency, sum(seconds)::decimal(18, 4) as seconds, sum(amount)::decimal(18, 4) as amount
from dated
group by activity, entry_date, work_date, matter, customer, worked_by, kind, currency
having sum(amount) <> 0 or sum(seconds) <> 0
order by activity, sum(amount)
