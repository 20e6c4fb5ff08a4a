-- Settled postings with what a person calls them: the number of the document or what the payer wrote; of an invoice's own
-- posting, what it came to.
select
    settled_entries.*,
    case
        when settled_entries.kind in ('allocation', 'write_off') then settled.number
        else coalesce(documents.number, payments.reference, payments.invoice_number)
    end as number,
    case when settled_entries.kind = 'invoice' then documents.total end as total
from settled_entries
left join invoices as documents on documents.id = settled_entries.document
left join payments on payments.id = settled_entries.payment
left join allocations on allocations.id = settled_entries.allocation and settled_entries.kind in ('allocation', 'write_off')
left join invoices as settled on settled.id = allocations.invoice
