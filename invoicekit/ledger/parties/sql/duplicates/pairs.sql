-- The score: how likely two customers are one - and not two that have nothing to do with each other, nor two that
-- belong together: a family, a group, branches, who share a name or an address or a phone, but never all of them.
-- Each hypothesis is weighed in bits; what is missing on either side says nothing.
with doors as (
    select *, address_shared > 8 and address_against < 3 and not numbers_differ as same_door from evidence
),

weighed as (
    select
        *,
        name_shared - name_against - 0.2 * name_extra as name,
        address_shared - least(address_against, 6) - if(numbers_differ, 3, 0)
        + case when same_city then city_bits when not same_city then -2 else 0 end
        + case when same_postal then postal_bits when not like_postal then -2 else 0 end as place,
        case when same_tax then tax_bits when like_tax then 3 when not like_tax then -8 else 0 end as tax,
        case when same_phone then phone_bits when not same_phone then -2 else 0 end as phone,
        case when same_email then email_bits when like_email then email_bits / 2 when not like_email then -2 else 0 end
        as email,
        if(address_against > 3, 4, 0) + if(numbers_differ, 3, 0)
        + case when same_city then 0 when same_door then 1 when not same_city then 7 else 0 end
        + case when like_postal then 0 when not like_postal then 3 else 0 end as elsewhere,
        -- Who has moved keeps the phone, and an e-mail address of one's own.
        case when same_phone then 3 else 0 end
        + case when office_email then 0 when same_email then 6 when like_email then 2 else 0 end as moved
    from doors
),

hypotheses as (
    select
        *,
        name + least(place, all_bits + 2) + tax + phone + email - all_bits - 2 as not_unrelated,
        8 - if(name_against > 0, 6 + name_against, 0) - 0.25 * name_extra - case when form_differs then 8 else 0 end
        - greatest(least(elsewhere, 10) - moved, 0)
        + case when same_tax then least(14, 1.5 * tax_bits) when like_tax then 5 when not like_tax then -12 else 0 end
        as not_related
    from weighed
)

select
    a,
    b,
    (1 / (1 + 2 ** least(-not_unrelated, 60) + 2 ** least(-not_related, 60)))::decimal(4, 3) as score,
    list_filter(
        [
            case
                when same_tax then 'same tax id'
                when like_tax then 'tax ids nearly the same'
                when not like_tax then 'but other tax ids'
            end,
            if(same_name, 'same name', printf('name %.2f alike', least(name_alike, 0.99))),
            if(form_differs, 'but other legal forms', null),
            case when same_phone then 'same phone' when not same_phone then 'but other phones' end,
            case
                when same_email then 'same e-mail'
                when like_email then 'e-mails nearly the same'
                when not like_email then 'but other e-mails'
            end,
            case
                when same_street then 'same address'
                when same_door then 'address nearly the same'
                when numbers_differ then 'but other house numbers'
                when address_against > 3 then 'but other addresses'
            end,
            case when same_city then 'same city' when not same_city then 'but other cities' end,
            case when same_postal then 'same postal code' when not like_postal then 'but other postal codes' end
        ],
        lambda reason: reason is not null
    ) as reasons
from hypotheses
where score >= 0.1
