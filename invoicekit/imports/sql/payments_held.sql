-- Payments of the file that the book holds already, and whether both say the same.
select
    told.line, payments.id,
    case
        when payments.amount <> told.amount
            then 'the book has it with ' || plain(payments.amount) || ', the file says ' || plain(told.amount)
        when payments.date <> told.date then 'the book has it on ' || payments.date || ', the file on ' || told.date
        when payments.currency <> told.currency
            then 'the book has it in ' || payments.currency || ', the file in ' || told.currency
    end as difference
from told_payments as told
inner join payments
    on
        payments.external_id = told.external_id and payments.recorded_for = told.recorded_for
        and payments.source = $source
        and payments.invoice_number is not distinct from told.invoice_number
        and (told.said_currency is null or payments.currency = told.currency or told.is_numbered)
where told.trouble is null
