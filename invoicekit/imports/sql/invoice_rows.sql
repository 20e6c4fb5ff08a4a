-- Rows of invoices (incoming_invoice_rows), each with the document it belongs to: the first row that holds the same
-- customer, number and kind. In a file of lines a document takes many rows; in a list a second row repeats it.
with keyed as (
    select
        *,
        coalesce(customer, "customer.display_name", '') as who,
        coalesce('id ' || customer, 'name ' || name_key("customer.display_name"), '') as who_key
    from incoming_invoice_rows
)

select
    keyed.* exclude (who_key),
    first(line) over document as document,
    md5(row(*columns(keyed.* exclude (line, fault, who, who_key)))::varchar) as content
from keyed
window
    document as (
        partition by who_key, number, coalesce(kind, '') order by line
        rows between unbounded preceding and unbounded following
    )
