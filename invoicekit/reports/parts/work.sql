-- Postings of work with what they are summed up by; work that names no client is for the only one its matter has now.
work as (
    select
        entries.id, entries.activity, entries.invoice, entries.event, entries.entry_date, entries.recorded_on,
        entries.work_date, entries.currency, entries.seconds, entries.amount,
    -- if by is matter
        entries.matter
    -- end
    -- if by is user
        entries.worked_by as user
    -- end
    -- if by is kind
        entries.kind
    -- end
    -- if by is customer
        coalesce(entries.customer, sole.customer) as customer
    -- end
    -- if by is tree
        main_customers.main_customer as tree
    -- end
    from wip_entries as entries
    -- if by is customer, tree
    left join sole_clients as sole on sole.matter = entries.matter
    -- end
    -- if by is tree
    left join main_customers on main_customers.id = coalesce(entries.customer, sole.customer)
    -- end
    where
        true
        -- only: coalesce(entries.customer, (select customer from sole_clients where matter = entries.matter))
)
