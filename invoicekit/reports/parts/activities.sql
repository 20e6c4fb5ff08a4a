-- Pieces of work, as a person reads them.
select
    activities.id, activities.date, concat_ws(' ', matters.number, matters.title) as matter, activities.kind, users.name as worked_by,
    activities.description as document, activities.billable, activities.operation, operations.recorded_at, operations.actor
from activities
inner join matters on matters.id = activities.matter
inner join operations on operations.id = activities.operation
left join users on users.id = activities.worked_by
