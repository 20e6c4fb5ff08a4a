-- Rows of invoices (incoming_invoice_rows), each with the document it belongs to: the first row that holds the same
-- customer, number and kind. In a file of lines a document takes many rows, of which only the first may name it; in a list
-- a second row repeats it.
with told as (
    select
        *,
        $of_lines and number is null and customer is null and "customer.display_name" is null and date is null as goes_on,
        "line.item" is null and "line.description" is null as is_bare
    from incoming_invoice_rows
),

named as (
    select
        * exclude (goes_on, is_bare) replace (
            -- Where others say what was sold, it may as well be a sum.
            case
                when fault is null and goes_on and is_bare and not bool_and(is_bare) over ()
                    then 'it names no invoice and nothing that was sold, only amounts: skip it if it is a sum, or say what it is'
                else fault
            end as fault,
            case when goes_on then last_value(number ignore nulls) over above else number end as number,
            case when goes_on then last_value(case when not goes_on then customer end ignore nulls) over above else customer end
                as customer,
            case
                when goes_on then last_value(case when not goes_on then "customer.display_name" end ignore nulls) over above
                else "customer.display_name"
            end as "customer.display_name",
            case when goes_on then last_value(kind ignore nulls) over above else kind end as kind
        )
    from told
    window above as (order by line rows between unbounded preceding and current row)
),

keyed as (
    select
        *,
        coalesce(customer, "customer.display_name", '') as who,
        coalesce('id ' || customer, 'name ' || name_key("customer.display_name"), '') as who_key
    from named
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
