-- What a billing run would make (all_bills, written), and why it would not (bills_refused).
with work as (
    select row, unnest(activities) as activity from all_bills
),

counted as (
    select
        work.row, count(*) as activities, hours(sum(coalesce(activities.billed, 0))::decimal(18, 4)) as hours,
        sum(activities.amount)::decimal(18, 4) as recorded
    from work
    inner join activities on activities.id = work.activity
    group by work.row
)

select
    clients.name as customer, debtors.name as billed_to, matter_name(matters.number, matters.title) as matter, bills.currency,
    counted.activities, counted.hours, coalesce(invoices.net, counted.recorded) as net, invoices.tax, invoices.total,
    refused.problem
from all_bills as bills
inner join counted using (row)
left join written using (row)
left join invoices on invoices.id = written.id
left join bills_refused as refused on refused.row = bills.row
left join customer_names as debtors on debtors.id = bills.customer
left join customer_names as clients on clients.id = coalesce(bills.billed_for, bills.customer)
left join matters on matters.id = bills.matter
order by bills.row
