-- What is wrong with activities about to be recorded or changed (completed_activities: row, id where the book has them,
-- and the fields of activities): one look at each activity for each rule.
with rules (rank, code, field, hint) as (
    values
        (1, 'no matter', 'matter', 'Name the matter it was done for.'),
        (2, 'matter closed', 'matter', 'Reopen it first (book.matters.reopen), or name another one.'),
        (3, 'no date', 'date', 'Give its date.'),
        (4, 'locked', 'date', 'Date it later, or set book.settings.lock_date to an earlier day first.'),
        (5, 'no duration', 'worked', 'Give the time worked, as 1.5 (hours), 1h30, 90 min or 01:30.'),
        (6, 'duration not positive', 'worked', 'Give the time worked, as 1.5 (hours), 1h30, 90 min or 01:30.'),
        (7, 'not measured', 'worked', 'Leave the time out, or say that its kind is time.'),
        (
            8, 'no rate', 'rate',
            'Give its rate, or set one on the user, the customer, the matter, or as book.settings.hourly_rate.'
        ),
        (9, 'no quantity', 'quantity', 'Give its quantity and rate.'),
        (10, 'no amount', 'amount', 'Give what it cost.'),
        (11, 'negative', 'amount', 'To take something back, edit the activity, write it off, or record a credit note.'),
        (12, 'too large', 'amount', 'Check the quantity and the rate.'),
        (13, 'no receipt', 'receipt', 'Give its receipt, or say that it is taxable.'),
        (14, 'no client', 'customer', 'Name one of its clients, or none.'),
        (15, 'other kind', 'category', 'Choose another category, or none.')
),

lock as (select max(value::date) as lock_date from settings where name = 'lock_date'),

told as (
    select
        completed.*, matters.id is null as is_without_matter, matter_name(matters.number, matters.title) as matter_title,
        matters.closed_on as matter_closed_on, held.date as held_date, held.matter as held_matter,
        held.worked as held_worked, lock.lock_date,
        -- What was there before a rule was is left alone until somebody changes what the rule looks at.
        held.id is null
        or row(completed.kind, completed.worked, completed.billed, completed.quantity, completed.rate, completed.amount)
        is distinct from row(held.kind, held.worked, held.billed, held.quantity, held.rate, held.amount) as is_measured_anew,
        held.id is null or row(completed.kind, completed.billable, completed.rate, completed.amount)
        is distinct from row(held.kind, held.billable, held.rate, held.amount) as is_priced_anew,
        held.id is null or row(completed.kind, completed.taxable, completed.receipt)
        is distinct from row(held.kind, held.taxable, held.receipt) as is_taxed_anew,
        held.id is null or row(completed.kind, completed.category) is distinct from row(held.kind, held.category) as is_sorted_anew,
        customers.display_name as client_name, clients.id is null as is_no_client,
        categories.name as category_name, categories.kind as category_kind
    from completed_activities as completed
    cross join lock
    left join matters on matters.id = completed.matter
    left join activities as held on held.id = completed.id
    left join customers on customers.id = completed.customer
    left join matter_clients as clients on clients.matter = completed.matter and clients.customer = completed.customer
    left join activity_categories as categories on categories.id = completed.category
)

select
    told.row, rules.field, rules.code,
    coalesce(activity_name(id, held_date, description) || ': ', '') || case rules.code
        when 'no matter' then 'An activity needs a matter.'
        when 'matter closed'
            then 'The matter ' || matter_title || ' was closed on ' || matter_closed_on || ': no work is noted on it any more.'
        when 'no date' then 'An activity needs the day it was done.'
        when 'locked' then 'Work of ' || least(date, held_date) || ' cannot be noted or changed: the book is locked up to '
                || lock_date || '.'
        when 'no duration' then 'Time needs how long it took.'
        when 'duration not positive'
            then 'Time of ' || plain(hours(case when worked <= 0 then worked else billed end))
                || ' hours cannot be noted: it must take longer than nothing.'
        when 'not measured' then 'Only time is measured: ' || kind || ' takes no hours.'
        when 'no rate' then 'Time that is billed needs a rate, and none is known.'
        when 'no quantity' then 'A service needs a quantity and the price of one.'
        when 'no amount' then 'An expense or a disbursement needs an amount.'
        when 'negative'
            then 'An activity of ' || plain(coalesce(amount, 0))
                || ' cannot be noted: amounts, rates and quantities are positive.'
        when 'too large' then 'What this comes to has more than fourteen digits.'
        when 'no receipt' then 'A disbursement stands outside the taxable base only with the receipt of what was paid.'
        when 'no client' then client_name || ' is no client of the matter ' || matter_title || '.'
        when 'other kind'
            then 'The category ' || category_name || ' is for the kind ' || category_kind || ', not for ' || kind || '.'
    end as problem,
    rules.hint
from told
cross join rules
where
    case rules.code
        when 'no matter' then is_without_matter
        when 'matter closed' then matter_closed_on is not null and matter is distinct from held_matter
        when 'no date' then date is null
        when 'locked'
            then least(date, held_date) <= lock_date
                and (held_date is distinct from date or held_worked is distinct from worked)
        when 'no duration' then is_measured_anew and kind = 'time' and worked is null
        when 'duration not positive' then is_measured_anew and kind = 'time' and (worked <= 0 or billed < 0)
        when 'not measured' then is_measured_anew and kind <> 'time' and (worked is not null or billed is not null)
        when 'no rate' then is_priced_anew and kind = 'time' and billable and amount is null and rate is null
        when 'no quantity' then is_measured_anew and kind = 'service' and (quantity is null or rate is null) and amount is null
        when 'no amount' then is_measured_anew and kind in ('expense', 'disbursement') and amount is null and (quantity is null or rate is null)
        when 'negative' then is_measured_anew and (amount < 0 or rate < 0 or quantity <= 0)
        when 'too large'
            then is_measured_anew and amount is null and rate is not null and ((kind = 'time' and billed is not null) or quantity is not null)
        when 'no receipt' then is_taxed_anew and kind = 'disbursement' and not taxable and receipt is null
        when 'no client' then client_name is not null and not is_without_matter and is_no_client
        when 'other kind' then is_sorted_anew and category_kind <> kind
    end
order by told.row, rules.rank
