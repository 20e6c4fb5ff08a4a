-- Customers whose name, number, e-mail or tax id holds a text; all of them for an empty text.
with named as (
    select customers.*, customer_names.name, parents.display_name as parent_name
    from customers
    inner join customer_names using (id)
    left join customers as parents on parents.id = customers.parent
    where customers.inactive_since is null or $include_inactive
)

select
    id, name as customer, display_name, external_id, parent, parent_name, email, phone, city, country, currency,
    terms, category, inactive_since
from named
where
    contains(search_key(concat_ws(' ', display_name, external_id, email, tax_id)), search_key($text))
order by starts_with(search_key(display_name), search_key($text)) desc, search_key(display_name), id
