-- Documents of the file, each with what is wrong with any of its rows. A document is taken whole or not at all.
with heads as (
    select
        document,
        count(*) as rows,
        count(distinct date) as dates,
        count(distinct currency) as currencies,
        greatest(count(distinct total), count(distinct net), count(distinct tax)) as amounts,
        min(line) filter (where fault is not null) as faulty_line
    from invoice_rows
    group by document
),

faults as (
    select
        heads.document,
        heads.rows,
        case
            when $of_lines and heads.rows > 1
                then 'row @' || heads.faulty_line || ' of the same invoice: ' || faulty.fault
            when $of_lines then faulty.fault
            else first_row.fault
        end as row_fault,
        case
            when first_row.number is null then 'it has no invoice number'
            when first_row.who = '' then 'it names no customer'
            when first_row.date is null then 'it has no invoice date'
            when first_row.status = 'draft' then 'it is a draft: it was never issued'
            when $of_lines and heads.dates > 1 then 'its rows disagree about the date of invoice ' || first_row.number
            when $of_lines and heads.currencies > 1
                then 'its rows disagree about the currency of invoice ' || first_row.number
            when $of_lines and heads.amounts > 1
                then 'its rows disagree about the amounts of invoice ' || first_row.number
                    || '; where a column holds the amount of each line, map it to line.net'
        end as document_fault
    from heads
    inner join invoice_rows as first_row on first_row.line = heads.document
    left join invoice_rows as faulty on faulty.line = heads.faulty_line
)

select document, rows, coalesce(row_fault, document_fault) as fault
from faults
