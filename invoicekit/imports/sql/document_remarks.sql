-- What is worth a word about documents that are taken all the same.
with taxes as (
    -- Per rate, as the standard has it, and per line, as many programs do: either is a way to round.
    select
        row, currency, tax,
        sum(rounded(net::decimal(38, 4) * tax_rate * 0.01, currency)) as per_rate,
        sum(per_line) as per_line
    from (
        select
            lines.row, invoices.currency, invoices.tax, lines.tax_rate, sum(lines.net) as net,
            sum(rounded(lines.net::decimal(38, 4) * lines.tax_rate * 0.01, invoices.currency)) as per_line
        from completed_lines as lines
        inner join incoming_invoices as invoices using (row)
        where invoices.tax is not null
        group by all
    )
    group by row, currency, tax
    having count(tax_rate) = count(*)
),

remarks as (
    select
        row, 1 as rank,
        'lines and tax make ' || plain(lines_total) || ', the invoice says ' || plain(total) as remark
    from completed_invoices
    where lines_total is not null and lines_total <> total

    union all
    select
        rows.line, 2,
        'amounts were rounded to the digits of ' || ready.currency
    from invoice_rows as rows
    inner join incoming_invoices as ready on ready.row = rows.line
    where rows.net <> ready.net or rows.tax <> ready.tax or rows.total <> ready.total

    union all
    select
        rows.line, 3,
        'customer ' || rows.customer || ' is called "' || customers.display_name || '" in the book, the row says "'
        || rows."customer.display_name" || '"'
    from invoice_rows as rows
    inner join customers_meant on customers_meant.line = rows.line
    inner join customers on customers.id = customers_meant.id
    where
        rows.customer is not null
        and name_key(rows."customer.display_name") <> name_key(customers.display_name)
        and not starts_with(name_key(customers.display_name), name_key(rows."customer.display_name") || ' (')

    union all
    select
        row, 6,
        'its lines make a tax of ' || plain(per_rate::decimal(18, 4)) || ', the invoice says ' || plain(tax)
    from taxes
    where abs(per_rate) <> abs(tax) and abs(per_line) <> abs(tax)

    union all
    select ambiguous_customers.line, 5, ambiguous_customers.remark
    from ambiguous_customers
    inner join completed_invoices on completed_invoices.row = ambiguous_customers.line

    union all
    select row, 4, 'it falls due before its own date'
    from completed_invoices
    where due_date < date
)

select row, string_agg(remark, '; ' order by rank) as reason
from remarks
group by row
