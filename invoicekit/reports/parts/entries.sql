-- Postings, as a person reads them; the report says what each of them counts for.
select * exclude (customer_id, amount)
from postings
