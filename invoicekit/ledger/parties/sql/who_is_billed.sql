-- Who invoices of a customer are addressed to: itself, or the nearest one above it that bills itself. A main customer
-- always does.
with recursive up as (
    select id, parent, bill_to, 0 as steps from customers where id = $customer
    union all
    select above.id, above.parent, above.bill_to, up.steps + 1
    from up
    inner join customers as above on above.id = up.parent
    where coalesce(up.bill_to, 'self') = 'parent' and up.steps <= 5
)

select id from up
order by steps desc
limit 1
