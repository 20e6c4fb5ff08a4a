-- What is still owed on invoices that were just closed (closed_now: id).
select invoices.number, invoices.currency, sum(entries.amount)::decimal(18, 4) as amount
from closed_now
inner join invoices using (id)
inner join entries on entries.invoice = invoices.id
group by all
having sum(entries.amount) <> 0
order by invoices.number
