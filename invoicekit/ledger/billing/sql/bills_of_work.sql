-- The documents that assigned work (assigned_work, debtors) makes, each a row: one for a matter, a client or a debtor ($by), and a currency.
select
    row_number() over (order by min(customers.display_name), min(matter), assigned.currency, debtors.debtor) as row,
    debtors.debtor as customer, debtors.debtor as recorded_for,
    case when count(distinct assigned.customer) = 1 and min(assigned.customer) <> debtors.debtor then min(assigned.customer) end as billed_for,
    case when count(distinct matter) = 1 then min(matter) end as matter,
    assigned.currency, list(activity order by activity) as activities
from assigned_work as assigned
left join debtors on debtors.customer = assigned.customer
left join customers on customers.id = debtors.debtor
group by
    debtors.debtor, assigned.currency,
    case $by when 'matter' then assigned.matter end,
    case when $by <> 'debtor' then assigned.customer end
order by row
