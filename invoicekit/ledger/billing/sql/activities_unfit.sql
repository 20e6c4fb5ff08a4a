-- Which of the activities that are to be billed (chosen_activities: id) cannot be: on a matter other than the one named
-- ($matter), not billable, without an amount, or done after the day of issue ($issued).
select
    case
        when $matter is not null and activities.matter <> $matter
            then activity_name(activities.id, activities.date, activities.description) || ' is on another matter.'
        when not activities.billable
            then activity_name(activities.id, activities.date, activities.description)
                || ' is not billable and never reaches an invoice.'
        when activities.amount is null
            then activity_name(activities.id, activities.date, activities.description) || ' has no amount.'
        else
            activity_name(activities.id, activities.date, activities.description) || ' was done after ' || $issued::date
            || ', the day of the invoice.'
    end as problem,
    case
        when $matter is not null and activities.matter <> $matter then 'Leave it out, or name no matter.'
        when not activities.billable then 'Leave it out, or make it billable (book.activities.set_billable).'
        when activities.amount is null then 'Give it a rate or an amount first.'
        else 'Leave it out, or date the invoice later.'
    end as hint
from activities
inner join chosen_activities using (id)
where
    ($matter is not null and activities.matter <> $matter) or not activities.billable or activities.amount is null
    or activities.date > $issued::date
order by activities.id
limit 1
