-- What became of every row of contact persons.
select line, 'contact_persons' as "table", 'rejected' as outcome, null::bigint as record, trouble as reason
from told_people
where trouble is not null
union all
select
    told.line, 'contact_persons', case when people.operation = $operation then 'updated' else 'unchanged' end, people.id, null
from told_people as told
inner join contact_persons as people on people.id = told.held
where told.trouble is null
union all
select line, 'contact_persons', 'created', id, null from new_people
