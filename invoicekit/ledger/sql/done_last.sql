-- What was done last and is not undone, newest first; a sign-in changes nothing that could be taken back.
select o.id, o.recorded_at, o.actor, o.kind, o.summary
from operations as o
left join undone_operations as u on u.operation = o.id
where u.operation is null and o.undoes is null and o.kind <> 'sign in'
order by o.id desc
limit $count
