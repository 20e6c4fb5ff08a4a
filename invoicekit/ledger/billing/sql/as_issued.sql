-- Documents ($ids) as they are issued: who sells, who buys, what stands on them and what it comes to, as one JSON text each.
with documents as materialized (
    select * from invoices where id in (select unnest($ids::bigint[]))
),

lines as (
    select
        lines.invoice,
        list(
            {
                position: position, item: item, description: lines.description, quantity: lines.quantity, unit_price: unit_price,
                unit: case when activities.kind = 'time' and lines.unit_price = activities.rate then 'hour' end,
                price_per: price_per, discount: discount, net: net, gross: gross, tax_category: tax_category,
                tax_rate: lines.tax_rate, covered_by: covered_by, activity: activity, date: activities.date
            }
            order by position
        ) as lines,
        sum(net)::decimal(18, 4) as lines_net, min(activities.date) as since, max(activities.date) as until
    from invoice_lines as lines
    left join activities on activities.id = lines.activity
    where lines.invoice in (select id from documents)
    group by lines.invoice
),

adjustments as (
    select
        invoice,
        list(
            {
                kind: kind, reason: reason, percent: percent, amount: amount, gross: gross, tax_category: tax_category,
                tax_rate: tax_rate
            }
            order by position
        ) as adjustments
    from invoice_adjustments
    where invoice in (select id from documents)
    group by invoice
),

taxes as (
    select
        invoice,
        list({tax_category: tax_category, tax_rate: tax_rate, base: base, tax: tax, reason: reason} order by tax_rate desc, tax_category)
            as taxes
    from invoice_taxes
    where invoice in (select id from documents)
    group by invoice
),

buyers as (
    select
        id, display_name,
        {
            id: id, display_name: display_name, company_name: company_name, first_name: first_name, last_name: last_name,
            address: address, city: city, region: region, postal_code: postal_code, country: country,
            shipping_address: shipping_address, shipping_city: shipping_city, shipping_region: shipping_region,
            shipping_postal_code: shipping_postal_code, shipping_country: shipping_country, tax_id: tax_id, tax_regime: tax_regime,
            invoice_use: invoice_use, buyer_reference: buyer_reference, email: email, phone: phone, language: language, payment_method: payment_method,
            terms: terms
        } as said
    from customers
    where id in (select customer from documents) or id in (select billed_for from documents)
),

seller as (select sellers.* exclude (id, operation, logo, colour) from sellers)

select
    documents.id as invoice, buyers.display_name as buyer_name,
    to_json({
        document: {
            kind: documents.kind, number: documents.number, date: documents.date, due_date: documents.due_date,
            currency: documents.currency, subject: documents.subject, purchase_order: documents.purchase_order, note: documents.note,
            prices_include_tax: documents.prices_include_tax, corrects: corrected.number, corrects_date: corrected.date,
            reason: documents.reason, matter: matter_name(matters.number, matters.title), since: lines.since, until: lines.until
        },
        seller: seller,
        buyer: buyers.said,
        billed_for: others.said,
        lines: coalesce(lines.lines, []),
        adjustments: coalesce(adjustments.adjustments, []),
        taxes: coalesce(taxes.taxes, []),
        totals: {
            lines_net: coalesce(lines.lines_net, documents.net, documents.total), net: documents.net, tax: documents.tax, total: documents.total,
            rounding: coalesce(documents.rounding, 0), payable: (documents.total + coalesce(documents.rounding, 0))::decimal(18, 4)
        }
    })::varchar as content
from documents
inner join buyers on buyers.id = documents.customer
left join buyers as others on others.id = documents.billed_for
left join invoices as corrected on corrected.id = documents.corrects
left join matters on matters.id = documents.matter
left join lines on lines.invoice = documents.id
left join adjustments on adjustments.invoice = documents.id
left join taxes on taxes.invoice = documents.id
left join seller on true
order by documents.id
