-- What each row says, to tell an exact repetition from a contradiction.
select line, md5(row(*columns(* exclude (line, fault, implicit)))::varchar) as content
from incoming_customers
