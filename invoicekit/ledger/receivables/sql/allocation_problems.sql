-- What is wrong with allocations of waiting money (incoming_allocations: row, payment or credit_note, invoice, date, amount, currency),
-- which are taken in the order of their rows.
with waiting as (
    select payment, case when payment is null then document end as credit_note, -sum(amount)::decimal(18, 4) as amount
    from entries
    where invoice is null and (payment is not null or document is not null)
    group by all
),

owed as (
    select invoice, sum(amount)::decimal(18, 4) as amount
    from entries
    where
        invoice is not null
        -- few: entries.invoice = incoming_allocations.invoice
    group by invoice
),

allocations_ended as (
    select payment, credit_note, invoice, taken_back_on
    from allocations
    where taken_back_on is not null
),

allocations as (
    select
        incoming.*,
        (sum(incoming.amount) over (partition by incoming.payment, incoming.credit_note order by incoming.row))::decimal(18, 4) as of_payment,
        (sum(incoming.amount) over (partition by incoming.invoice order by incoming.row))::decimal(18, 4) as of_invoice,
        coalesce(waiting.amount, 0) as waiting, coalesce(owed.amount, 0) as owed,
        coalesce(payments.customer, notes.customer) as customer, coalesce(payments.currency, notes.currency) as payment_currency,
        coalesce(payments.date, notes.date) as payment_date,
        invoices.customer as debtor, invoices.currency as invoice_currency, invoices.number, invoices.date as invoice_date
    from incoming_allocations as incoming
    left join payments on payments.id = incoming.payment
    left join invoices as notes on notes.id = incoming.credit_note
    inner join invoices on invoices.id = incoming.invoice
    left join waiting on waiting.payment is not distinct from incoming.payment and waiting.credit_note is not distinct from incoming.credit_note
    left join owed on owed.invoice = incoming.invoice
),

problems as (
    select row, 'amount' as field, 'not positive' as code, 1 as rank, 'An allocation is positive.' as problem,
        'Leave it out, or correct it.' as hint
    from allocations
    where coalesce(amount, 0) <= 0

    union all
    select
        row, 'invoice', 'other customer', 2,
        'Invoice ' || number || ' is owed by ' || debtors.display_name || ', and the money is of ' || payers.display_name
        || ', who is not of the same tree.',
        'Correct the invoice.'
    from allocations
    inner join customers as debtors on debtors.id = allocations.debtor
    inner join customers as payers on payers.id = allocations.customer
    where
        customer <> debtor
        and (select main_customer from main_customers where main_customers.id = allocations.customer)
        <> (select main_customer from main_customers where main_customers.id = allocations.debtor)

    union all
    select
        row, 'currency', 'other currency', 3,
        'Invoice ' || number || ' is in ' || invoice_currency || ', the payment in ' || payment_currency || '.',
        'Correct the invoice.'
    from allocations
    where payment_currency <> invoice_currency

    union all
    select
        row, 'amount', 'more than paid', 4,
        'Of the payment ' || plain(waiting) || ' waits to be applied, less than the ' || plain(of_payment) || ' told.',
        'Correct the amounts.'
    from allocations
    where of_payment > waiting

    union all
    select
        row, 'amount', 'more than owed', 5,
        'Of invoice ' || number || ' ' || plain(owed) || ' is open, less than the ' || plain(of_invoice) || ' told.',
        'Correct the amounts.'
    from allocations
    where of_invoice > owed

    union all
    select
        row, 'amount', 'too fine', 5,
        'An allocation of ' || plain(amount) || ' holds parts of the smallest unit of ' || invoice_currency || '.',
        'Round it to ' || digits(invoice_currency) || ' decimals.'
    from allocations
    where rounded(amount, invoice_currency) <> amount

    union all
    select
        allocations.row, 'date', 'too early', 6,
        'An allocation of ' || allocations.date || ' comes before ' || max(ended.taken_back_on) || ', when money was taken back from it.',
        'Give that day, or a later one.'
    from allocations as allocations
    inner join (select payment, credit_note, invoice, taken_back_on from allocations_ended) as ended
        on ended.invoice = allocations.invoice or ended.payment = allocations.payment or ended.credit_note = allocations.credit_note
    group by allocations.row, allocations.date
    having allocations.date < max(ended.taken_back_on)

    union all
    select
        row, 'date', 'too early', 6,
        'An allocation of ' || date || ' comes before the invoice or the payment.', 'Correct the date, or leave it blank.'
    from allocations
    where date < greatest(payment_date, invoice_date)

    union all
    select
        allocations.row, 'date', 'locked', 7,
        'An allocation of ' || allocations.date || ' cannot be recorded: the book is locked up to ' || lock.lock_date || '.',
        'Date it later, or set book.settings.lock_date to an earlier day first.'
    from allocations
    inner join (
        select value::date as lock_date from settings where name = 'lock_date' and value is not null
    ) as lock on allocations.date <= lock.lock_date
)

select row, field, code, problem, hint
from problems
order by row, rank
