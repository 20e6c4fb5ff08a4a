-- Invoices of which the file states another balance than their entries make.
with owed as (
    select invoice, sum(amount)::decimal(18, 4) as amount
    from entries
    where invoice is not null
    group by invoice
)

select
    rows.line,
    'the file says that ' || plain(rows.balance) || ' is open, invoice and payments make ' || plain(coalesce(owed.amount, 0)) as remark
from invoice_rows as rows
inner join document_outcomes as told on told.document = rows.document
left join owed on owed.invoice = told.record
where
    rows.line = rows.document and told.outcome <> 'rejected' and rows.balance is not null
    and coalesce(rows.kind, 'invoice') = 'invoice' and rows.balance <> coalesce(owed.amount, 0)
