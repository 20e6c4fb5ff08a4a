-- Work up to a day ($issued) that may be billed: all of it, or that on some matters (matters_to_bill: id, where $of_matters), or for some
-- clients (clients_to_bill: id, where $of_clients): their own, and that for no client in particular on matters they are the only client
-- of, or that are named as well.
select activities.id
from activities
left join sole_clients as sole on sole.matter = activities.matter
where
    activities.billable and activities.invoice is null and activities.written_off_on is null
    and activities.date <= $issued::date
    and (not $of_matters or activities.matter in (select id from matters_to_bill))
    and (
        not $of_clients
        or coalesce(activities.customer, sole.customer) in (select id from clients_to_bill)
        or ($of_matters and activities.customer is null and sole.customer is null)
    )
