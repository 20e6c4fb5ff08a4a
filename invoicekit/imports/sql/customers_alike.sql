-- Numbers that were said to be another number of a customer that is known by name.
select
    coalesce(customers.merged_into, matched.namesake, numbered.record) as customer, $source as source, matched.external_id as number
from matched_customers as matched
left join numbered_customers as numbered on numbered.line = matched.name_line
left join customers on customers.id = matched.namesake
where
    matched.question is not null and matched.external_id is not null
    and coalesce(matched.namesake, numbered.record) is not null
order by matched.line
