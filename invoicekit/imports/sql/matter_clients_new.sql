-- The clients that matters have by the file and not yet in the book.
select distinct coalesce(new.id, told.held) as matter, meant.customer
from told_matters as told
inner join told_matters as firsts on firsts.line = told.first_line
left join new_matters as new on new.line = told.first_line
inner join clients_meant as meant on meant.line = told.line
where
    told.trouble is null and firsts.trouble is null
    and not exists (
        select 1 from matter_clients as held
        where held.matter = coalesce(new.id, told.held) and held.customer = meant.customer
    )
order by 1, 2
