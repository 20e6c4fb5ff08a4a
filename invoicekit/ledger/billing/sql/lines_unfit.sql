-- What is wrong with lines, discounts and charges about to be written (worth_lines, worth_adjustments).
with problems as (
    select
        row, place, 'no price' as code,
        'Line ' || place || coalesce(' (' || left(description, 40) || ')', '')
        || case when unit_price is null then ' has no price.' else ' comes to more than fourteen digits.' end as problem,
        case when unit_price is null then 'Give its unit_price, or what it comes to as net.' else 'Correct its quantity or its price.' end as hint
    from worth_lines
    where worth is null and coalesce(price_per, 1) > 0

    union all
    select
        lines.row, place, 'too fine',
        'Line ' || place || ' comes to ' || plain(lines.worth) || ', parts of the smallest unit of ' || drafted.currency || '.',
        'Round its discount, or its amount, to ' || drafted.places || ' decimals.'
    from worth_lines as lines
    inner join drafted using (row)
    where rounded_to(lines.worth, drafted.places) <> lines.worth

    union all
    select
        given.row, place, 'too fine',
        'The ' || given.kind || ' "' || given.reason || '" is ' || plain(amount) || ', parts of the smallest unit of ' || currency || '.',
        'Round it to ' || places || ' decimals.'
    from drafted_adjustments as given
    inner join drafted using (row)
    where rounded_to(amount, places) <> amount

    union all
    select
        row, 0, 'coin', 'The amount to pay cannot be rounded to ' || plain(smallest_coin) || ' ' || currency || ': that is no whole number of units.',
        'Give smallest_coin with ' || places || ' decimals at most, such as 0.05 for francs.'
    from drafted
    where rounded_to(smallest_coin, places) <> smallest_coin

    union all
    select
        row, place, 'taxed', 'Line ' || place || ' says a tax rate of ' || plain(given.tax_rate) || ' and is ' || given.tax_category
        || ', on which no tax is charged.',
        'Leave the rate out, or charge it as standard.'
    from drafted_lines as given
    where
        given.tax_rate <> 0 and given.tax_category in ('zero_rated', 'exempt', 'reverse_charge', 'intra_community', 'export', 'not_subject')

    union all
    select row, place, 'rate', 'Line ' || place || ' says it is taxed, and no rate.', 'Give its tax_rate, or the customer one.'
    from worth_lines
    where tax_category in ('standard', 'split_payment') and tax_rate = 0

    union all
    select row, place, 'price per', 'Line ' || place || ' has a price for ' || plain(price_per) || ': a price is for some quantity.',
        'Leave price_per out, or give a positive number.'
    from worth_lines
    where price_per <= 0

    union all
    select row, place, 'discount', 'The discount of line ' || place || ' cannot be worked out without a price.',
        'Give its unit_price, and leave net out.'
    from worth_lines
    where unit_price is null and coalesce(discount, 0) <> 0

    union all
    select lines.row, lines.place, 'net',
        'Line ' || lines.place || ' is said to come to ' || plain(given.net) || ', and its quantity and price make ' || plain(lines.worth) || '.',
        'Leave net out, or correct them.'
    from worth_lines as lines
    inner join drafted_lines as given using (row, place)
    where given.net is not null and lines.unit_price is not null and given.net <> lines.worth and lines.covered_by is null
)

select row, code, problem, hint
from problems
order by row, place, code desc
