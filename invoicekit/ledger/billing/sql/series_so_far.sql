-- The last count that a series ($series) gave, and whether it gave any, in a year ($year) where it counts by years; $counter is the name of its counter.
select
    greatest(
        coalesce((select value from counters where name = $counter), 0),
        coalesce((
            select max(sequence)
            from invoices
            where series = $series and ($year is null or year(date) = $year)
        ), 0)
    ) as last,
    exists (select 1 from invoices where series = $series and sequence is not null) as begun
