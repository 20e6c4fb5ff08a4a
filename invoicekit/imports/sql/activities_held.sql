-- Activities of the file that the book holds already, and whether both say the same.
select
    told.line, activities.id,
    case
        when activities.date <> told.date then 'the book has it on ' || activities.date || ', the file on ' || told.date
        when activities.worked <> coalesce(told.worked, told.quantity * 3600)
            then 'the book has it with ' || plain(hours(activities.worked)) || ' hours, the file says '
                || plain(hours(coalesce(told.worked, told.quantity * 3600)))
        when activities.quantity <> told.quantity
            then 'the book has it with ' || plain(activities.quantity) || ', the file says ' || plain(told.quantity)
        when activities.amount <> told.amount
            then 'the book has it with ' || plain(activities.amount) || ', the file says ' || plain(told.amount)
    end as difference
from told_activities as told
inner join activities
    on
        activities.external_id = told.external_id and activities.matter = told.matter and activities.source = $source
where told.trouble is null
