-- What became of every row of matters; a further row of one names a further client.
select line, 'matters' as "table", 'rejected' as outcome, null::bigint as record, trouble as reason
from told_matters
where trouble is not null
union all
select
    told.line, 'matters',
    case
        when told.line <> told.first_line then 'skipped'
        when new.id is not null then 'created'
        when matters.operation = $operation then 'updated'
        else 'unchanged'
    end,
    coalesce(new.id, told.held),
    case when told.line <> told.first_line then 'a further client of the matter in row @' || told.first_line end
from told_matters as told
left join new_matters as new on new.line = told.first_line
left join matters on matters.id = told.held
where told.trouble is null
