-- Whose assigned work (assigned_work) is, and on which matters.
select distinct customers.display_name as name, matter_name(matters.number, matters.title) as matter_title
from assigned_work as assigned
inner join matters on matters.id = assigned.matter
left join customers on customers.id = assigned.customer
order by name, matter_title
