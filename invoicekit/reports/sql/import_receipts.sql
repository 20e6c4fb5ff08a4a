-- title: Imports
-- question: Which files came in, and what became of their rows?
-- parameter: as_of date = current_date_utc | Last day on which they were imported (UTC).
-- parameter: since date = null | First day; from the beginning where none is given.
-- column: operation | What book.undo takes back.
-- column: file | Name of the file.
-- column: source | The system its keys belong to.
-- column: recorded_at | When it was imported, in UTC.
-- column: actor | Who imported it.
-- column: created | Records created.
-- column: updated | Records changed.
-- column: unchanged | Records found as the file says.
-- column: rejected | Rows refused, with reason.
-- column: skipped | Rows left out on purpose.
-- column: undone_by | The operation that took it back.
-- column: sha256 | Hash of its bytes.
-- chart: file: created, updated, unchanged, rejected, skipped [records]
-- identity: created + updated + unchanged + rejected + skipped are the outcomes of its receipt
with received as (
    select imports.*, operations.recorded_at, operations.actor, undone.undone_by
    from imports
    inner join operations on operations.id = imports.operation
    left join undone_operations as undone on undone.operation = imports.operation
    where operations.recorded_at::date <= $as_of and ($since is null or operations.recorded_at::date >= $since)
)

select
    operation, file, source, recorded_at, actor, created, updated, unchanged, rejected, skipped, undone_by, sha256
from received
order by operation, id
