-- Sums of work with what a person calls whatever they are summed up by.
named as (
    select
        summed.*,
    -- if by is matter
        concat_ws(' ', matters.number, matters.title) as {by}
    -- end
    -- if by is customer, tree
        coalesce(customer_names.name, 'no client named') as {by}
    -- end
    -- if by is user
        coalesce(users.name, 'nobody named') as {by}
    -- end
    -- if by is kind
        summed.record as {by}
    -- end
    from summed
    -- if by is matter
    inner join matters on matters.id = summed.record
    -- end
    -- if by is customer, tree
    left join customer_names on customer_names.id = summed.record
    -- end
    -- if by is user
    left join users on users.id = summed.record
    -- end
)
