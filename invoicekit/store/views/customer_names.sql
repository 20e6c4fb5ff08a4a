-- Every customer's name as lists and reports show it: "(inactive)" is shown, never stored.
select
    id,
    case when inactive_since is null then display_name else display_name || ' (inactive)' end as name
from customers
