-- Opening balances as they are numbered (told_balances): as the book has them already; else one for each customer, and one more, named
-- after it, for each other currency it owes in.
with told as (
    select
        told_balances.*, customers.id as who, coalesce(told_balances.currency, customers.currency, $currency) as owed_in,
        coalesce(customers.id::varchar, told_balances.customer, name_key(told_balances."customer.display_name")) as whose
    from told_balances
    left join customers
        on
            customers.external_id = told_balances.customer
            or (told_balances.customer is null and name_key(customers.display_name) = name_key(told_balances."customer.display_name"))
    qualify row_number() over (partition by told_balances.line order by customers.merged_into is not null, customers.id) = 1
),

held as (
    select distinct recorded_for as who, currency, number from invoices where series = 'external'
),

known as (
    select
        told.*, held.number as held_number,
        exists (select 1 from held as other where other.who = told.who and other.number = told.number) as is_taken
    from told
    left join held
        on held.who = told.who and held.currency = told.owed_in and held.number in (told.number, told.number || ' (' || told.owed_in || ')')
    qualify row_number() over (partition by told.line order by held.number = told.number desc) = 1
)

select
    * exclude (who, owed_in, whose, held_number, is_taken) replace (
        case
            when held_number is not null then held_number
            when is_taken or owed_in <> first_value(owed_in) over theirs then number || ' (' || owed_in || ')'
            else number
        end as number
    )
from known
window theirs as (partition by whose, held_number is null order by line)
order by line
