-- Rows of payments (incoming_payment_rows) with the customer and the invoice each one means, and the key that tells
-- a payment from one that was imported before: its own number, or else what it says and how often the file says so.
with found as (
    select rows.*, customers_meant.id as known_customer, customers_meant.party
    from incoming_payment_rows as rows
    left join customers_meant using (line)
),

invoices_meant as (
    select
        found.line,
        -- Where two clients became one customer, an invoice of the client's own number is its own.
        case
            when count(*) filter (where invoices.recorded_for = found.party) > 0
                then count(*) filter (where invoices.recorded_for = found.party)
            else count(*)
        end as candidates,
        coalesce(min(invoices.id) filter (where invoices.recorded_for = found.party), min(invoices.id)) as invoice
    from found
    inner join invoices
        on
            invoices.number = found.invoice_number and invoices.kind = 'invoice'
            and (found.known_customer is null or invoices.customer = found.known_customer)
    group by found.line
),

resolved as (
    select
        found.* exclude (customer, currency, known_customer, party),
        coalesce(found.party, case when meant.candidates = 1 then named.recorded_for end) as recorded_for,
        found.currency as said_currency,
        coalesce(found.customer, found."customer.display_name") as who,
        coalesce(found.known_customer, case when meant.candidates = 1 then named.customer end) as customer,
        case when meant.candidates = 1 then meant.invoice end as invoice,
        coalesce(meant.candidates, 0) as candidates,
        coalesce(found.currency, named.currency) as told_currency
    from found
    left join invoices_meant as meant using (line)
    left join invoices as named on named.id = case when meant.candidates = 1 then meant.invoice end
),

priced as (
    select
        resolved.* exclude (told_currency),
        coalesce(resolved.told_currency, customers.currency, $currency) as currency
    from resolved
    left join customers on customers.id = resolved.recorded_for
),

rounded_amounts as (
    select priced.* replace (rounded(amount, currency) as amount), amount as said_amount from priced
),

keyed as (
    select
        *,
        coalesce(external_id, concat_ws(' ', date, amount, invoice_number, reference)) as said
    from rounded_amounts
)

select
    keyed.external_id is not null as is_numbered,
    first(line) over alike as first_line,
    keyed.* replace (
        case
            when external_id is not null then external_id
            else said || ' #' || row_number() over (partition by recorded_for, said, currency order by line)
        end as external_id
    ),
    case
        when fault is not null then fault
        when date is null then 'it has no date'
        when amount is null then 'it has no amount'
        when customer is null and who is not null
            then 'there is no customer "' || who || '" in the file or in the book; import the customers first'
        when customer is null and candidates = 0 and invoice_number is not null
            then 'it names no customer, and there is no invoice ' || invoice_number
        when customer is null and candidates > 1
            then 'it names no customer, and several hold an invoice ' || invoice_number
        when customer is null then 'it names neither a customer nor an invoice'
        when external_id is not null and first(line) over same_payment <> line
            then 'row @' || first(line) over same_payment || ' has the same payment number ' || external_id
    end as trouble,
    case
        when said_amount <> amount then 'the amount was rounded from ' || plain(said_amount) || ' to ' || plain(amount)
        when external_id is null and first(line) over alike <> line
            then 'it repeats row @' || first(line) over alike || ' to the letter: twice real, or one too many? plan.repeats("once")'
        when invoice_number is not null and candidates = 0 and customer is not null and said_currency is null
            then 'there is no invoice ' || invoice_number || ' of this customer yet: the money waits, taken to be in '
                || currency
        when invoice_number is not null and candidates = 0 and customer is not null
            then 'there is no invoice ' || invoice_number || ' of this customer: the money stays unapplied'
        when candidates > 1 and customer is not null
            then 'the customer holds several invoices ' || invoice_number || ': the money stays unapplied'
    end as remark
from keyed
window
    alike as (partition by recorded_for, said, currency order by line),
    same_payment as (partition by recorded_for, external_id, invoice_number order by line)
