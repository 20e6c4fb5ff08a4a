-- Users other than somebody ($actor) that this operation ($operation) renamed, took out, or put out of use or back into it.
select before.name
from history.users as before
left join users on users.id = before.id
where
    before.ended_by = $operation
    and name_key(before.name) <> name_key($actor)
    and (users.id is null or users.name <> before.name or users.inactive_since is distinct from before.inactive_since)
order by before.name
limit 1
