-- title: Timesheet
-- question: How long did everybody work, day by day and week by week?
-- parameter: as_of date = current_date | Last day; later work is left out.
-- parameter: since date = null | First day; from the beginning where none is given.
-- column: worked_by_id | Number of the user.
-- column: worked_by | Who worked.
-- column: week | Monday of the week (ISO 8601).
-- measure: monday | Hours worked.
-- measure: tuesday | Hours worked.
-- measure: wednesday | Hours worked.
-- measure: thursday | Hours worked.
-- measure: friday | Hours worked.
-- measure: saturday | Hours worked.
-- measure: sunday | Hours worked.
-- measure: hours_worked | All of these, rounded once.
-- measure: hours_to_bill | What of it is billable, as billed: rounded up, or as somebody said.
-- measure: hours_not_billable | Hours worked that are not billable.
-- chart: worked_by, week: hours_to_bill, hours_not_billable [hours]
-- explain: hours_worked = worked(activities) by worked_by_id, week
-- identity: hours_worked is the sum of activities.worked of the week, in hours
with worked as (
    select
        id, worked_by,
        -- Each with its part of the week as that is rounded: so they add up to it.
        (
            ((sum(worked) over week_so_far * 10000)::bigint + 1800) // 3600
            - ((sum(worked) over week_so_far * 10000 - worked * 10000)::bigint + 1800) // 3600
        ) * 0.0001 as amount, date_trunc('week', date)::date as week, isodow(date) as day, worked, billed, billable
    from activities
    where kind = 'time' and date <= $as_of and ($since is null or date >= $since)
    window week_so_far as (partition by worked_by, date_trunc('week', date) order by id)
),

weeks as (
    select
        worked_by, week,
        coalesce(sum(worked) filter (where day = 1), 0)::decimal(18, 4) as monday,
        coalesce(sum(worked) filter (where day = 2), 0)::decimal(18, 4) as tuesday,
        coalesce(sum(worked) filter (where day = 3), 0)::decimal(18, 4) as wednesday,
        coalesce(sum(worked) filter (where day = 4), 0)::decimal(18, 4) as thursday,
        coalesce(sum(worked) filter (where day = 5), 0)::decimal(18, 4) as friday,
        coalesce(sum(worked) filter (where day = 6), 0)::decimal(18, 4) as saturday,
        coalesce(sum(worked) filter (where day = 7), 0)::decimal(18, 4) as sunday,
        sum(worked)::decimal(18, 4) as worked,
        coalesce(sum(billed) filter (where billable), 0)::decimal(18, 4) as billed,
        coalesce(sum(worked) filter (where not billable), 0)::decimal(18, 4) as other
    from worked
    group by worked_by, week
)

select
    weeks.worked_by as worked_by_id,
    coalesce(users.name, 'nobody named') as worked_by,
    weeks.week,
    (((weeks.monday * 10000)::bigint + 1800) // 3600 * 0.0001)::decimal(18, 4) as monday,
    (((weeks.tuesday * 10000)::bigint + 1800) // 3600 * 0.0001)::decimal(18, 4) as tuesday,
    (((weeks.wednesday * 10000)::bigint + 1800) // 3600 * 0.0001)::decimal(18, 4) as wednesday,
    (((weeks.thursday * 10000)::bigint + 1800) // 3600 * 0.0001)::decimal(18, 4) as thursday,
    (((weeks.friday * 10000)::bigint + 1800) // 3600 * 0.0001)::decimal(18, 4) as friday,
    (((weeks.saturday * 10000)::bigint + 1800) // 3600 * 0.0001)::decimal(18, 4) as saturday,
    (((weeks.sunday * 10000)::bigint + 1800) // 3600 * 0.0001)::decimal(18, 4) as sunday,
    (((weeks.worked * 10000)::bigint + 1800) // 3600 * 0.0001)::decimal(18, 4) as hours_worked,
    (((weeks.billed * 10000)::bigint + 1800) // 3600 * 0.0001)::decimal(18, 4) as hours_to_bill,
    (((weeks.other * 10000)::bigint + 1800) // 3600 * 0.0001)::decimal(18, 4) as hours_not_billable
from weeks
left join users on users.id = weeks.worked_by
order by weeks.week, worked_by, worked_by_id
