-- What was written and kept - of one invoice ($invoice), or of all - in the order it was.
select
    kept.invoice, kept.kind, kept.form, kept.name, kept.sha256, octet_length(kept.content) as size, operations.recorded_at, operations.actor
from kept_documents as kept
inner join operations on operations.id = kept.operation
where $invoice::bigint is null or kept.invoice = $invoice::bigint
order by kept.id
