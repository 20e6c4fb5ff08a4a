-- What became of every row of payments.
select line, 'payments' as "table", 'rejected' as outcome, null as record, trouble as reason
from told_payments where trouble is not null
union all
select
    line, 'payments', case when difference is null then 'unchanged' else 'rejected' end, id,
    difference || '; a recorded payment does not change: undo its import first'
from held_payments
union all
select row, 'payments', 'rejected', null, first(problem || ' ' || hint) from refused group by row
union all
select
    incoming.row, 'payments', 'created', incoming.id,
    coalesce(told.remark, ambiguous.remark, case when alike.payment is not null
        then 'the book has another payment of the same customer, day and amount (record ' || alike.payment || ')' end)
from incoming_payments as incoming
inner join told_payments as told on told.line = incoming.row
left join ambiguous_customers as ambiguous on ambiguous.line = incoming.row
left join alike_payments as alike on alike.line = incoming.row
union all
select line, 'payments', 'skipped', null, 'it repeats row @' || first_line
from told_payments
where $once and trouble is null and not is_numbered and line <> first_line and line not in (select line from held_payments)
