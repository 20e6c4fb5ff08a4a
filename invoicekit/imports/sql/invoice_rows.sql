-- Rows of invoices (incoming_invoice_rows), each with the document it belongs to: the first row that holds the same
-- customer and number. In a file of lines a document takes many rows; in a list of invoices a second row repeats it.
with keyed as (
    select
        *,
        coalesce(customer, '') as customer_key,
        coalesce(customer, "customer.display_name", '') as who
    from incoming_invoice_rows
)

select
    keyed.*,
    first(line) over document as document,
    md5(row(*columns(keyed.* exclude (line, fault)))::varchar) as content
from keyed
window document as (partition by who, number order by line rows between unbounded preceding and unbounded following)
