-- Credit notes over an invoice ($invoice), oldest first, with what each comes to: less than nothing.
select id, number, (total + coalesce(rounding, 0))::decimal(18, 4) as payable
from invoices
where corrects = $invoice and kind = 'credit_note' and status <> 'draft'
order by date, id
