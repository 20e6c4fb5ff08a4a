-- What the law, or the profile of a complete customer ($profile: names of fields), wants to be known of seller and buyer before drafts
-- (to_issue: id) are issued: a row for each buyer and each thing that is missing (mentions: the rules, as data).
with seller as (
    select coalesce(to_json(sellers)::varchar, '{}') as said, sellers.country
    from (select 1) as always
    left join sellers on true
),

documents as (
    select
        invoices.customer, bool_or(coalesce(invoices.tax, 0) <> 0) as taxed,
        bool_or(invoices.id in (
            select invoice from invoice_taxes where tax_category in ('reverse_charge', 'intra_community')
        )) as untaxed_here
    from to_issue
    inner join invoices using (id)
    group by invoices.customer
),

buyers as materialized (
    select
        documents.*, customers.display_name, customers.country, to_json(customers)::varchar as said
    from documents
    inner join customers on customers.id = documents.customer
),

wanted as (
    select
        buyers.customer, buyers.display_name, mentions.party, mentions.called, mentions.source, mentions.nth,
        case mentions.party when 'seller' then seller.said else buyers.said end as said, mentions.fields
    from buyers
    cross join seller
    inner join mentions
        on
            (mentions.law = '*' or seller.country = mentions.law)
            and (mentions.side <> 'both' or coalesce(buyers.country, seller.country) = mentions.law)
            and (mentions."when" = 'always' or (mentions."when" = 'taxed' and taxed) or (mentions."when" = 'untaxed_here' and untaxed_here))

    union all
    select customer, display_name, 'buyer', field, 'the profile of a complete customer', 1000 + place, said, [field]
    from buyers
    cross join (select unnest($profile::varchar[]) as field, generate_subscripts($profile::varchar[], 1) as place)

    union all
    select customer, display_name, 'seller', 'name', 'EN 16931-1, BT-27 (BR-06)', -1, seller.said, ['name']
    from buyers
    cross join seller
)

select customer, display_name, party, called, source
from wanted
where len(list_filter(fields, lambda field: json_extract_string(said, '$.' || field) is not null)) = 0
order by display_name, customer, party, nth
