-- How far the words of two names, and of two addresses, are the same, in bits: what both have, what either has instead
-- of what the other has, and what only one of them adds.
with both_of_them as (
    select a, b, l, r
    from candidates
    inner join profiles as l on l.id = candidates.a
    inner join profiles as r on r.id = candidates.b
),

sides as (
    select
        a,
        b,
        'name' as field,
        coalesce(l.text = r.text, false) and coalesce(l.company = r.company, true) as same,
        l.name as l,
        r.name as r,
        l.name_words as l_words,
        r.name_words as r_words
    from both_of_them
    union all
    select
        a,
        b,
        'address',
        coalesce(l.street = r.street, false),
        l.address,
        r.address,
        l.address_words,
        r.address_words
    from both_of_them
    where len(l.address) > 0 and len(r.address) > 0
),

alone as (
    select
        * exclude (l_words, r_words),
        if(same, [], list_filter(l, lambda x: not list_contains(r_words, x.word))) as l_alone,
        if(same, [], list_filter(r, lambda x: not list_contains(l_words, x.word))) as r_alone
    from sides
),

-- Words only one has may be the other's, misspelt or cut short.
spelt as (
    select
        *,
        list_transform(
            l_alone,
            lambda x: list_filter(
                r_alone,
                lambda y: (x.misspelt or y.misspelt) and not x.number and not y.number and (
                    starts_with(x.word, y.word) or starts_with(y.word, x.word)
                    or jaro_winkler_similarity(x.word, y.word) >= 0.88
                )
            )
        ) as alike
    from alone
),

summed as (
    select
        a,
        b,
        field,
        same,
        coalesce(list_sum(list_transform(l, lambda x: x.bits)), 0) as l_all,
        coalesce(list_sum(list_transform(r, lambda x: x.bits)), 0) as r_all,
        coalesce(list_sum(list_transform(l_alone, lambda x: x.bits)), 0) as l_alone,
        coalesce(list_sum(list_transform(r_alone, lambda x: x.bits)), 0) as r_alone,
        coalesce(list_sum(list_transform(l_alone, lambda x, i: if(len(alike[i]) > 0, x.bits, 0))), 0) as l_spelt,
        coalesce(list_sum(list_transform(list_sort(list_distinct(flatten(alike))), lambda x: x.bits)), 0) as r_spelt,
        coalesce(list_bool_or(list_transform(l_alone, lambda x: x.number)), false)
        and coalesce(list_bool_or(list_transform(r_alone, lambda x: x.number)), false) as numbers_differ
    from spelt
)

select
    a,
    b,
    field,
    same,
    least(l_all - l_alone, r_all - r_alone) + 0.8 * least(l_spelt, r_spelt) as shared,
    least(l_alone - l_spelt, r_alone - r_spelt) as against,
    abs((l_alone - l_spelt) - (r_alone - r_spelt)) as extra,
    greatest(l_all, r_all) as total,
    numbers_differ
from summed
