-- What a run of recurring invoices (due_periods) made.
select due.recurring, due.customer, due.period, invoices.id as invoice, invoices.number, due.problem
from due_periods as due
left join invoices on invoices.recurring = due.id and invoices.period = due.period
order by due.period, due.recurring
