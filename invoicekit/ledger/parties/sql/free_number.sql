-- The next number that no customer is called by after a prefix ($prefix).
select greatest(
    (select coalesce(max(id), 0) from customers),
    (
        select coalesce(max(try_cast(substr(display_name, length($prefix) + 1) as bigint)), 0)
        from customers
        where starts_with(lower(display_name), lower($prefix))
    )
) + 1 as number
