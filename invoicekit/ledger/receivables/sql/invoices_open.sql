-- Some invoices (invoices_named: id) with what is open on each.
select
    invoices.id, invoices.number, invoices.kind, invoices.status, invoices.date, invoices.currency, invoices.customer,
    coalesce(owed.amount, 0)::decimal(18, 4) as open
from invoices
inner join invoices_named
    on
        invoices_named.id = invoices.id
        -- few: invoices.id = invoices_named.id
left join (
    select invoice, sum(amount) as amount
    from entries
    where
        invoice in (select id from invoices_named)
        -- few: entries.invoice = invoices_named.id
    group by invoice
) as owed on owed.invoice = invoices.id
