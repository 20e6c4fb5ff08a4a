-- Numbers of the file that lead to customers found by what else they have, and that bear another number already.
select customers.id as customer, $source as source, matched.external_id as number
from matched_customers as matched
inner join customers on customers.id = matched.id
where
    matched.candidates = 1 and matched.external_id is not null and customers.external_id is not null
    and matched.external_id not in (select number from customer_keys where source = $source)
order by matched.line
