-- Everyone who may be somebody else: each customer, lead and contact once, with the name that was told apart by the
-- number behind it given back.
select
    id,
    case
        when ends_with(display_name, ' (' || external_id || ')')
            then left(display_name, length(display_name) - length(external_id) - 3)
        else display_name
    end as display_name,
    first_name,
    last_name,
    company_name,
    address,
    city,
    region,
    postal_code,
    country,
    phone,
    mobile,
    email,
    tax_id
from customers
where merged_into is null
