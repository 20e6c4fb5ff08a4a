-- What a document ($invoice) comes to, as EN 16931 names its sums; prepaid is what had been settled by the end of its day.
with lines as (select coalesce(sum(net), 0)::decimal(18, 4) as lines from invoice_lines where invoice = $invoice),

adjustments as (
    select
        coalesce(sum(amount) filter (where kind = 'discount'), 0)::decimal(18, 4) as discounts,
        coalesce(sum(amount) filter (where kind = 'charge'), 0)::decimal(18, 4) as charges
    from invoice_adjustments
    where invoice = $invoice
),

settled as (
    select coalesce(-sum(entries.amount), 0)::decimal(18, 4) as prepaid
    from entries
    inner join invoices on invoices.id = entries.invoice
    where entries.invoice = $invoice and entries.kind not in ('invoice', 'due_date') and entries.entry_date <= invoices.date
)

select
    lines.lines, adjustments.discounts, adjustments.charges, invoices.net, invoices.tax, invoices.total, settled.prepaid,
    coalesce(invoices.rounding, 0)::decimal(18, 4) as rounding,
    (invoices.total - settled.prepaid + coalesce(invoices.rounding, 0))::decimal(18, 4) as amount_due
from invoices
cross join lines
cross join adjustments
cross join settled
where invoices.id = $invoice
