-- Rows of matters (incoming_matter_rows) with the matter of the book each one is, found by its number or else its title.
with keyed as (
    select
        rows.* replace (users_meant.id as responsible),
        coalesce('id ' || rows.number, 'name ' || name_key(rows.title)) as key
    from incoming_matter_rows as rows
    left join users_meant on users_meant.named = rows.responsible
),

numbers as (select number, min(id) as id from matters where number is not null group by number),

titles as (select name_key(title) as title_key, min(id) as id, count(*) as bearers from matters group by name_key(title)),

strangers as (
    select line, min(client) as client from clients_meant where customer is null group by line
),

firsts as (
    select *, first(line) over (partition by key order by line) as first_line
    from keyed
)

select
    keyed.* exclude ("client.customer") replace (coalesce(keyed.title, keyed.number) as title),
    first(keyed.line) over (partition by keyed.key order by keyed.line) as first_line,
    coalesce(numbers.id, case when keyed.number is null and titles.bearers = 1 then titles.id end) as held,
    case
        when keyed.fault is not null then keyed.fault
        when keyed.key is null then 'it has neither a number nor a title'
        when strangers.client is not null
            then 'there is no customer "' || strangers.client || '" in the file or in the book; import the customers first'
        when keyed.number is null and titles.bearers > 1
            then titles.bearers || ' matters of the book are called "' || keyed.title || '": give its number'
        when first_rows.title <> keyed.title or first_rows.budget <> keyed.budget or first_rows.rate <> keyed.rate
            or first_rows.currency <> keyed.currency
            then 'row @' || first_rows.line || ' says otherwise of the same matter: its title, budget, rate or currency differ'
    end as trouble
from keyed
left join numbers on numbers.number = keyed.number
left join titles on titles.title_key = name_key(keyed.title)
left join strangers on strangers.line = keyed.line
left join firsts as first_rows on first_rows.key = keyed.key and first_rows.line = first_rows.first_line
