-- Rows that several customers of the book would answer to by their keys, and further rows of one customer found so.
select
    line, 'customers' as "table", 'rejected' as outcome, null as record,
    case
        when candidates > 1
            then candidates || ' customers of the book have its tax id or e-mail address: merge them, or skip the row'
        else 'row @' || line_of_customer || ' is the same customer by its tax id or e-mail address'
    end as reason
from matched_customers
where candidates > 1 or (candidates = 1 and line <> line_of_customer)
