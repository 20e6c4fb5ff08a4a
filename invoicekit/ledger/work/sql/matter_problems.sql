-- What is wrong with matters about to be written (stated_matters: row, id where the book has them, number, title, time_step,
-- opened_on, closed_on, currency); $steps are the minutes that time may be rounded up to.
with steps as (select unnest($steps::bigint[]) as step),

rules (rank, code, field) as (
    values
        (1, 'no title', 'title'), (2, 'number taken', 'number'), (3, 'time step', 'time_step'),
        (4, 'closed before opened', 'closed_on'), (5, 'currency under work', 'currency')
),

told as (
    select
        stated.*, held.currency as held_currency, others.title as taken_by,
        exists (select 1 from activities where activities.matter = stated.id)
        or exists (select 1 from book.history.activities as past where past.matter = stated.id)
        or exists (select 1 from invoices where invoices.matter = stated.id) as has_work
    from stated_matters as stated
    left join matters as held on held.id = stated.id
    left join matters as others on others.number = stated.number and others.id is distinct from stated.id
)

select
    told.row, rules.field, rules.code,
    case rules.code
        when 'no title' then 'A matter needs a title.'
        when 'number taken' then 'Matter number ' || number || ' is that of ' || taken_by || '.'
        when 'time step'
            then 'time_step is one of ' || (select string_agg(step, ', ' order by step) from steps) || ' minutes, not '
                || time_step || '.'
        when 'closed before opened'
            then matter_name(number, title) || ' cannot be closed on ' || closed_on || ': it was opened on ' || opened_on || '.'
        when 'currency under work'
            then matter_name(number, title) || ' cannot be given another currency: work was noted on it in ' || held_currency
                || '.'
    end as problem,
    case rules.code
        when 'no title' then 'Say what it is about.'
        when 'number taken' then 'Give another one.'
        when 'time step' then 'Choose one of them.'
        when 'closed before opened' then 'Give a later day.'
        when 'currency under work' then 'Open another matter for ' || coalesce(currency, 'another currency') || '.'
    end as hint
from told
cross join rules
where
    case rules.code
        when 'no title' then title is null
        when 'number taken' then taken_by is not null
        when 'time step' then time_step not in (select step from steps)
        when 'closed before opened' then closed_on < opened_on
        when 'currency under work' then held_currency <> coalesce(currency, '') and has_work
    end
order by told.row, rules.rank
