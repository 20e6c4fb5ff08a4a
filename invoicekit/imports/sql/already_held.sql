-- Completed documents that the book holds already, and whether both say the same, line by line.
with held as (
    select new.row, old.id, old.customer, old.kind, old.date, old.currency, old.total, old.due_date
    from completed_invoices as new
    inner join invoices as old
        on
            old.series = 'external' and old.source = new.source
            and old.source_customer = new.source_customer and old.number = new.number
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
        when held.date <> new.date then 'the book has it dated ' || held.date || ', the file says ' || new.date
        when held.currency <> new.currency then 'the book has it in ' || held.currency || ', the file in ' || new.currency
        when held.kind <> new.kind then 'the book has it as ' || held.kind || ', the file as ' || new.kind
        when new.due_date <> held.due_date then 'the book has it due on ' || held.due_date || ', the file on ' || new.due_date
        when new_lines.content is not null and new_lines.content is distinct from old_lines.content
            then 'its lines differ from those in the book'
    end as difference
from held
inner join completed_invoices as new using (row)
left join old_lines using (row)
left join new_lines using (row)
