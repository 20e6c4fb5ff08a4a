-- What keeps drafts (to_issue: id, date) from being issued.
with lock as (select max(value::date) as lock_date from settings where name = 'lock_date'),

drafts as materialized (
    select invoices.* replace (to_issue.date as date), customers.display_name, customers.inactive_since,
        customers.tax_category as treated, customers.tax_rate as usual_rate
    from to_issue
    inner join invoices using (id)
    inner join customers on customers.id = invoices.customer
)

select
    id, 1 as rank, 'inactive' as code, display_name || ' is inactive since ' || inactive_since || ' and cannot be billed.' as problem,
    'Activate the customer first.' as hint
from drafts
where inactive_since is not null

union all
select
    drafts.id, 2, 'locked', 'Draft ' || drafts.id || ' cannot be issued on ' || drafts.date || ': the book is locked up to ' || lock.lock_date || '.',
    'Date it later, or set book.settings.lock_date to an earlier day first.'
from drafts
cross join lock
where drafts.date <= lock.lock_date

union all
select
    id, 2, 'due before', 'Draft ' || id || ' cannot be issued on ' || date || ': it falls due on ' || due_date || ', before it.',
    'Change its due_date (book.invoices.change): without one, the terms of the customer make it.'
from drafts
where due_date < date

union all
select
    id, 2, 'far off', 'Draft ' || id || ' cannot be issued on ' || date || ': that is more than a year away.',
    'Correct its date: no number could be given on a day before it any more.'
from drafts
where date > $today::date + 366

union all
select
    id, 3, 'no lines', 'Draft ' || id || ' for ' || display_name || ' bills nothing: it has no lines.', 'Add lines, or delete it.'
from drafts
where id not in (select invoice from invoice_lines)

union all
select
    drafts.id, 4, 'negative',
    'Draft ' || drafts.id || ' for ' || display_name || ' comes to ' || plain(drafts.total + coalesce(drafts.rounding, 0)) || ' ' || currency
    || ': an invoice is not below zero.',
    'Credit an invoice that was issued (book.invoices.credit), or take the discount down.'
from drafts
where kind = 'invoice' and total + coalesce(rounding, 0) < 0

union all
select
    drafts.id, 5, 'work left',
    'Draft ' || drafts.id || ' is the final invoice on ' || coalesce(matter_name(any_value(matters.number), any_value(matters.title)), 'its matter')
    || ', and ' || count(*) || ' activities of ' || plain(sum(activities.amount)::decimal(18, 4)) || ' ' || any_value(drafts.currency) || ' are not on it.',
    'Add them (book.invoices.work_since lists them, add_work adds them), write them off, or make it an interim one.'
from drafts
inner join matters on matters.id = drafts.matter
inner join activities on activities.matter = drafts.matter
where
    drafts.billing = 'final' and activities.billable and activities.written_off_on is null
    and (activities.invoice is null or activities.invoice in (select id from invoices where status = 'draft' and invoices.id <> drafts.id))
group by drafts.id

union all
select
    drafts.id, 5, 'mixed',
    'Draft ' || drafts.id || ' is taxed as ' || string_agg(taxes.tax_category, ' and as ' order by taxes.tax_category)
    || ': these do not stand on one invoice (BR-O-11, BR-B-02).',
    'Bill them apart: make two drafts of it.'
from drafts
inner join (select distinct invoice, tax_category from invoice_taxes) as taxes on taxes.invoice = drafts.id
group by drafts.id
having
    count(*) > 1
    and (bool_or(taxes.tax_category = 'not_subject') or (bool_or(taxes.tax_category = 'split_payment') and bool_or(taxes.tax_category = 'standard')))

union all
select distinct
    drafts.id, 6, 'taxed otherwise',
    'Draft ' || drafts.id || ' is taxed as ' || lines.tax_category || ', and ' || drafts.display_name || ' would be taxed as '
    || taxed_as(null, coalesce(activities.taxable, true), drafts.treated, seller.exemption, coalesce(activities.tax_rate, drafts.usual_rate))
    || ' now.',
    'Work it out anew by book.invoices.change(' || drafts.id || '), or say how its lines are taxed.'
from drafts
inner join invoice_lines as lines on lines.invoice = drafts.id
left join activities on activities.id = lines.activity
cross join (select max(tax_exemption) as exemption from sellers) as seller
where
    lines.tax_said = false and lines.covered_by is null
    and (
        lines.tax_category
        <> taxed_as(null, coalesce(activities.taxable, true), drafts.treated, seller.exemption, coalesce(activities.tax_rate, drafts.usual_rate))
        or (lines.tax_category = 'standard' and lines.tax_rate <> coalesce(activities.tax_rate, drafts.usual_rate, 0))
    )

union all
select drafts.id, 6, 'no reason',
    'Draft ' || drafts.id || ' charges no tax on a part of it, and does not say why: the law wants the reason (BR-E-10).',
    'Say it by book.invoices.change(..., tax_reason=...).'
from drafts
inner join invoice_taxes as taxes on taxes.invoice = drafts.id
where taxes.tax_category = 'exempt' and taxes.reason is null
order by 1, 2
