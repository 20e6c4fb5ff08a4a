-- Opening balances as they are numbered (told_balances): as the book has them already; else one for each customer, and one more, named
-- after it, for each other currency it owes in.
with named as (
    select line, customer as external_id, name_key("customer.display_name") as name from told_balances
),

-- By its number, or by its name where it has none: each is a join of its own, which the engine makes of equal keys alone.
meant as (
    select named.line, customers.id, customers.currency, customers.merged_into
    from named
    inner join customers on customers.external_id = named.external_id
    union all
    select named.line, customers.id, customers.currency, customers.merged_into
    from named
    inner join customers on name_key(customers.display_name) = named.name
    where named.external_id is null
),

found as (
    select *
    from meant
    qualify row_number() over (partition by line order by merged_into is not null, id) = 1
),

told as (
    select
        told_balances.*, found.id as who, coalesce(told_balances.currency, found.currency, $currency) as owed_in,
        coalesce(found.id::varchar, told_balances.customer, named.name) as whose
    from told_balances
    inner join named using (line)
    left join found using (line)
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
