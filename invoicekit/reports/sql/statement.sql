-- title: Statement of account
-- question: What happened on the account of one customer, or of it and everybody below it, and what is open?
-- about: one customer, or it and everybody below it
-- parameter: as_of date = current_date | Last day; what was posted after it is left out.
-- parameter: since date = null | First day of what is listed; from the beginning where none is given.
-- parameter: kind choice(balance_forward, transaction, open_item) = balance_forward | What happened since, after what was carried forward; what happened alone; or what is open.
-- column: currency | ISO 4217 code; currencies are never added up.
-- column: date | Day it was posted; of an open item, day of the document.
-- column: kind | invoice, credit_note, payment, bounce, refund, write_off, allocation (money of another payer applied here), or carried: the balance before since.
-- column: record | Number of the record: of the document, the payment, or the allocation.
-- column: customer_id | Number of the customer.
-- column: customer | Its name; "(inactive)" follows where it is.
-- column: number | Number of the document, or what the payer wrote.
-- column: due_date | Day an invoice falls due.
-- column: days_late | Days past the due date, of an open item.
-- column: amount | What it adds to the balance; of an open item, what of it is open.
-- column: balance | The balance after it, in its currency.
-- chart: columns date: balance
-- totals: none
-- if kind is balance_forward, transaction
-- explain: amount = stepped(entries) by currency where case when $row_kind = 'carried' then step.date < $since else step.kind = $row_kind and step.record = $row_record and step.date = $row_date end
-- end
-- if kind is open_item
-- explain: amount = posted(entries) by currency, kind, record
-- end
-- identity: the last balance of each currency = sum(balances.balance) of these customers; of transactions alone, less what was carried
-- if kind is balance_forward, transaction
with dated as (
    select
        id, customer, currency, entry_date, kind, due_date, amount, document, payment, allocation, number,
        kind in ('allocation', 'write_off') as settles
    from told_entries
    where
        entry_date <= $as_of and kind <> 'due_date'
        -- only: customer; currency
),

-- What one document or payment posted on a day is one line; what only moves money from one of its places to another is none.
stepped as (
    select
        id, customer, currency, entry_date as date, kind, due_date, amount, number, settles,
        case when settles then allocation else coalesce(document, payment) end as record
    from dated
),

posted as (
    select
        currency, date, kind, record, arg_min(customer, id) as customer, max(due_date) as due_date, max(number) as number,
        sum(amount)::decimal(18, 4) as amount, min(id) as first
    from stepped
    group by currency, date, kind, record
    having sum(amount) <> 0
),

since as (
    select currency, date, kind, record, customer, number, due_date, amount, first
    from posted
    where $since is null or date >= $since
-- end
-- if kind is balance_forward
    union all
    select currency, $since, 'carried', null, null, null, null, sum(amount)::decimal(18, 4), 0
    from posted
    where date < $since
    group by currency
-- end
-- if kind is balance_forward, transaction
)

select
    since.currency,
    since.date,
    since.kind,
    since.record,
    since.customer as customer_id,
    customer_names.name as customer,
    since.number,
    case when since.kind = 'invoice' then since.due_date end as due_date,
    null::bigint as days_late,
    since.amount,
    (sum(since.amount) over (partition by since.currency order by since.date, since.first))::decimal(18, 4) as balance
from since
left join customer_names on customer_names.id = since.customer
order by since.currency, since.date, since.first
-- end
-- if kind is open_item
with
-- include: open_items,

named as (
    select
        items.* replace (coalesce(items.number, waiting.number) as number), coalesce(items.invoice_date, waiting.date) as date
    from items
    left join waiting on waiting.sort = items.sort and waiting.record = items.record
)

select
    named.currency,
    named.date,
    named.kind,
    named.record,
    named.customer as customer_id,
    customer_names.name as customer,
    named.number,
    named.due_date,
    case when named.due_date < $as_of then $as_of - named.due_date end as days_late,
    named.amount,
    (sum(named.amount) over (partition by named.currency order by named.date, named.first))::decimal(18, 4) as balance
from named
inner join customer_names on customer_names.id = named.customer
where $since is null or named.date >= $since
order by named.currency, named.date, named.first
-- end
