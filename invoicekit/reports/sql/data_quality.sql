-- title: Data quality
-- question: What in the book is missing, doubtful or left lying, and what mends it?
-- parameter: as_of date = current_date | Business date.
-- parameter: by choice(record, problem, area) = record | Each record by itself, or counted: the score is the part of the records nothing is wrong with, in percent.
-- column: area | customers, invoices, payments, matters or activities; "all" counts them together.
-- if by is record
-- column: record | Its number there.
-- column: name | What it is called.
-- end
-- if by is record, problem
-- column: problem | What is wrong.
-- end
-- if by is record
-- column: mend | The call that mends it.
-- end
-- measure: problems | How many.
-- if by is area
-- measure: records | How many records there are.
-- measure: flawed | How many of them have a problem.
-- ratio: score | The part of the records that have none, in percent.
-- chart: area: score [%]
-- totals: none
-- end
-- if by is record
-- chart: problem: problems [problems]
-- end
-- if by is problem
-- chart: problem: problems [problems]
-- end
-- identity: nothing is listed of a book in which nothing is missing; what book.check() finds is wrong, this is only poor
with people as (
    select *
    from customers
    where
        merged_into is null and inactive_since is null and coalesce(kind, 'customer') = 'customer'
        -- only: id
),

documents as (
    select *
    from invoices
    where
        true
        -- only: customer; currency
),

received as (
    select *
    from payments
    where
        date <= $as_of
        -- only: customer; currency
),

waiting as (
    select entries.payment, -sum(entries.amount)::decimal(18, 4) as amount
    from settled_entries as entries
    where entries.entry_date <= $as_of and entries.settled_on >= $as_of and entries.invoice is null and entries.payment is not null
    group by entries.payment
    having sum(entries.amount) < 0
),

owed as (
    select invoice, sum(amount)::decimal(18, 4) as amount, max(due_date) as due_date
    from settled_entries
    where entry_date <= $as_of and settled_on >= $as_of and invoice is not null
    group by invoice
    having sum(amount) > 0
),

worked as (
    select matter, max(date) as last
    from activities
    group by matter
),

found as (
    select 'customers' as area, id as record, display_name as name, 'no e-mail address: nothing can be sent' as problem,
        'book.customers.change(' || id || ', email="...")' as mend
    from people where email is null
    union all
    select 'customers', id, display_name, 'the e-mail address is none', 'book.customers.change(' || id || ', email="...")'
    from people where email is not null and not regexp_matches(email, '^[^@\s]+@[^@\s]+\.[^@\s.]+$')
    union all
    select 'customers', id, display_name, 'no postal address: no invoice can be issued to it',
        'book.customers.change(' || id || ', address="...", postal_code="...", city="...")'
    from people where address is null or city is null
    union all
    select 'customers', id, display_name, 'no country: tax and law cannot be told', 'book.customers.change(' || id || ', country="...")'
    from people where country is null
    union all
    select 'customers', id, display_name, 'no tax id, although it is a company', 'book.customers.change(' || id || ', tax_id="...")'
    from people where tax_id is null and company_name is not null
    union all
    select 'customers', id, display_name, 'no terms: invoices fall due at once', 'book.customers.change(' || id || ', terms="NET_30")'
    from people where terms is null
    union all
    select 'customers', people.id, people.display_name, 'named like ' || twin.display_name || ' but for accents',
        'book.customers.merge(' || people.id || ', into=' || twin.id || ')'
    from people
    inner join people as twin
        on strip_accents(lower(trim(twin.display_name))) = strip_accents(lower(trim(people.display_name))) and twin.id < people.id
    union all
    select 'customers', people.id, people.display_name, 'the tax id of ' || twin.display_name || ' as well',
        'book.customers.merge(' || people.id || ', into=' || twin.id || ')'
    from people
    inner join people as twin on twin.tax_id = people.tax_id and twin.id < people.id and twin.parent is not distinct from people.parent
    union all
    select 'invoices', documents.id, 'draft of ' || customer_names.name, 'a draft for more than 30 days',
        'book.invoices.finalize(' || documents.id || ') or book.invoices.delete(' || documents.id || ')'
    from documents
    inner join customer_names on customer_names.id = documents.customer
    where documents.status = 'draft' and $as_of - documents.date > 30
    union all
    select 'invoices', documents.id, documents.number, 'closed, although ' || rtrim(rtrim(owed.amount::varchar, '0'), '.') || ' ' || documents.currency || ' is owed',
        'book.invoices.reopen(' || documents.id || ')'
    from documents
    inner join owed on owed.invoice = documents.id
    where documents.status = 'closed' and coalesce(documents.closed_on <= $as_of, true)
    union all
    select 'invoices', documents.id, documents.number, 'late for more than a year',
        'book.invoices.write_off(' || documents.id || ', reason="...")'
    from documents
    inner join owed on owed.invoice = documents.id
    where $as_of - owed.due_date > 365
    union all
    select 'invoices', id, number, 'net and tax do not come to the total', 'book.invoices.lines(' || id || ')'
    from documents
    where status <> 'draft' and net + tax <> total
    union all
    select 'payments', received.id, coalesce(received.reference, 'payment ' || received.id),
        'waits for an invoice for more than 30 days', 'book.payments.allocate(' || received.id || ', ...) or book.payments.refund(...)'
    from received
    inner join waiting on waiting.payment = received.id
    where $as_of - received.date > 30
    union all
    select 'matters', matters.id, concat_ws(' ', matters.number, matters.title), 'nothing noted for a year',
        'book.matters.close(' || matters.id || ')'
    from matters
    left join worked on worked.matter = matters.id
    where matters.closed_on is null and $as_of - coalesce(worked.last, matters.opened_on) > 365
    union all
    select 'matters', id, concat_ws(' ', number, title), 'no client', 'book.matters.change(' || id || ', customers="...")'
    from matters
    where id not in (select matter from matter_clients)
    union all
    select 'activities', id, coalesce(left(description, 40), kind || ' of ' || date), 'billable, but worth nothing',
        'book.activities.change(' || id || ', rate="...")'
    from activities
    where billable and date <= $as_of and coalesce(amount, 0) = 0
    union all
    select 'activities', id, kind || ' of ' || date, 'no description', 'book.activities.change(' || id || ', description="...")'
    from activities
    where date <= $as_of and coalesce(trim(description), '') = ''
),

held as (
    select 'customers' as area, count(*) as records from people
    union all
    select 'invoices', count(*) from documents
    union all
    select 'payments', count(*) from received
    union all
    select 'matters', count(*) from matters
    union all
    select 'activities', count(*) from activities where date <= $as_of
),

flawed as (
    select area, count(distinct record) as flawed, count(*) as problems
    from found
    group by area
),

areas as (
    select held.area, held.records, coalesce(flawed.flawed, 0) as flawed, coalesce(flawed.problems, 0) as problems
    from held
    left join flawed using (area)
    where held.records > 0
),

scored as (
    select * from areas
    union all
    select 'all', sum(records)::bigint, sum(flawed)::bigint, sum(problems)::bigint from areas having count(*) > 0
)

-- if by is record
select area, record, name, problem, mend, 1::decimal(18, 4) as problems
from found
order by area, problem, name, record
-- end
-- if by is problem
select area, problem, count(*)::decimal(18, 4) as problems
from (select area, regexp_replace(problem, '^(named like|the tax id of|closed, although) .*', '\1 ...') as problem from found) as sorts
group by area, problem
order by problems desc, area, problem
-- end
-- if by is area
select
    area, problems::decimal(18, 4) as problems, records::decimal(18, 4) as records, flawed::decimal(18, 4) as flawed,
    {tenths: 100 * (records - flawed) per records} as score
from scored
order by area = 'all', area
-- end
