-- Lines of the file that say to the letter what an earlier line of the same document says.
with lines as (
    select line, document, content from invoice_rows where $of_lines
    union all
    select line, document, md5(row(item, description, quantity, unit_price, net, tax_rate)::varchar)
    from told_lines
    where trouble is null
)

select line, first(line) over alike as first_line
from lines
window alike as (partition by document, content order by line)
qualify line <> first(line) over alike
