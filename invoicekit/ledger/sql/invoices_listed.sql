-- Invoices and credit notes, newest first, with what is still owed on each.
with owed as (
    select invoice, sum(amount)::decimal(18, 4) as amount
    from entries
    where invoice is not null
    group by invoice
)

select
    invoices.id, invoices.kind, invoices.number, customer_names.name as customer, invoices.date, invoices.due_date,
    invoices.currency, invoices.net, invoices.tax, invoices.total,
    case when invoices.kind = 'invoice' then coalesce(owed.amount, 0) end as amount_due,
    case
        when invoices.kind <> 'invoice' or invoices.status = 'draft' then null
        when coalesce(owed.amount, 0) = 0 then 'paid'
        when owed.amount < 0 then 'overpaid'
        when owed.amount < invoices.total then 'partial'
        else 'unpaid'
    end as payment_status,
    invoices.status
from invoices
inner join customer_names on customer_names.id = invoices.customer
left join owed on owed.invoice = invoices.id
where case when $status is null then invoices.status <> 'closed' else invoices.status = $status end
order by invoices.date desc, invoices.id desc
