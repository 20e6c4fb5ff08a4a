-- Postings to work in progress, as a person reads them.
select
    wip_entries.id, wip_entries.entry_date as date, matter_of.name as matter, wip_entries.event, wip_entries.kind, users.name as worked_by,
    activities.description as document, invoices.number as invoice, wip_entries.work_date, wip_entries.currency,
    wip_entries.operation, operations.recorded_at, operations.actor
from wip_entries
inner join (select id, concat_ws(' ', number, title) as name from matters) as matter_of on matter_of.id = wip_entries.matter
inner join operations on operations.id = wip_entries.operation
left join users on users.id = wip_entries.worked_by
left join activities on activities.id = wip_entries.activity
left join invoices on invoices.id = wip_entries.invoice
