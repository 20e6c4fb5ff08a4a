-- Stopwatches of a user ($worked_by), or of all, the running ones first, with what each measured until now ($now).
select
    stopwatches.id, users.name as worked_by, matter_name(matters.number, matters.title) as matter, customer_names.name as customer,
    stopwatches.description, stopwatches.date, stopwatches.running_since is not null as is_running,
    (
        stopwatches.counted
        + coalesce(greatest(date_diff('second', stopwatches.running_since, $now::timestamp), 0), 0)
    )::decimal(18, 4) as seconds
from stopwatches
inner join users on users.id = stopwatches.worked_by
left join matters on matters.id = stopwatches.matter
left join customer_names on customer_names.id = stopwatches.customer
where $worked_by is null or stopwatches.worked_by = $worked_by
order by is_running desc, stopwatches.id
