-- Activities of the file that the book holds already, on the matter they were noted on or any they were moved to, and whether both say the same.
with before as (
    select distinct id, matter from book.history.activities where source = $source and external_id is not null
)

select
    told.line, activities.id,
    case
        when activities.date <> told.date then 'the book has it on ' || activities.date || ', the file on ' || told.date
        when abs(activities.worked - coalesce(told.worked, told.quantity * 3600)) > 0.01
            then 'the book has it with ' || plain(hours(activities.worked)) || ' hours, the file says '
                || plain(hours(coalesce(told.worked, told.quantity * 3600)))
        when activities.quantity <> told.quantity
            then 'the book has it with ' || plain(activities.quantity) || ', the file says ' || plain(told.quantity)
        when activities.amount <> told.amount
            then 'the book has it with ' || plain(activities.amount) || ', the file says ' || plain(told.amount)
    end as difference
from told_activities as told
inner join activities on activities.external_id = told.external_id and activities.source = $source
where
    told.trouble is null
    and (
        activities.matter = told.matter
        or exists (select 1 from before where before.id = activities.id and before.matter = told.matter)
    )
