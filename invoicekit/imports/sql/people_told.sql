-- Rows of contact persons (incoming_people_rows) with the customer each one means, and the person of the book it is.
with found as (
    select rows.* exclude (customer), rows.customer as who, customers_meant.id as customer
    from incoming_people_rows as rows
    left join customers_meant using (line)
),

held as (
    select customer, name_key(name) as name_key, min(id) as id from contact_persons group by customer, name_key(name)
)

select
    found.*, held.id as held,
    case
        when found.fault is not null then found.fault
        when found.name is null then 'it has no name'
        when found.customer is null and found.who is null then 'it names no customer'
        when found.customer is null
            then 'there is no customer "' || found.who || '" in the file or in the book; import the customers first'
        when first(found.line) over same_person <> found.line then 'it repeats row @' || first(found.line) over same_person
    end as trouble
from found
left join held on held.customer = found.customer and held.name_key = name_key(found.name)
window same_person as (partition by found.customer, name_key(found.name) order by found.line)
