-- Matters of chosen activities (chosen_activities: id) for which a customer ($customer) cannot be billed: the work was done
-- for another client, or the customer is none of the matter's clients.
select
    matter_name(matters.number, matters.title) as matter,
    case
        when activities.customer <> $customer
            then activity_name(activities.id, activities.date, activities.description) || ' was done for ' || others.display_name
        else 'it is for other clients'
    end as problem
from activities
inner join chosen_activities using (id)
inner join matters on matters.id = activities.matter
left join customers as others on others.id = activities.customer
where
    activities.customer <> $customer
    or (
        exists (select 1 from matter_clients where matter_clients.matter = activities.matter)
        and not exists (
            select 1 from matter_clients
            where matter_clients.matter = activities.matter and matter_clients.customer = $customer
        )
    )
order by activities.id
limit 1
