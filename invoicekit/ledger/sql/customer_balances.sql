-- What a customer owes, by currency, where that is not zero.
select currency, sum(amount)::decimal(18, 4) as balance
from entries
where customer = $customer
group by currency
having sum(amount) <> 0
order by currency
