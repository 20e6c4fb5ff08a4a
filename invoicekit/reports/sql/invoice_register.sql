-- title: Invoice register
-- question: What was issued, number by number, and is any number missing?
-- parameter: as_of date = current_date | Last day; what was issued or paid after it is left out.
-- parameter: since date = null | First day; from the beginning where none is given.
-- column: record | Number of the record among the invoices.
-- column: series | The numbering it belongs to; "external" is what other systems issued.
-- column: number | Number as printed.
-- column: missing | How many numbers of its series are missing before it; nothing where none is, and none may be.
-- column: kind | invoice or credit_note.
-- column: date | Day of issue.
-- column: due_date | Day it falls due.
-- column: customer_id | Number of the customer.
-- column: customer | Its name; "(inactive)" follows where it is.
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: net | Total before tax.
-- column: tax | Total tax.
-- column: total | Total with tax.
-- column: rounding | What rounding adds to it.
-- column: open | What of it is open; of a credit note, what is not yet applied.
-- column: payment_status | unpaid, partial, paid or overpaid; of a credit note, whether it is applied.
-- column: status | final or closed.
-- chart: customer: total
-- explain: open = posted(entries) by record
-- explain: total = listed(invoices) by record
-- identity: sum(total + rounding) = sum(balances.invoiced); sum(open) = sum(open_items.amount) but for payments
with listed as (
    select
        id, id as record, total as amount, series, number, sequence, kind, date, due_date, customer, currency, net, tax, total, rounding,
        case when status = 'closed' and closed_on > $as_of then 'final' else status end as status
    from invoices
    where
        status <> 'draft' and date <= $as_of and ($since is null or date >= $since)
        -- only: customer; currency
),

-- All of a series is looked at, whatever is listed of it.
counted as (
    select
        invoices.id, invoices.sequence, coalesce(series.first, 1) as first,
        starts_with(invoices.number, replace(series.prefix, '{year}', year(invoices.date)::varchar))
        and contains(series.prefix, '{year}') and year(invoices.date) > lag(year(invoices.date)) over issue as begins_anew,
        lag(invoices.sequence) over issue as before
    from invoices
    left join series on series.name = invoices.series
    where invoices.sequence is not null
    window issue as (partition by invoices.series order by invoices.date, invoices.sequence)
),

-- A count goes on from the number before, or begins anew with the year.
gaps as (
    select
        id,
        case
            when before is null or begins_anew or sequence <= before then sequence - first
            else sequence - before - 1
        end as missing
    from counted
),

-- Money that names an invoice which is settled without it: paid too much.
surplus as (
    select allocations.invoice, -sum(waiting.amount)::decimal(18, 4) as amount
    from (
        select payment, sum(amount) as amount
        from settled_entries
        where entry_date <= $as_of and settled_on >= $as_of and invoice is null and payment is not null
        group by payment
        having sum(amount) < 0
    ) as waiting
    inner join payments on payments.id = waiting.payment and payments.invoice_number is not null
    inner join (
        select distinct payment, invoice
        from allocations
        where date <= $as_of and (taken_back_on is null or taken_back_on > $as_of)
    ) as allocations on allocations.payment = payments.id
    inner join invoices on invoices.id = allocations.invoice and invoices.number = payments.invoice_number
    group by allocations.invoice
),

-- include: owed

select
    listed.record,
    listed.series,
    listed.number,
    nullif(gaps.missing, 0) as missing,
    listed.kind,
    listed.date,
    listed.due_date,
    listed.customer as customer_id,
    customer_names.name as customer,
    listed.currency,
    listed.net,
    listed.tax,
    listed.total,
    coalesce(listed.rounding, 0)::decimal(18, 4) as rounding,
    coalesce(owed.amount, 0)::decimal(18, 4) as open,
    case
        when listed.kind = 'credit_note' then case when coalesce(owed.amount, 0) = 0 then 'applied' else 'unapplied' end
        when coalesce(owed.amount, 0) < 0 or (coalesce(owed.amount, 0) = 0 and surplus.amount > 0) then 'overpaid'
        when coalesce(owed.amount, 0) = 0 then 'paid'
        when owed.amount < listed.total + coalesce(listed.rounding, 0) then 'partial'
        else 'unpaid'
    end as payment_status,
    listed.status
from listed
inner join customer_names on customer_names.id = listed.customer
left join gaps on gaps.id = listed.record
left join surplus on surplus.invoice = listed.record
left join owed on owed.record = listed.record
order by listed.series, listed.date, listed.sequence, listed.number, listed.record
