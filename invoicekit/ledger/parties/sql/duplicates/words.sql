-- The words of every customer's name and address, shortened alike, and what agreeing on each is worth in bits:
-- log2 of how seldom it stands in the book. A word only two have says much, "street" and "martin" say little.
with shortened as (
    select unnest(if(field is null, ['name', 'address', 'city'], [field])) as field, word, short
    from (
        select field, unnest(string_split(long, ' ')) as word, short
        from (
            values
            (null, 'street strasse saint sts', 'st'), (null, 'avenue av', 'ave'),
            (null, 'boulevard blv bd boul', 'blvd'),
            (null, 'road', 'rd'), (null, 'route', 'rte'), (null, 'lane la', 'ln'), (null, 'drive', 'dr'),
            (null, 'place platz', 'pl'), (null, 'square', 'sq'), (null, 'court', 'ct'), (null, 'crescent', 'cres'),
            (null, 'highway', 'hwy'), (null, 'chemin', 'ch'), (null, 'building batiment', 'bldg'),
            (null, 'apartment flat flt unit', 'apt'), (null, 'and et und of the', null),
            (null, 'first', '1st'), (null, 'second', '2nd'), (null, 'third', '3rd'), (null, 'fourth', '4th'),
            (null, 'fifth', '5th'), (null, 'sixth', '6th'), (null, 'seventh', '7th'), (null, 'eighth', '8th'),
            (null, 'ninth', '9th'), (null, 'tenth', '10th'),
            ('address', 'north nord', 'n'), ('address', 'south sud', 's'),
            ('address', 'east est ost', 'e'), ('address', 'west ouest', 'w'),
            ('name', 'co company cie mr mrs ms mme dr herr frau', null),
            ('name', 'international', 'intl'), ('name', 'brothers', 'bros'),
            -- One company is SA in French and AG in German.
            ('name', 'sa ag inc incorporated corp corporation plc spa nv ab oyj sas', 'form:shares'),
            ('name', 'ltd limited sarl gmbh srl sagl bv llc pty aps', 'form:limited'),
            ('name', 'kg ohg snc llp lp', 'form:partners')
        ) as listed (field, long, short)
    )
),

said as (
    select id, 'name' as field, concat_ws(' ', display_name, company_name) as said from parties
    union all
    -- Who answers for a company may change; the company stays.
    select id, 'name', concat_ws(' ', first_name, last_name) from parties where company_name is null
    union all
    select id, 'address', address from parties
    union all
    select id, 'city', city from parties
),

cleaned as (
    -- d'or is dor, s.a.r.l. is sarl, w. 52nd is w 52nd.
    select
        id,
        field,
        regexp_replace(translate(memory.main.search_key(said), '''’`', ''), '\b(\pL)\.', '\1', 'g') as said
    from said
),

split as (select id, field, unnest(regexp_extract_all(said, '[\pL\pN]+')) as word from cleaned),

found as (
    select distinct
        split.id,
        if(shortened.short like 'form:%', 'form', split.field) as field,
        if(shortened.word is null, regexp_replace(split.word, 'strasse$', 'str'), shortened.short) as word
    from split
    left join shortened on shortened.word = split.word and shortened.field = split.field
),

-- "Palm (Los Angeles)" is Palm, of Los Angeles.
own_cities as (select id, 'name' as field, word from found where field = 'city'),

counted as (
    select *, count(*) over (partition by field, word) as customers
    from found
    anti join own_cities using (id, field, word)
    where word is not null and field <> 'city'
)

select
    id,
    field,
    word,
    -- The thousand keeps a book of a few from finding everything rare. An initial says little, however rare.
    least(
        log2(((select count(*) from parties) + 1000) / customers), if(regexp_full_match(word, '[a-z]'), 3, 99)
    )::float as bits,
    regexp_matches(word, '^\d') as number,
    -- Numbers are not taken for misspelt, nor are words that several customers have.
    not regexp_matches(word, '\d') and (customers <= 2 or length(word) = 1) as misspelt
from counted
