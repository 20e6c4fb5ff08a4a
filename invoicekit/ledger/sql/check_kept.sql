-- Documents whose bytes are not those that were kept: all of them, or those an operation ($operation) touched.
select
    'bytes as kept' as "check", 'kept_documents' as "table", id as record, name || ' is not as it was written: its SHA-256 is another' as finding,
    'restore a backup: it was changed behind the book''s back' as mend
from kept_documents
where sha256(content) <> sha256 and ($operation is null or operation = $operation)
