-- Activities, newest first, with what is said of each and where it stands: of one matter ($matter), customer ($customer),
-- user ($worked_by) or kind ($kind), from $since to $until, in a state ($state).
-- few theirs: select distinct matter from matter_clients where customer = $customer
-- few bills: select distinct invoice from activities where matter = $matter and invoice is not null
-- few bills: select invoice from activities where customer = $customer and invoice is not null union select invoice from activities where matter in (theirs) and invoice is not null
-- few parties: select customer from activities where matter = $matter and customer is not null union select customer from matter_clients where matter = $matter
-- few parties: select id from customers where id = $customer
with chosen as materialized (
    select *
    from activities
    where
        ($matter is null or matter = $matter)
        and ($worked_by is null or worked_by = $worked_by)
        and ($kind is null or kind = $kind)
        and ($since is null or date >= $since)
        and ($until is null or date <= $until)
        and (
            $customer is null or customer = $customer
            or (customer is null and matter in (select matter from matter_clients where matter_clients.customer = $customer))
        )
),

clients as (
    select matter, min(customer) as customer
    from matter_clients
    where matter in (select matter from chosen)
    group by matter
    having count(*) = 1
),

standing as (
    select
        chosen.*, invoices.number as invoice_number,
        case
            when chosen.written_off_on is not null then 'written_off'
            when invoices.status = 'draft' then 'reserved'
            when invoices.id is not null then 'billed'
            when chosen.billable then 'unbilled'
            else 'not_billable'
        end as state
    from chosen
    left join invoices
        on
            invoices.id = chosen.invoice
            -- few: invoices.id = bills.invoice
)

select
    standing.id, standing.date, matter_name(matters.number, matters.title) as matter, customer_names.name as customer,
    users.name as worked_by, standing.kind, activity_categories.name as category, standing.description,
    hours(standing.worked) as hours_worked, hours(standing.billed) as hours_billed, standing.quantity, standing.rate,
    standing.tax_rate, standing.amount, matters.currency, standing.billable, standing.state,
    standing.invoice, standing.invoice_number
from standing
left join matters on matters.id = standing.matter
left join clients on clients.matter = standing.matter
left join customer_names
    on
        customer_names.id = coalesce(standing.customer, clients.customer)
        -- few: customer_names.id = parties.customer
left join users on users.id = standing.worked_by
left join activity_categories on activity_categories.id = standing.category
where $state is null or standing.state = $state
order by standing.date desc, standing.id desc
