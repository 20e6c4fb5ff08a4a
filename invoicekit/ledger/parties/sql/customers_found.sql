-- Customers in whose name, number, e-mail or tax id a text occurs, all of them for an empty text; a page of them, sorted
-- by a column or else best match first, with what of the profile ($profile) each one lacks.
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
    select
        *,
        case $sort
            when 'external_id' then external_id
            when 'parent_name' then search_key(parent_name)
            when 'email' then email
            when 'phone' then phone
            when 'city' then search_key(city)
            when 'country' then country
            when 'category' then search_key(category)
            else search_key(display_name)
        end as sort_key
    from named
    where
        $text = ''
        or contains(search_key(concat_ws(' ', display_name, external_id, email, tax_id)), search_key($text))
),

page as (
    select *
    from matching
    order by
        case when $sort is null and $text <> '' then starts_with(search_key(display_name), search_key($text)) end desc,
        case when not $descending then sort_key end nulls last,
        case when $descending then sort_key end desc nulls last,
        id
    limit $count offset $first
)

select
    id, name as customer, display_name, coalesce(kind, 'customer') as kind, external_id, parent, parent_name, email, phone,
    city, country, currency, terms, category, tags,
    list_filter(
        [
            case when external_id is null then 'external_id' end,
            case when company_name is null then 'company_name' end,
            case when first_name is null then 'first_name' end,
            case when last_name is null then 'last_name' end,
            case when kind is null then 'kind' end,
            case when parent is null then 'parent' end,
            case when bill_to is null then 'bill_to' end,
            case when email is null then 'email' end,
            case when phone is null then 'phone' end,
            case when mobile is null then 'mobile' end,
            case when fax is null then 'fax' end,
            case when website is null then 'website' end,
            case when address is null then 'address' end,
            case when city is null then 'city' end,
            case when region is null then 'region' end,
            case when postal_code is null then 'postal_code' end,
            case when country is null then 'country' end,
            case when shipping_address is null then 'shipping_address' end,
            case when shipping_city is null then 'shipping_city' end,
            case when shipping_region is null then 'shipping_region' end,
            case when shipping_postal_code is null then 'shipping_postal_code' end,
            case when shipping_country is null then 'shipping_country' end,
            case when tax_id is null then 'tax_id' end,
            case when tax_id_kind is null then 'tax_id_kind' end,
            case when tax_category is null then 'tax_category' end,
            case when tax_regime is null then 'tax_regime' end,
            case when invoice_use is null then 'invoice_use' end,
            case when language is null then 'language' end, case when buyer_reference is null then 'buyer_reference' end,
            case when line_of_business is null then 'line_of_business' end,
            case when currency is null then 'currency' end,
            case when terms is null then 'terms' end,
            case when payment_method is null then 'payment_method' end,
            case when rate is null then 'rate' end,
            case when tax_rate is null then 'tax_rate' end,
            case when category is null then 'category' end,
            case when tags is null then 'tags' end,
            case when notes is null then 'notes' end,
            case when extra is null then 'extra' end
        ],
        lambda field: list_contains($profile, field)
    ) as missing,
    inactive_since, (select count(*) from matching) as found
from page
