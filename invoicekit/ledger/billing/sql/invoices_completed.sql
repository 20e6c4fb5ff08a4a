-- Incoming invoices with the amounts their lines and one another make.
-- Sums follow EN 16931: the net of the document is the sum of its lines (BT-106, BT-109); tax is worked out
-- once for each rate (BT-117). Where the document states an amount, that is what was issued, and it stands.
with rates as (
    select
        lines.row, invoices.currency, coalesce(lines.tax_rate, 0) as tax_rate,
        sum(lines.net)::decimal(18, 4) as net, bool_or(lines.tax_rate is not null) as is_rated
    from completed_lines as lines
    inner join incoming_invoices as invoices using (row)
    group by all
),

from_lines as (
    select
        row, sum(net)::decimal(18, 4) as lines_net,
        sum(tax_on(net, tax_rate, digits(currency)))::decimal(18, 4) as lines_tax, bool_or(is_rated) as is_rated
    from rates
    group by row
),

written as (
    select
        invoices.*, from_lines.lines_net, from_lines.lines_tax, from_lines.is_rated,
        coalesce(
            invoices.total,
            invoices.net + coalesce(invoices.tax, 0),
            from_lines.lines_net + coalesce(invoices.tax, from_lines.lines_tax)
        )::decimal(18, 4) as whole
    from incoming_invoices as invoices
    left join from_lines using (row)
),

-- A credit note written with positive amounts means the same with negative ones, and so do its lines.
signs as (
    select
        row,
        case when coalesce(kind = 'credit_note', false) and whole > 0 then -1 else 1 end as sign,
        (coalesce(kind = 'credit_note', false) or whole < 0) and coalesce(lines_net > 0, false) as turned
    from written
),

signed as (
    select
        written.* replace (
            (sign * net)::decimal(18, 4) as net,
            (sign * tax)::decimal(18, 4) as tax,
            (sign * total)::decimal(18, 4) as total,
            (sign * whole)::decimal(18, 4) as whole,
            case when turned then -lines_net else lines_net end as lines_net,
            case when turned then -lines_tax else lines_tax end as lines_tax
        ),
        turned
    from written
    inner join signs using (row)
),

netted as (
    select *, coalesce(net, whole - tax, lines_net, whole)::decimal(18, 4) as base
    from signed
)

select
    * exclude (whole, base, lines_tax, is_rated) replace (
        whole as total,
        base as net,
        (whole - base)::decimal(18, 4) as tax,
        -- What is owed less is a credit note, whatever the file calls it.
        case when whole < 0 then 'credit_note' else coalesce(kind, 'invoice') end as kind,
        coalesce(status, 'final') as status
    ),
    (lines_net + coalesce(tax, whole - net, lines_tax))::decimal(18, 4) as lines_total,
    -- By how much its lines miss its total, as far as that can be told.
    case
        -- A net that is stated may be less than its lines, or more: discounts and charges on the whole stand between them.
        when net is not null then 0
        -- Prices may include the tax.
        when tax is not null then least(abs(lines_net + tax - whole), abs(lines_net - whole))
        -- Where nobody says how it is taxed, tax is what is left.
        when not is_rated and abs(lines_net) <= abs(whole) and sign(lines_net) * sign(whole) >= 0 then 0
        else abs(lines_net + lines_tax - whole)
    end as missed,
    case when net + tax <> total then tax end as stray_tax
from netted
