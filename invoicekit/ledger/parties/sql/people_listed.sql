-- Contact persons, of one customer or of all.
select
    people.id, people.customer as customer_id, customer_names.name as customer, people.name, people.role, people.email,
    people.phone
from contact_persons as people
inner join customer_names on customer_names.id = people.customer
where $customer is null or people.customer = $customer
order by search_key(customer_names.name), people.customer, search_key(people.name), people.id
