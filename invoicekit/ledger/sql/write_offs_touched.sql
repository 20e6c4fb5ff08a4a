-- Write-offs that an operation ($operation) wrote, took back or took out.
select id from allocations where operation = $operation and payment is null and credit_note is null
union all
select id from history.allocations where ended_by = $operation and payment is null and credit_note is null
limit 1
