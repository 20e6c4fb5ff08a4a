-- Unbilled work that could be on a draft ($draft) and is not: on its matter, or else for whom it bills, up to its day.
with recursive draft as (select * from invoices where id = $draft),

below as (
    select customer as id, 0 as steps from draft
    union all
    select customers.id, below.steps + 1
    from below
    inner join customers on customers.parent = below.id and customers.bill_to = 'parent'
    where below.steps <= 5
)

select
    activities.id, activities.date, matter_name(matters.number, matters.title) as matter, activities.kind, activities.description,
    hours(activities.billed) as hours_billed, activities.amount
from draft
cross join activities
inner join matters on matters.id = activities.matter
left join sole_clients as sole on sole.matter = activities.matter
where
    activities.billable and activities.invoice is null and activities.written_off_on is null and activities.date <= draft.date
    and coalesce(matters.currency, draft.currency) = draft.currency
    and case
        when draft.matter is not null then activities.matter = draft.matter
        else coalesce(activities.customer, sole.customer) in (select id from below)
    end
order by activities.date, activities.id
