-- What is wrong with customers about to be written (named_customers: row, id, display_name, parent).
with recursive
incoming as (select row, id, display_name, parent from named_customers),

-- The customers as they would stand.
standing as (
    select id, display_name, parent, merged_into from customers where id not in (select id from incoming)
    union all
    select id, display_name, parent, null from incoming
),

-- From each incoming customer up to its main customer; a circle stops one step past the depth allowed.
ancestors as (
    select row, id as start, parent, 1 as steps from incoming where parent is not null
    union all
    select below.row, below.start, above.parent, below.steps + 1
    from ancestors as below
    inner join standing as above on above.id = below.parent
    where above.parent is not null and below.steps <= 5
),

-- From each incoming customer down: moving a subtree must not push its leaves too deep.
-- Those below that come in as well answer for themselves.
descendants as (
    select row, id as start, id, 0 as steps from incoming where parent is not null
    union all
    select above.row, above.start, below.id, above.steps + 1
    from descendants as above
    inner join standing as below on below.parent = above.id
    where above.steps <= 5 and below.id not in (select id from incoming)
),

depths as (
    select up.row, up.start as id, up.height + down.height as depth
    from (select row, start, max(steps) as height from ancestors group by all) as up
    inner join (select row, start, max(steps) as height from descendants group by all) as down using (row, start)
),

-- A name that led to a customer before a merge still leads there: only the one it was merged into may take it.
keys as (
    select id, merged_into, name_key(display_name) as key from standing where display_name is not null
),

taken as (
    select incoming.row, min(keys.id) as id
    from incoming
    inner join keys on keys.key = name_key(incoming.display_name)
    where keys.id <> incoming.id and keys.merged_into is distinct from incoming.id
    group by incoming.row
),

problems as (
    select
        row, 'display_name' as field, display_name as value, 'required' as code, 1 as rank,
        'A customer needs a name.' as problem,
        'Give display_name, or a first and last name, or a company name.' as hint
    from incoming
    where coalesce(trim(display_name), '') = ''

    union all
    select
        incoming.row, 'display_name', incoming.display_name, 'name taken', 2,
        'There is another customer called "' || incoming.display_name || '" (record ' || taken.id
        || case when kept.id is not null then ', merged into ' || kept.display_name else '' end || ').',
        case
            when kept.id is not null then 'Use that one, or choose another name.'
            else 'Choose another name, or change that one first.'
        end
    from incoming
    inner join taken using (row)
    left join customers as other on other.id = taken.id
    left join customers as kept on kept.id = other.merged_into

    union all
    select
        incoming.row, 'parent', incoming.parent::varchar, 'unknown parent', 3,
        'There is no customer ' || incoming.parent || ' to stand under.',
        'Add the main customer first.'
    from incoming
    where incoming.parent is not null and incoming.parent not in (select id from standing)

    union all
    select
        depths.row, 'parent', incoming.parent::varchar, 'too deep', 4,
        '"' || incoming.display_name || '" cannot stand there: '
        || case
            when depths.depth > 5 then 'it would be its own parent, or more than four levels below the main customer.'
            else 'its tree would reach ' || depths.depth || ' levels below the main customer; four is the most.'
        end,
        'Choose a parent higher up.'
    from depths
    inner join incoming using (row)
    where depths.depth > 4
)

select row, field, value, code, problem, hint
from problems
order by row, rank
