-- Chosen activities (chosen_activities: id) by the client, the matter and the currency they would be billed in.
select
    coalesce(activities.customer, sole.customer) as customer, customers.display_name as name,
    coalesce(matters.currency, $currency) as currency, activities.matter,
    matter_name(matters.number, matters.title) as matter_title, count(*) as activities
from activities
inner join chosen_activities using (id)
inner join matters on matters.id = activities.matter
left join sole_clients as sole on sole.matter = activities.matter
left join customers on customers.id = coalesce(activities.customer, sole.customer)
group by all
order by customers.display_name, currency, activities.matter
