-- What is wrong with payments about to be recorded (incoming_payments: row, customer, amount, currency, date, invoice).
with problems as (
    select
        row, 'customer' as field, customer::varchar as value, 'unknown customer' as code, 1 as rank,
        'There is no customer ' || coalesce(customer::varchar, '') || ' who could have paid.' as problem,
        'Add the customer first.' as hint
    from incoming_payments
    where
        customer is null or customer not in (
            select id from customers where true
            -- few: customers.id = incoming_payments.customer
        )

    union all
    select
        row, 'amount', amount::varchar, 'not positive', 2,
        'A payment of ' || coalesce(currency || ' ' || plain(amount), 'nothing') || ' cannot be recorded: payments are positive.',
        'Money sent back is recorded by book.payments.refund, and a payment that came back by book.payments.bounce.'
    from incoming_payments
    where coalesce(amount, 0) <= 0

    union all
    select
        payments.row, 'invoice_number', invoices.number, 'other customer', 3,
        'Invoice ' || invoices.number || ' is owed by ' || customers.display_name || ', not by who paid, nor in its tree.',
        'Correct the customer or the invoice.'
    from incoming_payments as payments
    inner join invoices
        on
            invoices.id = payments.invoice
            -- few: invoices.id = incoming_payments.invoice
    inner join customers on customers.id = invoices.customer
    where
        invoices.customer <> payments.customer
        and (select main_customer from main_customers where main_customers.id = invoices.customer)
        is distinct from (select main_customer from main_customers where main_customers.id = payments.customer)

    union all
    select
        row, 'amount', amount::varchar, 'too fine', 5,
        'A payment of ' || currency || ' ' || plain(amount) || ' holds parts of the smallest unit.',
        'Round it to ' || digits(currency) || ' decimals first.'
    from incoming_payments
    where rounded(amount, currency) <> amount

    union all
    select
        payments.row, 'invoice_number', invoices.number, 'credit note', 6,
        invoices.number || ' is a credit note: money cannot settle it.',
        'Name an invoice, or none.'
    from incoming_payments as payments
    inner join invoices
        on
            invoices.id = payments.invoice
            -- few: invoices.id = incoming_payments.invoice
    where invoices.kind = 'credit_note'

    union all
    select
        payments.row, 'invoice_number', invoices.id::varchar, 'draft', 6,
        'Draft ' || invoices.id || ' is not issued: money cannot settle it.',
        'Finalise it first, or name no invoice.'
    from incoming_payments as payments
    inner join invoices
        on
            invoices.id = payments.invoice
            -- few: invoices.id = incoming_payments.invoice
    where invoices.status = 'draft'

    union all
    select
        payments.row, 'currency', payments.currency, 'other currency', 4,
        'Invoice ' || invoices.number || ' is in ' || invoices.currency || ', the payment in ' || payments.currency || '.',
        'Record the payment in the currency of the invoice.'
    from incoming_payments as payments
    inner join invoices
        on
            invoices.id = payments.invoice
            -- few: invoices.id = incoming_payments.invoice
    where invoices.currency <> payments.currency

    union all
    select
        incoming_payments.row, 'date', incoming_payments.date::varchar, 'locked', 9,
        'A payment of ' || incoming_payments.date
        || ' cannot be recorded: the book is locked up to ' || lock.lock_date || '.',
        'Date it later, or set book.settings.lock_date to an earlier day first.'
    from incoming_payments
    inner join (
        select value::date as lock_date from settings where name = 'lock_date' and value is not null
    ) as lock on incoming_payments.date <= lock.lock_date
)

select row, field, value, code, problem, hint
from problems
order by row, rank
