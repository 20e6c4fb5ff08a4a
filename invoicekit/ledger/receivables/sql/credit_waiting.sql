-- A credit note ($note) with what of it waits to be applied.
select
    invoices.* exclude (operation),
    coalesce((
        select -sum(entries.amount)
        from entries
        where entries.document = invoices.id and entries.invoice is null
    ), 0)::decimal(18, 4) as "left"
from invoices
where invoices.id = $note and invoices.kind = 'credit_note' and invoices.status <> 'draft'
