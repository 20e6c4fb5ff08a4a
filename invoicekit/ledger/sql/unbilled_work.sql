-- Work up to a day ($issued) that may be billed: of a matter ($matter), or for a customer ($customer), its own and that for no client in particular
-- on matters it is the only client of.
select activities.id
from activities
left join sole_clients as sole on sole.matter = activities.matter
where
    activities.billable and activities.invoice is null and activities.written_off_on is null
    and activities.date <= $issued::date
    and ($matter is null or activities.matter = $matter)
    and ($customer is null or coalesce(activities.customer, sole.customer, case when $matter is not null then $customer end) = $customer)
