-- What customers are summed up by. With several tags a customer counts under each of them, so their sums are no total.
groups as (
    -- if by is customer
    select id as customer, id as record, name
    from customer_names
    -- end
    -- if by is tree
    select main_customers.id as customer, main_customers.main_customer as record, customer_names.name
    from main_customers
    inner join customer_names on customer_names.id = main_customers.main_customer
    -- end
    -- if by is category, line_of_business
    select id as customer, null::bigint as record, coalesce({by}, 'none') as name
    from customers
    -- end
    -- if by is tag
    select id as customer, null::bigint as record, unnest(case when len(tags) > 0 then tags else ['none'] end) as name
    from customers
    -- end
    -- if by is country
    select id as customer, null::bigint as record, coalesce(country, 'none') as name
    from customers
    -- end
    -- if by is currency, invoice
    select id as customer, null::bigint as record, '' as name
    from customers
    -- end
)
