-- Operations, as a person reads them.
select id, recorded_at::date as date, kind, summary as document, recorded_at, actor
from operations
