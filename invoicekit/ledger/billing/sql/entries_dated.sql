-- What is posted onto invoices (posted_late) of which some had another due date since: on the due date that held on its day, and,
-- on the day of each later change, off the date before it and onto the one after it.
with changes as (
    select entries.invoice, entries.entry_date as day, arg_max(entries.due_date, entries.id) as due_date
    from entries
    where
        entries.kind = 'due_date' and entries.invoice in (select invoice from posted_late)
        -- few: entries.invoice = posted_late.invoice
    group by entries.invoice, entries.entry_date
),

opened as (
    select entries.invoice, date '0001-01-01' as day, arg_min(entries.due_date, entries.id) as due_date
    from entries
    where
        entries.kind = 'invoice' and entries.invoice in (select invoice from changes)
        -- few: entries.invoice = posted_late.invoice
    group by entries.invoice
),

due as (
    select *, lead(day) over in_turn as until, lag(due_date) over in_turn as before
    from (select * from opened union all select * from changes)
    window in_turn as (partition by invoice order by day)
),

legs as (
    select posted_late.* replace (coalesce(due.due_date, posted_late.due_date) as due_date), null::bigint as moved_of, 0 as leg
    from posted_late
    left join due
        on due.invoice = posted_late.invoice and posted_late.entry_date >= due.day and posted_late.entry_date < coalesce(due.until, date '9999-12-31')
    union all by name
    select
        posted_late.customer, posted_late.billed_for, posted_late.invoice, posted_late.invoice as moved_of, 'due_date' as kind,
        due.day as entry_date, posted_late.invoice_date, unnest([due.before, due.due_date]) as due_date, posted_late.currency,
        unnest([-posted_late.amount, posted_late.amount])::decimal(18, 4) as amount, unnest([1, 2]) as leg
    from posted_late
    inner join due on due.invoice = posted_late.invoice and due.day > posted_late.entry_date and due.before <> due.due_date
)

select * exclude (moved_of, leg, document) replace (amount::decimal(18, 4) as amount), coalesce(moved_of, document) as document
from legs
order by leg, entry_date
