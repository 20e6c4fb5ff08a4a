-- Sound activities that are new, as the ledger wants them.
select
    line as row, null::bigint as id, $source as source, external_id, matter, customer, kind, date, worked_by, description,
    worked, billed, quantity, rate, tax_rate, taxable, amount, paid_to, receipt, billable
from told_activities
where
    trouble is null and line not in (select line from held_activities)
    and (line = first_line or not $once)
order by line
