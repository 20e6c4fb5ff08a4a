-- Incoming invoices with the amounts their lines and one another make.
-- Sums follow EN 16931: the net of the document is the sum of its lines (BT-106, BT-109); tax is worked out
-- once for each rate (BT-117). Where the document states an amount, that is what was issued, and it stands.
with rates as (
    select
        lines.row, invoices.currency, coalesce(lines.tax_rate, 0) as tax_rate,
        sum(lines.net)::decimal(18, 4) as net
    from completed_lines as lines
    inner join incoming_invoices as invoices using (row)
    group by all
),

from_lines as (
    select
        row, sum(net)::decimal(18, 4) as net,
        sum(rounded(net::decimal(38, 4) * tax_rate * 0.01, currency))::decimal(18, 4) as tax
    from rates
    group by row
),

-- A credit note written with positive amounts means the same with negative ones.
signs as (
    select
        invoices.row,
        coalesce(invoices.kind = 'credit_note', false)
        and coalesce(invoices.total, invoices.net, from_lines.net, 0) > 0 as turned
    from incoming_invoices as invoices
    left join from_lines using (row)
),

signed as (
    select
        invoices.* replace (
            case when turned then -invoices.net else invoices.net end as net,
            case when turned then -invoices.tax else invoices.tax end as tax,
            case when turned then -invoices.total else invoices.total end as total
        ),
        case when turned then -from_lines.net else from_lines.net end as lines_net,
        case when turned then -from_lines.tax else from_lines.tax end as lines_tax,
        turned
    from incoming_invoices as invoices
    inner join signs using (row)
    left join from_lines using (row)
),

totalled as (
    select
        *,
        coalesce(total, net + coalesce(tax, 0), lines_net + coalesce(tax, lines_tax))::decimal(18, 4) as whole
    from signed
),

netted as (
    select *, coalesce(net, whole - tax, whole - lines_tax, whole)::decimal(18, 4) as base
    from totalled
)

select
    * exclude (whole, base, lines_net, lines_tax) replace (
        whole as total,
        base as net,
        (whole - base)::decimal(18, 4) as tax,
        coalesce(kind, case when whole < 0 then 'credit_note' else 'invoice' end) as kind,
        coalesce(status, 'final') as status
    ),
    lines_net,
    (lines_net + coalesce(tax, lines_tax))::decimal(18, 4) as lines_total
from netted
