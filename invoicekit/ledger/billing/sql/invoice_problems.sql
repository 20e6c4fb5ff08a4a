-- What is wrong with invoices about to be recorded (completed_invoices).
with problems as (
    select
        row, 'customer' as field, customer::varchar as value, 'unknown customer' as code, 1 as rank,
        'There is no customer ' || coalesce('"' || source_customer || '"', customer::varchar, '') || ' to bill.' as problem,
        'Add the customer first.' as hint
    from completed_invoices
    where
        customer is null or customer not in (
            select id from customers where true
            -- few: customers.id = completed_invoices.customer
        )

    union all
    select
        row, 'total', null, 'no total', 2,
        'Invoice ' || number || ' has no amount, or one out of range.',
        'Give its total, or lines with a price.'
    from completed_invoices
    where total is null

    union all
    select
        row, 'number', number, 'no number', 2,
        'An invoice of ' || date || ' has no number.',
        'Give it as printed.'
    from completed_invoices
    where trim(coalesce(number, '')) = ''

    union all
    select
        lines.row, 'price_per', lines.price_per::varchar, 'price per', 1,
        'A line of invoice ' || invoices.number || ' has a price for ' || plain(lines.price_per) || ': a price is for some.',
        'Leave price_per out, or give a positive number.'
    from completed_lines as lines
    inner join completed_invoices as invoices using (row)
    where lines.price_per <= 0

    union all
    select
        row, 'total', total::varchar, 'lines do not tie', 4,
        'Invoice ' || number || ' does not tie: its lines and tax make ' || plain(lines_total) || ', not its total ' || plain(total) || '.',
        'Correct a line, or leave the total out.'
    from completed_invoices
    -- Other systems round otherwise, by a cent or so for a line, or to a coin; of a file it is said beside the invoice.
    where
        $by_hand and missed > of_units(
            5 + (select count(*) from completed_lines as lines where lines.row = completed_invoices.row), digits(currency)
        )

    union all
    select
        row, 'status', status, 'draft', 3,
        'Invoice ' || number || ' is a draft: it was never issued.',
        'Issue it where it was written, or leave it out.'
    from completed_invoices
    where status = 'draft'

    union all
    select
        row, 'tax', stray_tax::varchar, 'does not tie', 4,
        'Invoice ' || number || ' does not tie: net ' || plain(net) || ' and tax ' || plain(stray_tax)
        || ' do not make its total ' || plain(total) || '.',
        'Correct the amounts, or leave one of them out.'
    from completed_invoices
    where stray_tax is not null

    union all
    select
        row, 'total', total::varchar, 'too fine', 5,
        'Invoice ' || number || ' holds parts of the smallest unit of ' || currency || ': ' || plain(total) || '.',
        'Round its amounts to ' || digits(currency) || ' decimals first.'
    from completed_invoices
    where rounded(total, currency) <> total or rounded(net, currency) <> net

    union all
    select
        new.row, 'number', new.number, 'number taken', 6,
        'Customer ' || customers.display_name || ' holds an invoice ' || new.number || ' already (record ' || old.id || ').',
        'Undo what recorded that one, or correct the number.'
    from completed_invoices as new
    inner join invoices as old
        on
            old.series = 'external' and old.number = new.number and old.source = new.source and old.kind = new.kind
            and (old.recorded_for = new.recorded_for or (old.customer = new.customer and $by_hand))
            -- few: old.number = completed_invoices.number
    inner join customers on customers.id = old.customer

    union all
    select
        row, 'number', number, 'number twice', 7,
        'Invoice ' || number || ' stands twice for one customer, who is written in two ways.',
        'Leave one of them out, or correct the number.'
    from completed_invoices
    where customer is not null
    qualify row_number() over (partition by recorded_for, source, number, kind order by row) > 1

    union all
    select
        completed_invoices.row, 'date', completed_invoices.date::varchar, 'locked', 9,
        'Invoice ' || completed_invoices.number || ' of ' || completed_invoices.date
        || ' cannot be recorded: the book is locked up to ' || lock.lock_date || '.',
        'Date it later, or set book.settings.lock_date to an earlier day first.'
    from completed_invoices
    inner join (
        select value::date as lock_date from settings where name = 'lock_date' and value is not null
    ) as lock on completed_invoices.date <= lock.lock_date
)

select row, field, value, code, problem, hint
from problems
order by row, rank
