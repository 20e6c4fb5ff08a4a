-- Chosen activities (chosen_activities: id) with whom they are billed to: their client, or the only one of their matter, or the one
-- that is named ($customer); the debtor is who is billed for that client (debtors).
select
    activities.id as activity, activities.matter, coalesce(matters.currency, $currency) as currency,
    coalesce($customer, activities.customer, sole.customer) as customer
from activities
inner join chosen_activities using (id)
inner join matters on matters.id = activities.matter
left join sole_clients as sole on sole.matter = activities.matter
