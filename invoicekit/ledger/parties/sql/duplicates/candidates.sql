-- Pairs worth comparing: customers that share a key few others have. No key may bring more than its share, so that the
-- work grows with the customers, not with their square, whatever they hold.
with telling as (
    select id, field, word, number, row_number() over (partition by id, field, number order by bits desc, word) as rank
    from words
    where field in ('name', 'address')
),

names as (select id, word from telling where field = 'name' and rank <= 4),

keys as (
    select id, 'tax ' || tax as key, true as whole from profiles
    union all
    select id, 'email ' || email, true from profiles
    union all
    select id, 'phone ' || unnest(phones), true from profiles
    union all
    select id, 'text ' || text, true from profiles where text <> ''
    union all
    select id, 'word ' || word, false from names
    union all
    select names.id, 'near ' || left(names.word, 4) || ' ' || unnest([profiles.postal, profiles.city]), false
    from names
    inner join profiles using (id)
    union all
    -- Words misspelt mostly begin well, wherever they stand.
    select id, 'starts ' || string_agg(left(word, 3), ' ' order by word), false
    from names
    group by id
    having count(*) > 1
    union all
    select street.id, 'door ' || door.word || ' ' || street.word, false
    from telling as street
    inner join telling as door using (id)
    where street.field = 'address' and not street.number and street.rank = 1
    and door.field = 'address' and door.number and door.rank = 1
),

blocks as (
    select
        id,
        hash(key) as key,
        whole,
        count(*) over (partition by key) as size,
        row_number() over (partition by key order by id) as place
    from (select distinct id, key, whole from keys where key is not null)
),

-- A customer's smallest blocks first, until it has enough to be compared with.
chosen as (
    select id, key, sum(size) over (partition by id order by size, key rows unbounded preceding) as compared
    from blocks
    where size between 2 and 20
)

select one.id as a, other.id as b
from chosen as one
inner join chosen as other on other.key = one.key and other.id > one.id
where one.compared <= 40 and other.compared <= 40
union
-- What too many share, a hundred imports of one customer perhaps, still ties each of them to the first.
select first.id, other.id
from blocks as first
inner join blocks as other using (key)
where first.size > 20 and first.whole and first.place = 1 and other.place > 1
