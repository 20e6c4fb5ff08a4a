-- One row per customer: all that is compared, cleaned once, and what agreeing on each would be worth in bits.
with cleaned as (
    select
        id,
        regexp_replace(
            memory.main.search_key(coalesce(display_name, company_name, concat_ws(' ', first_name, last_name))),
            '[^\pL\pN]', '', 'g'
        ) as text,
        memory.main.search_key(company_name) as company,
        nullif(regexp_replace(memory.main.search_key(address), '[^\pL\pN]', '', 'g'), '') as street,
        nullif(memory.main.search_key(city), '') as city,
        nullif(regexp_replace(lower(postal_code), '[^a-z0-9]', '', 'g'), '') as postal,
        if(contains(email, '@'), memory.main.search_key(email), null) as email,
        -- FR12 345 and 12345, CHE-123.456 MWST and CHE123456 are the same number; n/a is none.
        nullif(
            regexp_extract(
                regexp_replace(lower(tax_id), '[^a-z0-9]|mwst|tva|iva|vat', '', 'g'),
                '^(?:che|atu|[a-z]{2})?([a-z]{0,6}[0-9][a-z0-9]{4,})$',
                1
            ),
            ''
        ) as tax,
        list_filter(
            list_distinct(
                list_transform(
                    [phone, mobile],
                    -- Without the country, or the zero in its place.
                    lambda number: right(regexp_replace(coalesce(number, ''), '[^0-9]', '', 'g'), 9)
                )
            ),
            lambda digits: length(digits) >= 6
        ) as phones
    from parties
),

all_of_them as (select count(*) + 1000 as customers from parties),

rarities as (
    select
        id,
        log2(customers / count(*) over (partition by street)) as street_bits,
        log2(customers / count(*) over (partition by city)) as city_bits,
        log2(customers / count(*) over (partition by postal)) as postal_bits,
        log2(customers / count(*) over (partition by tax)) as tax_bits,
        log2(customers / count(*) over (partition by email)) as email_bits,
        log2(customers) as all_bits
    from cleaned
    cross join all_of_them
),

numbers as (
    select id, count(*) over (partition by number) as held from (select id, unnest(phones) as number from cleaned)
),

phone_rarities as (
    select id, log2(min(customers) / max(held)) as phone_bits from numbers cross join all_of_them group by id
),

lists as (
    select
        id,
        list(entry) filter (where field = 'name') as name,
        list(entry) filter (where field = 'address') as address,
        min(entry.word) filter (where field = 'form') as form
    from (
        select id, field, {'word': word, 'bits': bits, 'number': number, 'misspelt': misspelt} as entry from words
    )
    group by id
)

select
    cleaned.*,
    regexp_replace(cleaned.email, '[^0-9]', '', 'g') as email_digits,
    regexp_matches(
        cleaned.email,
        '^(info|office|contact|kontakt|mail|hello|team|admin|sales|support|billing|accounts?|invoices?|compta)@'
    ) as office_email,
    -- Sorted, for sums of floats to be the same in every run.
    list_sort(coalesce(lists.name, [])) as name,
    list_sort(coalesce(lists.address, [])) as address,
    list_transform(lists.name, lambda x: x.word) as name_words,
    list_transform(lists.address, lambda x: x.word) as address_words,
    lists.form,
    rarities.* exclude (id),
    phone_rarities.phone_bits
from cleaned
inner join rarities using (id)
left join phone_rarities using (id)
left join lists using (id)
