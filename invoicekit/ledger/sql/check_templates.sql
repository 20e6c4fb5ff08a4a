-- Documents that are to look like a template the book has not: all of them, or those that an operation ($operation) left so.
select
    'template' as "check", 'invoices' as "table", id as record,
    coalesce(number, 'draft ' || id) || ' is to look like the template ' || template || ', which is not there' as finding,
    'make the template again: book.documents.templates.new' as mend
from invoices
where template is not null and template not in (select name from templates)
