-- Postings up to a lock date ($lock_date) that were written, or taken out, after the operation that locked it ($operation), as far as known
-- ($until): what a closed period says now and did not say when it was closed.
with before as (
    select * from book.main.entries where operation <= $operation
    union all by name
    select * exclude (ended_by) from book.history.entries where operation <= $operation and ended_by > $operation
),

now as (
    select * from book.main.entries where operation <= $until
    union all by name
    select * exclude (ended_by) from book.history.entries where operation <= $until and ended_by > $until
),

changed as (
    select
        coalesce(now.id, before.id) as id,
        case when before.id is null then 'added' when now.id is null then 'taken out' else 'changed' end as change,
        coalesce(now.customer, before.customer) as customer, coalesce(now.entry_date, before.entry_date) as entry_date,
        coalesce(now.kind, before.kind) as kind, coalesce(now.document, before.document) as document,
        coalesce(now.invoice, before.invoice) as invoice, coalesce(now.payment, before.payment) as payment,
        coalesce(now.currency, before.currency) as currency,
        (coalesce(case when now.entry_date <= $lock_date::date then now.amount end, 0)
            - coalesce(case when before.entry_date <= $lock_date::date then before.amount end, 0))::decimal(18, 4) as difference,
        case when now.id is null then (
            select min(history.ended_by) from book.history.entries as history
            where history.id = before.id and history.ended_by > $operation
        ) else now.operation end as operation
    from (select * from before where entry_date <= $lock_date::date) as before
    full join (select * from now where entry_date <= $lock_date::date) as now on now.id = before.id
    where
        before.id is null or now.id is null
        or (before.customer, before.entry_date, before.invoice, before.due_date, before.currency, before.amount)
        is distinct from (now.customer, now.entry_date, now.invoice, now.due_date, now.currency, now.amount)
)

select
    $lock_date::date as lock_date, changed.entry_date as date, customer_names.name as customer, changed.change, changed.kind,
    coalesce(documents.number, invoices.number, payments.reference) as document, changed.currency, changed.difference,
    changed.operation, operations.recorded_at, operations.actor, operations.summary
from changed
left join customer_names on customer_names.id = changed.customer
left join book.main.invoices as documents on documents.id = changed.document
left join book.main.invoices on invoices.id = changed.invoice
left join book.main.payments on payments.id = changed.payment
left join book.main.operations on operations.id = changed.operation
order by changed.operation, changed.entry_date, changed.id
