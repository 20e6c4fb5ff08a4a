-- Which allocations (ended_allocations: id) cannot be taken back on a day ($day).
with wanted as (
    select ended_allocations.id as wanted, allocations.*
    from ended_allocations
    left join allocations using (id)
)

select
    case when id is not null and taken_back_on is not null then 'ended' else 'wrong' end as code,
    case
        when id is null then 'There is no allocation ' || wanted || '.'
        when taken_back_on is not null then 'Allocation ' || id || ' was taken back on ' || taken_back_on || ' already.'
        when refund is not null then 'Allocation ' || id || ' was sent back to the customer: it cannot be taken back.'
        else 'An allocation of ' || date || ' cannot be taken back on ' || $day::date || ', before it.'
    end as problem,
    case
        when id is null then 'book.payments.allocations() lists them.'
        when taken_back_on is not null then 'book.payments.allocations() shows what stands.'
        when refund is not null then 'Undo the refund instead.'
        else 'Give a later day.'
    end as hint
from wanted
where id is null or taken_back_on is not null or refund is not null or date > $day::date
order by wanted
limit 1
