-- What became of every row of users.
select line, 'users' as "table", 'rejected' as outcome, null::bigint as record, trouble as reason
from told_users
where trouble is not null
union all
select told.line, 'users', case when users.operation = $operation then 'updated' else 'unchanged' end, users.id, null
from told_users as told
inner join users on users.id = told.held
where told.trouble is null
union all
select line, 'users', 'created', id, null from new_users
