-- Opening balances as they are numbered (told_balances): one for each customer, and one more for each other currency it owes in.
select
    * replace (
        case
            when coalesce(currency, $currency) = first_value(coalesce(currency, $currency)) over theirs then number
            else number || ' (' || coalesce(currency, $currency) || ')'
        end as number
    )
from told_balances
window theirs as (partition by customer, name_key("customer.display_name") order by line)
order by line
