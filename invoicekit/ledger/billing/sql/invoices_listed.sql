-- Invoices and credit notes, newest first, with what is still owed on each. The customer is called as it is now, or as it was when the
-- document was issued ($policy: all, open, none follow the customer): of all, of a customer ($customer), or on a matter ($matter).
-- few documents: select id from invoices where customer = $customer union select id from invoices where billed_for = $customer
-- few documents: select id from invoices where matter = $matter
-- few parties: select distinct customer from invoices where id in (documents)
-- few settling: select distinct payment from allocations where invoice in (documents) and payment is not null
with owed as (
    select invoice, sum(amount)::decimal(18, 4) as amount
    from entries
    where
        invoice is not null
        -- few: entries.invoice = documents.id
    group by invoice
),

-- Money that names an invoice which is settled without it: paid too much.
surplus as (
    select allocations.invoice, -sum(waiting.amount)::decimal(18, 4) as amount
    from (
        select payment, sum(amount) as amount
        from entries
        where
            invoice is null and payment is not null
            -- few: entries.payment = settling.id
        group by payment
        having sum(amount) < 0
    ) as waiting
    inner join payments
        on
            payments.id = waiting.payment and payments.invoice_number is not null
            -- few: payments.id = settling.id
    inner join (
        select distinct payment, invoice
        from allocations
        where
            taken_back_on is null
            -- few: allocations.invoice = documents.id
    ) as allocations on allocations.payment = payments.id
    inner join invoices
        on
            invoices.id = allocations.invoice and invoices.number = payments.invoice_number
            -- few: invoices.id = documents.id
    group by allocations.invoice
)

select
    invoices.id, invoices.kind, invoices.number,
    case
        when $policy = 'none' or ($policy = 'open' and coalesce(owed.amount, 0) = 0) then coalesce(issued.buyer_name, customer_names.name)
        else customer_names.name
    end as customer,
    invoices.date, invoices.due_date,
    invoices.currency, invoices.net, invoices.tax, invoices.total,
    case when invoices.kind = 'invoice' then coalesce(owed.amount, 0) end as amount_due,
    case
        when invoices.kind <> 'invoice' or invoices.status = 'draft' then null
        when coalesce(owed.amount, 0) < 0 or (coalesce(owed.amount, 0) = 0 and surplus.amount > 0) then 'overpaid'
        when coalesce(owed.amount, 0) = 0 then 'paid'
        when owed.amount < invoices.total + coalesce(invoices.rounding, 0) then 'partial'
        else 'unpaid'
    end as payment_status,
    invoices.status
from invoices
inner join customer_names
    on
        customer_names.id = invoices.customer
        -- few: customer_names.id = parties.id
left join owed on owed.invoice = invoices.id
left join surplus on surplus.invoice = invoices.id
left join issued_invoices as issued on $policy <> 'all' and issued.invoice = invoices.id
where
    case when $status is null then invoices.status <> 'closed' else invoices.status = $status end
    and ($customer is null or $customer in (invoices.customer, invoices.billed_for))
    and ($matter is null or invoices.matter = $matter)
    -- few: invoices.id = documents.id
order by invoices.date desc, invoices.id desc
