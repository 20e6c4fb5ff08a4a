-- Matters in whose number, title, nature or clients a text ($text) occurs, those that begin with it first, with what is
-- billable and unbilled on each: of all, of one client ($customer), of one user who answers for them ($responsible), open
-- ones unless told ($include_closed).
with clients as (
    select
        matter_clients.matter,
        string_agg(customer_names.name, ', ' order by customer_names.name) as clients,
        bool_or(matter_clients.customer = $customer) as has_customer
    from matter_clients
    inner join customer_names on customer_names.id = matter_clients.customer
    group by matter_clients.matter
),

wip as (
    select matter, sum(amount)::decimal(18, 4) as amount
    from wip_entries
    group by matter
),

matched as (
    select
        matters.*, clients.clients,
        case
            when starts_with(search_key(coalesce(matters.number, '')), search_key($text)) then 0
            when starts_with(search_key(matters.title), search_key($text)) then 1
            else 2
        end as rank
    from matters
    left join clients on clients.matter = matters.id
    where
        contains(search_key(concat_ws(' ', matters.number, matters.title, matters.nature, clients.clients)), search_key($text))
        and ($customer is null or clients.has_customer)
        and ($responsible is null or matters.responsible = $responsible)
        and ($include_closed or matters.closed_on is null)
)

select
    matched.id, matched.number, matched.title, matched.nature, matched.clients, users.name as responsible,
    matched.opened_on, matched.closed_on, matched.currency, matched.rate, matched.budget,
    coalesce(wip.amount, 0)::decimal(18, 4) as unbilled
from matched
left join users on users.id = matched.responsible
left join wip on wip.matter = matched.id
order by matched.rank, search_key(matched.title), matched.number, matched.id
