-- Credit notes: documents of the invoices table that lower what is owed.
select * from invoices where kind = 'credit_note'
