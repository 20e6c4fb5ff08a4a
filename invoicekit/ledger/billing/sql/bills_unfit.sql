-- What keeps documents about to be drafted (bills) from being made.
select
    bills.row, 'inactive' as code,
    customers.display_name || ' is inactive since ' || customers.inactive_since || ' and cannot be billed.' as problem,
    'Activate the customer first.' as hint
from bills
inner join customers on customers.id = bills.customer
where customers.inactive_since is not null

union all
select
    row, 'no client', 'Nothing says whom to bill for ' || coalesce(matter_name(matters.number, matters.title), 'the work') || '.',
    'Name the client of the work (book.activities.set_client), or bill it by customer=.'
from bills
left join matters on matters.id = bills.matter
where customer is null
order by row
