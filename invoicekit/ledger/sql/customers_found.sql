-- Customers in whose name, number, e-mail or tax id a text occurs, all of them for an empty text; with what of the
-- profile ($profile) each one lacks.
with named as (
    select customers.*, customer_names.name, parents.display_name as parent_name
    from customers
    inner join customer_names using (id)
    left join customers as parents on parents.id = customers.parent
    where
        customers.merged_into is null
        and (customers.inactive_since is null or $include_inactive)
        and case
            when $kind is null then coalesce(customers.kind, 'customer') <> 'contact'
            else coalesce(customers.kind, 'customer') = $kind
        end
        and ($category is null or search_key(customers.category) = search_key($category))
        and (
            $tag is null
            or list_contains(list_transform(customers.tags, lambda tag: search_key(tag)), search_key($tag))
        )
        and ($parent is null or customers.parent = $parent)
),

matching as (
    select * from named
    where contains(search_key(concat_ws(' ', display_name, external_id, email, tax_id)), search_key($text))
)

select
    id, name as customer, display_name, coalesce(kind, 'customer') as kind, external_id, parent, parent_name, email, phone,
    city, country, currency, terms, category, tags,
    list_filter($profile, lambda field: (to_json(matching) ->> field) is null) as missing,
    inactive_since
from matching
order by starts_with(search_key(display_name), search_key($text)) desc, search_key(display_name), id
