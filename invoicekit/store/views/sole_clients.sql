-- The client of every matter that has one only: work on it that names no client was done for that one.
select matter, min(customer) as customer
from matter_clients
group by matter
having count(*) = 1
