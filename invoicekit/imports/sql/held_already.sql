-- Documents of the file that the book knows by source, client and number, whatever the client is called by now.
select rows.line, min(invoices.customer) as customer, min(invoices.recorded_for) as recorded_for,
    min(invoices.currency) as currency
from invoice_rows as rows
inner join invoices
    on
        invoices.series = 'external' and invoices.source = $source
        and invoices.number = rows.number and invoices.source_customer = rows.who
group by rows.line
