-- Settled postings with what a person calls them: the number of the document or what the payer wrote; where an invoice is
-- opened, or moved to another due date, what it came to.
select
    settled_entries.*,
    case
        when settled_entries.kind in ('allocation', 'write_off') then settled.number
        else coalesce(documents.number, payments.reference, payments.invoice_number)
    end as number,
    case when settled_entries.kind in ('invoice', 'due_date') then documents.total end as total
from settled_entries
left join invoices as documents
    on documents.id = case when settled_entries.kind = 'due_date' then settled_entries.invoice else settled_entries.document end
left join payments on payments.id = settled_entries.payment
-- One expression to one column: DuckDB 1.5 compares every row with every other one where a left join looks at its left side.
left join allocations
    on allocations.id = case when settled_entries.kind in ('allocation', 'write_off') then settled_entries.allocation end
left join invoices as settled on settled.id = allocations.invoice
