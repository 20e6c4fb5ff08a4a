-- Work against what it posted and what bills it: all of it, or what an operation ($operation) touched.
with touched as materialized (
    select id from activities where operation = $operation
    union
    select id from book.history.activities where ended_by = $operation
    union
    select activity from wip_entries where operation = $operation
    union
    select activity from book.history.wip_entries where ended_by = $operation
    union
    select activity from invoice_lines where operation = $operation and activity is not null
    union
    select activity from book.history.invoice_lines where ended_by = $operation and activity is not null
    union
    select activities.id
    from activities
    inner join (
        select matter from matter_clients where operation = $operation
        union
        select matter from book.history.matter_clients where ended_by = $operation
    ) as concerned on concerned.matter = activities.matter
),

proven as materialized (
    select activities.*, invoices.status as invoice_status, invoices.kind as invoice_kind
    from activities
    left join invoices on invoices.id = activities.invoice
    where $operation is null or activities.id in (select id from touched)
),

standing as (
    select
        activity, matter, customer, worked_by, kind, work_date, currency, sum(amount)::decimal(18, 4) as amount,
        sum(seconds)::decimal(18, 4) as seconds
    from wip_entries
    where $operation is null or activity in (select id from touched)
    group by all
    having sum(amount) <> 0 or sum(seconds) <> 0
),

wanted as (
    select
        proven.id as activity, matter, customer, worked_by, kind, date as work_date, matters.currency,
        coalesce(amount, 0)::decimal(18, 4) as amount, coalesce(billed, 0)::decimal(18, 4) as seconds
    from proven
    inner join matters on matters.id = proven.matter
    where
        billable and written_off_on is null and coalesce(invoice_status, 'draft') = 'draft'
        and (coalesce(amount, 0) <> 0 or coalesce(billed, 0) <> 0)
),

billing as (
    select
        lines.activity, count(*) filter (where invoices.kind = 'invoice') - count(*) filter (where lines.frees_work) as times
    from invoice_lines as lines
    inner join invoices on invoices.id = lines.invoice
    where lines.activity is not null and ($operation is null or lines.activity in (select id from touched))
    group by lines.activity
),

lines_held as (
    select distinct lines.activity, lines.invoice
    from invoice_lines as lines
    where lines.activity is not null and ($operation is null or lines.activity in (select id from touched))
),

findings as (
    select
        'work in progress posted' as "check", 'activities' as "table", activity as record,
        'activity ' || activity || ' stands in work in progress otherwise than it was noted' as finding
    from (
        (select * from standing except select * from wanted)
        union
        (select * from wanted except select * from standing)
    )

    union all
    select 'billed at most once', 'activities', activity, 'activity ' || activity || ' is billed ' || times || ' times'
    from billing
    where times not in (0, 1)

    union all
    select
        'billed where it says', 'activities', proven.id,
        'activity ' || proven.id
        || case when proven.invoice is null then ' is on a bill, and says it is unbilled' else ' is not on the bill it names' end
    from proven
    left join billing on billing.activity = proven.id
    left join lines_held on lines_held.activity = proven.id and lines_held.invoice = proven.invoice
    where
        (proven.invoice is null and coalesce(billing.times, 0) = 1)
        or (proven.invoice is not null and (lines_held.activity is null or coalesce(billing.times, 0) <> 1))

    union all
    select
        'client of its matter', 'activities', proven.id, 'activity ' || proven.id || ' is for somebody who is no client of its matter'
    from proven
    where proven.customer is not null and not exists (
        select 1 from matter_clients
        where matter_clients.matter = proven.matter and matter_clients.customer = proven.customer
    )

    union all
    select
        'open matter of somebody in use', 'matters', matters.id,
        'matter ' || matters.title || ' is open, and its client ' || customers.display_name || ' is inactive'
    from matters
    inner join matter_clients on matter_clients.matter = matters.id
    inner join customers on customers.id = matter_clients.customer
    where matters.closed_on is null and customers.inactive_since is not null
)

select "check", "table", record::bigint as record, finding::varchar as finding, 'undo the operation that wrote it' as mend
from findings
