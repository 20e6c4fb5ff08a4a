-- Incoming customers with the name each is shown by: its own, else the person, else the firm, else its key.
select
    * replace (
        coalesce(
            display_name, nullif(concat_ws(' ', first_name, last_name), ''), company_name, external_id
        ) as display_name
    ),
    coalesce(display_name, first_name, last_name, company_name) is not null as has_name
from incoming_customers
