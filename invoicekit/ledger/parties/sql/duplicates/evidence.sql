-- What each pair agrees and differs on: true, false, or null where either does not say; and the bits of agreeing.
select
    candidates.a,
    candidates.b,
    l.all_bits,
    name.same or (name.extra + name.against = 0 and name.shared = name.total) as same_name,
    name.shared as name_shared,
    name.against as name_against,
    least(name.extra, 16) as name_extra,
    name.shared / greatest(name.total, 0.01) as name_alike,
    l.form <> r.form as form_differs,
    address.same as same_street,
    if(address.shared is null, 0, least(address.shared, l.street_bits, r.street_bits)) as address_shared,
    coalesce(address.against, 0) as address_against,
    coalesce(address.numbers_differ, false) as numbers_differ,
    contains(l.city, r.city) or contains(r.city, l.city) or jaro_winkler_similarity(l.city, r.city) >= 0.85
    as same_city,
    least(l.city_bits, r.city_bits, 4) as city_bits,
    l.postal = r.postal as same_postal,
    jaro_winkler_similarity(l.postal, r.postal) >= 0.88 as like_postal,
    least(l.postal_bits, r.postal_bits, 3) as postal_bits,
    l.tax = r.tax as same_tax,
    length(l.tax) = length(r.tax) and jaro_winkler_similarity(l.tax, r.tax) >= 0.9 as like_tax,
    l.tax_bits,
    if(len(l.phones) > 0 and len(r.phones) > 0, list_has_any(l.phones, r.phones), null) as same_phone,
    least(l.phone_bits, r.phone_bits) as phone_bits,
    l.email = r.email as same_email,
    l.email_digits = r.email_digits and jaro_winkler_similarity(l.email, r.email) >= 0.95 as like_email,
    least(l.email_bits, r.email_bits, if(l.office_email, 4, 99)) as email_bits,
    l.office_email
from candidates
inner join profiles as l on l.id = candidates.a
inner join profiles as r on r.id = candidates.b
inner join likeness as name on name.a = candidates.a and name.b = candidates.b and name.field = 'name'
left join likeness as address on address.a = candidates.a and address.b = candidates.b and address.field = 'address'
