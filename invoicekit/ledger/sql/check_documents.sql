-- Documents of the book's own series against their lines, discounts, charges and taxes (EN 16931, BR-CO-10 to BR-CO-17), and their
-- numbers against one another: all of them, or the documents an operation ($operation) touched.
with touched as materialized (
    select id from invoices where operation = $operation
    union
    select invoice from invoice_lines where operation = $operation
    union
    select invoice from book.history.invoice_lines where ended_by = $operation
    union
    select invoice from invoice_adjustments where operation = $operation
    union
    select invoice from book.history.invoice_adjustments where ended_by = $operation
    union
    select invoice from invoice_taxes where operation = $operation
    union
    select invoice from book.history.invoice_taxes where ended_by = $operation
),

-- What was issued before taxes were kept in groups has none.
documents as materialized (
    select invoices.id, coalesce(invoices.number, 'draft ' || invoices.id) as name, invoices.net, invoices.tax, invoices.total, invoices.currency
    from invoices
    where
        invoices.series <> 'external' and ($operation is null or invoices.id in (select id from touched))
        and invoices.id in (select invoice from invoice_taxes)
),

grouped as (
    select invoice, sum(base)::decimal(18, 4) as net, sum(tax)::decimal(18, 4) as tax
    from invoice_taxes
    where invoice in (select id from documents)
    group by invoice
),

parts as (
    select invoice, tax_category, tax_rate, net as amount
    from invoice_lines
    where invoice in (select id from documents) and covered_by is null
    union all
    select invoice, tax_category, tax_rate, case kind when 'discount' then -amount else amount end
    from invoice_adjustments
    where invoice in (select id from documents)
),

summed as (
    select invoice, tax_category, tax_rate, sum(amount)::decimal(18, 4) as amount
    from parts
    group by all
),

numbered as (
    select
        invoices.id, invoices.number, invoices.series, invoices.date, invoices.sequence,
        lag(invoices.sequence) over same as before, lag(invoices.date) over same as day_before
    from invoices
    where invoices.series <> 'external' and invoices.sequence is not null and $operation is null
    window same as (
        partition by invoices.series, regexp_replace(invoices.number, '[0-9]+$', '')
        order by invoices.sequence
    )
),

findings as (
    select
        'taxes make the totals' as "check", documents.id as record,
        documents.name || ' is of ' || documents.net || ' and ' || documents.tax || ', its taxes are of ' || grouped.net || ' and ' || grouped.tax
            as finding
    from documents
    inner join grouped on grouped.invoice = documents.id
    where grouped.net <> documents.net or grouped.tax <> documents.tax

    union all
    select
        'lines make the base of each tax', documents.id,
        documents.name || ': ' || coalesce(summed.amount, 0) || ' is taxed at ' || coalesce(taxes.tax_rate, summed.tax_rate) || ' as '
        || coalesce(taxes.base, 0)
    from (select * from invoice_taxes where invoice in (select id from documents)) as taxes
    full join summed
        on
            summed.invoice = taxes.invoice and summed.tax_category is not distinct from taxes.tax_category
            and summed.tax_rate is not distinct from taxes.tax_rate
    inner join documents on documents.id = coalesce(taxes.invoice, summed.invoice)
    where coalesce(summed.amount, 0) <> coalesce(taxes.base, 0)

    union all
    select
        'tax once on its base', documents.id,
        documents.name || ': ' || taxes.tax_rate || ' percent of ' || taxes.base || ' is not ' || taxes.tax
    from invoice_taxes as taxes
    inner join documents on documents.id = taxes.invoice
    where tax_on(taxes.base, taxes.tax_rate, digits(documents.currency)) <> taxes.tax

    union all
    select 'numbers without a gap', id, 'between the numbers before ' || number || ' and it ' || sequence - before - 1 || ' are missing'
    from numbered
    where sequence > before + 1

    union all
    select 'numbers follow their days', id, number || ' of ' || date || ' follows a number of ' || day_before
    from numbered
    where date < day_before
)

select "check", 'invoices' as "table", record::bigint as record, finding::varchar as finding, 'undo the operation that wrote it' as mend
from findings
