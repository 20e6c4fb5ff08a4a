-- Documents of the file, each with what is wrong with any of its rows. A document is taken whole or not at all.
with heads as (
    select
        document,
        count(*) as rows,
        count(distinct date) as dates,
        count(distinct currency) as currencies,
        greatest(count(distinct total), count(distinct net), count(distinct tax)) as amounts,
        -- An amount that stands in every row alike may be the document's or each line's, where nothing else says.
        count(total) > 1 and count(lines_price) = 0 as repeats_total,
        count(tax) > 1 and count(total) = 0 and count(lines_rate) = 0 and max(abs(tax)) > 0 as repeats_tax,
        min(line) filter (where fault is not null) as faulty_line
    from (
        select *, coalesce("line.unit_price", "line.net") as lines_price, "line.tax_rate" as lines_rate
        from invoice_rows
    )
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
            when $of_lines and not $amounts_told and heads.rows > 1 and heads.repeats_total
                then 'the ' || heads.rows || ' rows of invoice ' || first_row.number || ' all say ' || plain(first_row.total)
                    || ': say whether that is the amount of each line, plan.map("...", to="line.net"), or of the invoice, to="total"'
            when $of_lines and not $amounts_told and heads.rows > 1 and heads.repeats_tax
                then 'the ' || heads.rows || ' rows of invoice ' || first_row.number || ' all say a tax of ' || plain(first_row.tax)
                    || ': leave the column out and map the rate to line.tax_rate, or say that it is the tax of the invoice, to="tax"'
        end as document_fault
    from heads
    inner join invoice_rows as first_row on first_row.line = heads.document
    left join invoice_rows as faulty on faulty.line = heads.faulty_line
)

select document, rows, coalesce(row_fault, document_fault) as fault
from faults
