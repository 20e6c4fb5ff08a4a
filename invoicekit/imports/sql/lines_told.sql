-- Rows of a sheet of lines (incoming_line_rows), each with the document of the file it stands on.
with documents as (
    select number, min(line) as document, count(*) as documents
    from invoice_rows
    where line = document
    group by number
)

select
    line_rows.*,
    documents.document,
    coalesce(documents.documents, 0) as documents,
    case
        when line_rows.fault is not null then line_rows.fault
        when line_rows.invoice is null then 'it names no invoice'
        when documents.document is null
            then 'invoice ' || line_rows.invoice || ' is not among the invoices of this file'
        when documents.documents > 1
            then 'invoice ' || line_rows.invoice || ' stands several times in this file, and the line does not say which is meant'
    end as trouble
from incoming_line_rows as line_rows
left join documents on documents.number = line_rows.invoice
