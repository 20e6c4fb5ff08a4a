-- title: Utilisation
-- question: How much of what everybody worked can be billed, week by week?
-- parameter: as_of date = current_date | Last day; later work is left out.
-- parameter: since date = null | First day; from the beginning where none is given.
-- column: worked_by_id | Number of the user.
-- column: worked_by | Who worked.
-- column: week | Monday of the week (ISO 8601).
-- measure: hours_worked | Hours worked.
-- measure: hours_billable | What of it is billable, as it was worked.
-- ratio: utilisation | Billable against worked, in percent.
-- measure: hours_available | Hours a week the user is there for.
-- ratio: occupation | Worked against available, in percent.
-- measure: hours_not_billable | Hours worked that are not billable.
-- chart: worked_by, week: hours_billable, hours_not_billable [hours]
-- explain: hours_worked = worked(activities) by worked_by_id, week
-- identity: hours_worked = timesheet.hours_worked, for each user and week
with worked as (
    select
        id, worked_by,
        -- Each with its part of the week as that is rounded: so they add up to it.
        (
            ((sum(worked) over week_so_far * 10000)::bigint + 1800) // 3600
            - ((sum(worked) over week_so_far * 10000 - worked * 10000)::bigint + 1800) // 3600
        ) * 0.0001 as amount, date_trunc('week', date)::date as week, worked,
        billable
    from activities
    where kind = 'time' and date <= $as_of and ($since is null or date >= $since)
    window week_so_far as (partition by worked_by, date_trunc('week', date) order by id)
),

weeks as (
    select
        worked_by, week,
        sum(worked)::decimal(18, 4) as worked,
        coalesce(sum(worked) filter (where billable), 0)::decimal(18, 4) as billable
    from worked
    group by all
)

select
    weeks.worked_by as worked_by_id,
    coalesce(users.name, 'nobody named') as worked_by,
    weeks.week,
    (((weeks.worked * 10000)::bigint + 1800) // 3600 * 0.0001)::decimal(18, 4) as hours_worked,
    (((weeks.billable * 10000)::bigint + 1800) // 3600 * 0.0001)::decimal(18, 4) as hours_billable,
    case when weeks.worked > 0 then {tenths: 100 * weeks.billable per weeks.worked} end as utilisation,
    users.weekly_hours::decimal(18, 2) as hours_available,
    case when users.weekly_hours > 0 then {tenths: 100 * weeks.worked per 3600 * users.weekly_hours} end as occupation,
    ((((weeks.worked - weeks.billable) * 10000)::bigint + 1800) // 3600 * 0.0001)::decimal(18, 4) as hours_not_billable
from weeks
left join users on users.id = weeks.worked_by
order by weeks.week, worked_by, worked_by_id
