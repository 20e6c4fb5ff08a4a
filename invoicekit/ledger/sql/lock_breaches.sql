-- Entries, of balances and of work in progress, up to the lock date that an operation added, took out, or gave another day
-- or amount.
with written as (
    select
        'entries' as "table", id, row(entry_date, invoice_date, due_date, invoice, currency, amount, null::decimal(18, 4)) as posting, entry_date,
        currency, amount
    from entries
    where operation = $operation

    union all
    select 'wip_entries', id, row(entry_date, work_date, null::date, null::bigint, currency, amount, seconds), entry_date, currency, amount
    from wip_entries
    where operation = $operation
),

ended as (
    select
        'entries' as "table", id, row(entry_date, invoice_date, due_date, invoice, currency, amount, null::decimal(18, 4)) as posting, entry_date,
        currency, amount
    from book.history.entries
    where ended_by = $operation

    union all
    select 'wip_entries', id, row(entry_date, work_date, null::date, null::bigint, currency, amount, seconds), entry_date, currency, amount
    from book.history.wip_entries
    where ended_by = $operation
),

lock as (select value::date as lock_date from settings where name = 'lock_date' and value is not null)

select
    least(written.entry_date, ended.entry_date) as entry_date,
    coalesce(written.currency, ended.currency) as currency,
    coalesce(written.amount, ended.amount) as amount,
    lock.lock_date
from written
full join ended using ("table", id)
cross join lock
where written.posting is distinct from ended.posting and least(written.entry_date, ended.entry_date) <= lock.lock_date
order by 1, id
limit 1
