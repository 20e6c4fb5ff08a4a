-- Everyone who is known: customers, leads and mere contacts, each once, with the same number everywhere.
select
    id, display_name as name, kind, company_name, first_name, last_name, email, phone, mobile, address, city, region,
    postal_code, country, inactive_since
from customers
where merged_into is null
