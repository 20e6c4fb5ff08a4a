-- Completed documents that the book holds already - for the same client of that source, or for the customer the client
-- is - and whether both say the same, line by line.
with held as (
    select
        new.row, old.id, old.customer, old.date, old.currency, old.net, old.total, old.due_date, old.status, old.subject
    from completed_invoices as new
    inner join invoices as old
        on
            old.series = 'external' and old.source = new.source and old.number = new.number and old.kind = new.kind
            and (old.source_customer = new.source_customer or old.recorded_for = new.recorded_for)
    qualify row_number() over (
        partition by new.row order by old.source_customer = new.source_customer desc, old.id
    ) = 1
),

old_lines as (
    select
        held.row,
        md5(string_agg(
            row(lines.item, lines.description, lines.quantity, lines.unit_price, lines.net, lines.tax_rate)::varchar,
            chr(30) order by lines.position
        )) as content
    from held
    inner join invoice_lines as lines on lines.invoice = held.id
    group by held.row
),

new_lines as (
    select
        lines.row,
        md5(string_agg(
            row(
                lines.item, lines.description,
                case when new.turned then -lines.quantity else lines.quantity end,
                lines.unit_price,
                case when new.turned then -lines.net else lines.net end,
                lines.tax_rate
            )::varchar,
            chr(30) order by lines.place
        )) as content
    from completed_lines as lines
    inner join completed_invoices as new using (row)
    where lines.row in (select row from held)
    group by lines.row
)

select
    held.row, held.id,
    case
        when held.total <> new.total
            then 'the book has it with a total of ' || plain(held.total) || ', the file says ' || plain(new.total)
        when held.net <> new.net and coalesce(told.net, told.tax) is not null
            then 'the book has it with a net of ' || plain(held.net) || ', the file says ' || plain(new.net)
        when held.date <> new.date then 'the book has it dated ' || held.date || ', the file says ' || new.date
        when held.currency <> new.currency then 'the book has it in ' || held.currency || ', the file in ' || new.currency
        when new.due_date <> held.due_date
            then 'the book has it due on ' || held.due_date || ', the file on ' || new.due_date
        when new_lines.content is not null and new_lines.content is distinct from old_lines.content
            then 'its lines differ from those in the book'
    end as difference,
    case
        when told.status is not null and told.status <> held.status
            then 'the file says ' || told.status || ', the book ' || held.status || ': left as it is'
        when told.subject is not null and told.subject is distinct from held.subject
            then 'its subject differs from that in the book: left as it is'
    end as remark
from held
inner join completed_invoices as new using (row)
inner join invoice_rows as told on told.line = held.row
left join old_lines using (row)
left join new_lines using (row)
