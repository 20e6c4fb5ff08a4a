-- Matters that sound rows of activities name and the book does not know, each with the client it is named with.
select rows.line, rows.date, rows.matter as title, clients_meant.customer
from incoming_activity_rows as rows
left join clients_meant using (line)
where
    rows.fault is null and rows.matter is not null
    and rows.matter not in (select number from matters where number is not null)
    and name_key(rows.matter) not in (select name_key(title) from matters)
