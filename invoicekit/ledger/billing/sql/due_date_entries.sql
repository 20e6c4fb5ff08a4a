-- What another due date ($due_date) of an invoice ($invoice) posts from a day ($day) on: what was open then leaves the old date, and
-- stands on the new; so does, on its own day, what was posted later.
with standing as (
    select
        customer, billed_for, invoice, invoice_date, due_date, currency, greatest(entry_date, $day::date) as day,
        sum(amount)::decimal(18, 4) as amount
    from entries
    where invoice = $invoice
    group by all
    having sum(amount) <> 0 and due_date <> $due_date::date
)

select
    customer, billed_for, invoice, invoice as document, 'due_date' as kind, day as entry_date, invoice_date, due_date, currency,
    (-amount)::decimal(18, 4) as amount
from standing
union all
select customer, billed_for, invoice, invoice, 'due_date', day, invoice_date, $due_date::date, currency, amount
from standing
