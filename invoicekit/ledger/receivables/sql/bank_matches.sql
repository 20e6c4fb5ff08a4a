-- Movements of a bank account (bank_bookings) with what each is probably for. An invoice named in the words counts most, then whether the
-- amounts agree, then whether the account or the name of the payer is known.
with booked as (
    select source, external_id, min(id) as payment
    from payments
    where external_id is not null
    group by source, external_id
),

bounced as (
    select bounced_as, min(id) as payment
    from payments
    where bounced_as is not null
    group by bounced_as
),

movements as (
    select
        bookings.*, coalesce(booked.payment, bounced.payment) as booked_as,
        row_number() over (partition by bookings.source, bookings.key order by bookings.row) > 1 as repeated,
        row_number() over (partition by bookings.source, bookings.account, bookings.amount, bookings.returned order by bookings.row) as nth,
        ' ' || trim(regexp_replace(upper(strip_accents(coalesce(words, ''))), '[^A-Z0-9]+', ' ', 'g')) || ' ' as said,
        regexp_replace(upper(strip_accents(coalesce(words, ''))), '[^A-Z0-9]+', '', 'g') as said_together,
        trim(regexp_replace(upper(strip_accents(coalesce(party, ''))), '[^A-Z0-9]+', ' ', 'g')) as called
    from bank_bookings as bookings
    left join booked on booked.source = bookings.source and booked.external_id = bookings.key
    left join bounced on bounced.bounced_as = bookings.source || ' ' || bookings.key
),

coming_in as (
    select * from movements where amount > 0 and booked_as is null and not repeated
),

owed as (
    select invoice, customer, currency, sum(amount)::decimal(18, 4) as amount, max(due_date) as due_date
    from entries
    where invoice is not null and currency in (select currency from coming_in)
    group by invoice, customer, currency
    having sum(amount) > 0
),

open_invoices as materialized (
    select
        owed.*, invoices.number,
        trim(regexp_replace(upper(strip_accents(invoices.number)), '[^A-Z0-9]+', ' ', 'g')) as written,
        regexp_replace(upper(strip_accents(invoices.number)), '[^A-Z0-9]+', '', 'g') as written_together
    from owed
    inner join invoices on invoices.id = owed.invoice
),

-- A number stands in the words as it is; a short one only after a word for invoice, and a long one also with its signs left out.
named as (
    select coming_in.row, open_invoices.*
    from coming_in
    inner join open_invoices
        on
            open_invoices.currency = coming_in.currency
            and (
                (length(written_together) >= 4 and contains(said, ' ' || written || ' '))
                or (length(written_together) >= 5 and contains(said_together, written_together))
                or regexp_matches(said, ' (INVOICE|INV|FACTURE|FACT|FACTURA|RECHNUNG|RE|RG|NO|NR|N) ' || written || ' ')
            )
),

accounts as (
    select payer_account as account, customer, count(*) as times
    from payments
    where payer_account is not null
    group by payer_account, customer
    qualify row_number() over (partition by payer_account order by count(*) desc, customer) = 1
),

names as (
    select
        id as customer,
        unnest(list_distinct([
            trim(regexp_replace(upper(strip_accents(display_name)), '[^A-Z0-9]+', ' ', 'g')),
            trim(regexp_replace(upper(strip_accents(coalesce(company_name, display_name))), '[^A-Z0-9]+', ' ', 'g'))
        ])) as called
    from customers
    where merged_into is null
),

alike as (
    select coming_in.row, names.customer, max(jaro_winkler_similarity(coming_in.called, names.called)) as likeness
    from coming_in
    inner join names on left(names.called, 1) = left(coming_in.called, 1)
    where coming_in.called <> '' and jaro_winkler_similarity(coming_in.called, names.called) >= 0.92
    group by coming_in.row, names.customer
    qualify row_number() over (partition by coming_in.row order by max(jaro_winkler_similarity(coming_in.called, names.called)) desc, names.customer) = 1
),

-- Who paid: the debtor of what is named, or who paid from that account before, or who is called like that.
debtors_named as (
    select row, min(customer) as customer, count(distinct customer) as debtors, list(invoice order by due_date, invoice) as invoices,
        sum(amount)::decimal(18, 4) as amount
    from named
    group by row
),

payers as (
    select
        coming_in.row, coming_in.amount, coming_in.currency, accounts.customer as by_account, alike.customer as by_name,
        debtors_named.customer as by_number, debtors_named.debtors, debtors_named.invoices as named_invoices, debtors_named.amount as named_amount,
        coalesce(
            case when list_contains(tree.below, debtors_named.customer) then accounts.customer end,
            case when debtors_named.customer is not null then debtors_named.customer end, accounts.customer, alike.customer
        ) as customer
    from coming_in
    left join accounts on accounts.account = coming_in.account
    left join alike on alike.row = coming_in.row
    left join debtors_named on debtors_named.row = coming_in.row
    left join (
        select main_customer, list(id) as below from main_customers group by main_customer
    ) as tree on tree.main_customer = accounts.customer
),

owing as (
    select customer, currency, list(invoice order by due_date, invoice) as invoices, sum(amount)::decimal(18, 4) as amount
    from open_invoices
    group by customer, currency
),

exact as (
    select payers.row, count(*) as fitting, min(open_invoices.invoice) as invoice
    from payers
    inner join open_invoices
        on open_invoices.customer = payers.customer and open_invoices.currency = payers.currency and open_invoices.amount = payers.amount
    group by payers.row
),

anywhere as (
    select coming_in.row, count(*) as fitting, min(invoice) as invoice, min(customer) as customer
    from coming_in
    inner join open_invoices on open_invoices.currency = coming_in.currency and open_invoices.amount = coming_in.amount
    group by coming_in.row
    having count(*) = 1
),

proposed as (
    select
        payers.row,
        coalesce(payers.customer, anywhere.customer) as customer,
        case
            when named_invoices is not null then named_invoices
            when payers.customer is null then [anywhere.invoice]
            when exact.fitting = 1 then [exact.invoice]
        end as invoices,
        case
            when named_invoices is not null and named_amount = payers.amount then 0.95
            when named_invoices is not null and named_amount > payers.amount then 0.8
            when named_invoices is not null then 0.7
            when payers.customer is null then 0.3
            when exact.fitting = 1 then 0.6
            when owing.amount = payers.amount then 0.55
            when owing.amount > payers.amount then 0.3
            else 0.2
        end
        + case
            when payers.customer is null then 0
            when payers.customer = by_account then 0.3
            when payers.customer = by_name then 0.15
            else 0
        end as weight,
        list_filter(
            [
                case when named_invoices is not null then 'names ' || (
                    select string_agg(named.number, ', ' order by named.due_date, named.invoice) from named where named.row = payers.row
                ) end,
                case
                    when named_invoices is not null and named_amount = payers.amount then 'amount is what is open on them'
                    when named_invoices is not null and named_amount > payers.amount then 'less than is open on them'
                    when named_invoices is not null then 'more than is open on them'
                    when payers.customer is null then 'amount is open on one invoice only'
                    when exact.fitting = 1 then 'amount is open on one invoice of theirs'
                    when owing.amount = payers.amount then 'amount is all they owe'
                    when owing.amount is null then 'owes nothing'
                    else 'oldest first'
                end,
                case when payers.customer = by_account then 'paid from this account before' end,
                case when payers.customer = by_name then 'called like that' end
            ],
            lambda reason: reason is not null
        ) as reasons
    from payers
    left join exact on exact.row = payers.row
    left join owing on owing.customer = payers.customer and owing.currency = payers.currency
    left join anywhere on anywhere.row = payers.row
    where payers.customer is not null or anywhere.customer is not null
),

-- A payment of that amount which is known to be meant, or the first from that account that has not come back yet, each once.
could_return as (
    select
        payments.*, row_number() over (partition by payer_account, currency, amount order by date, id) as nth
    from payments
    where bounced_on is null and amount > 0
),

returned as (
    select
        movements.row,
        arg_max(payments.id, case when contains(payments.reference, movements.end_to_end) then 1 else 0 end) as payment,
        max(case when contains(payments.reference, movements.end_to_end) then 0.95 else 0.7 end) as weight
    from movements
    inner join could_return as payments
        on
            payments.amount = -movements.amount and payments.currency = movements.currency and payments.date <= movements.date
            and (
                (movements.end_to_end <> 'NOTPROVIDED' and contains(payments.reference, movements.end_to_end))
                or (payments.payer_account = movements.account and payments.nth = movements.nth)
            )
    where movements.amount < 0 and movements.returned and movements.booked_as is null and not movements.repeated
    group by movements.row
)

select
    movements.row, movements.date, movements.amount, movements.currency, movements.party, movements.account, movements.words,
    case
        when movements.booked_as is not null then 'booked'
        when movements.repeated then 'repeated'
        when movements.amount < 0 and returned.payment is not null then 'returned'
        when movements.amount < 0 then 'out'
        when proposed.customer is not null then 'proposed'
        else 'unknown'
    end as state,
    customers.display_name as customer,
    (
        select string_agg(invoices.number, ', ' order by list_position(proposed.invoices, invoices.id))
        from invoices
        where list_contains(proposed.invoices, invoices.id)
    ) as invoices,
    coalesce(movements.booked_as, returned.payment) as payment,
    (
        select sum(open_invoices.amount)::decimal(18, 4) from open_invoices where list_contains(proposed.invoices, open_invoices.invoice)
    ) as open,
    (case when coalesce(proposed.weight, returned.weight) > 0.99 then 0.99 else round(coalesce(proposed.weight, returned.weight), 2) end)::double as score,
    coalesce(array_to_string(proposed.reasons, '; '), case when returned.payment is not null then 'a payment of that amount came back' end) as reasons,
    customers.id as customer_id, proposed.invoices as invoice_ids
from movements
left join proposed on proposed.row = movements.row
left join returned on returned.row = movements.row
left join customers on customers.id = coalesce(proposed.customer, (select customer from payments where payments.id = returned.payment))
order by movements.row
