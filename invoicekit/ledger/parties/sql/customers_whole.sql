-- Every customer, lead and contact with all its fields, by name; the parent by its name.
select customers.* exclude (operation) replace (parents.display_name as parent)
from customers
left join customers as parents on parents.id = customers.parent
where customers.merged_into is null and (customers.inactive_since is null or $include_inactive)
order by search_key(customers.display_name), customers.id
