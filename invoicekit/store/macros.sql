-- Functions the package's own queries share. They live in the engine's memory, not in the file:
-- public views do without them, so that any DuckDB can read a book.

-- When two display names are the same: trimmed, spaces folded, case-folded.
-- lower() leaves the two letters whose folding is not their lower case.
create or replace macro memory.main.name_key(name) as
    replace(replace(lower(nfc_normalize(trim(regexp_replace(name, '\s+', ' ', 'g')))), 'ß', 'ss'), 'ς', 'σ');

-- How a name is searched: without case and accents.
create or replace macro memory.main.search_key(text) as
    strip_accents(replace(lower(trim(text)), 'ß', 'ss'));

-- Half up, to some digits; the engine wants their number to be constant, and each branch its own cast: without it all of
-- them take the fewest digits. Nothing for what is out of range.
create or replace macro memory.main.rounded_to(amount, places) as
    case places
        when 0 then try_cast(round(amount, 0) as decimal(18, 4))
        when 2 then try_cast(round(amount, 2) as decimal(18, 4))
        when 3 then try_cast(round(amount, 3) as decimal(18, 4))
        else try_cast(round(amount, 4) as decimal(18, 4))
    end;

-- Half up, to the digits of the currency.
create or replace macro memory.main.rounded(amount, currency) as rounded_to(amount, digits(currency));

-- An amount in a message: without the zeros it is kept with.
create or replace macro memory.main.plain(amount) as
    regexp_replace(amount::varchar, '\.?0+$', '');

-- Whole numbers divided, half up. Decimals divided would be binary numbers.
create or replace macro memory.main.half_up(number, divisor) as (2 * number + divisor) // (2 * divisor);

-- What time comes to, at the price of an hour: exact until it is rounded, once, to the digits of the currency.
create or replace macro memory.main.hours_worth(seconds, rate, places) as
    try_cast(
        half_up(
            (seconds::decimal(30, 4) * 10000)::hugeint * (rate::decimal(30, 6) * 1000000)::hugeint,
            case places when 0 then 36000000000000 when 2 then 360000000000 when 3 then 36000000000 else 3600000000 end
        )::decimal(30, 0)
        * case places when 0 then 1 when 2 then 0.01 when 3 then 0.001 else 0.0001 end
        as decimal(18, 4)
    );

-- Time rounded up to whole steps of some minutes, each entry by itself; as it is where there is no step.
create or replace macro memory.main.rounded_up(seconds, minutes) as
    case
        when coalesce(minutes, 0) = 0 then seconds
        else (((seconds * 10000)::bigint + minutes * 600000 - 1) // (minutes * 600000) * minutes * 60)::decimal(18, 4)
    end;

-- Seconds as hours, for a person: six decimals, half up.
create or replace macro memory.main.hours(seconds) as
    (half_up(abs(seconds * 10000)::bigint, 36)::decimal(18, 0) * 0.000001 * sign(seconds))::decimal(18, 6);

-- A matter as it is named in a sentence.
create or replace macro memory.main.matter_name(number, title) as nullif(concat_ws(' ', number, title), '');

-- An activity as it is named in a sentence.
create or replace macro memory.main.activity_name(id, date, description) as
    'activity ' || id || ' of ' || date || coalesce(' (' || left(description, 40) || ')', '');

-- An amount in the smallest units of a currency that has some digits, as a whole number, and back.
create or replace macro memory.main.in_units(amount, places) as
    (amount::decimal(38, 4) * 10000)::hugeint // case places when 0 then 10000 when 2 then 100 when 3 then 10 else 1 end;
create or replace macro memory.main.of_units(units, places) as
    try_cast(
        units::decimal(30, 0) * case places when 0 then 1 when 2 then 0.01 when 3 then 0.001 else 0.0001 end as decimal(18, 4)
    );

-- Whole numbers divided, half up, away from zero on either side of it.
create or replace macro memory.main.shared(number, divisor) as
    sign(number)::integer * sign(divisor)::integer * half_up(abs(number), abs(divisor));

-- What a line comes to: quantity times price, rounded once, less its discount (EN 16931, BT-131). Products are worked out
-- with 38 digits, and a price for several in whole numbers: the engine's own choices overflow, or are binary. A price for none, or for
-- less, is no price.
create or replace macro memory.main.line_worth(quantity, price, per, discount, places) as
    case
        when coalesce(per, 1) = 1 then rounded_to(coalesce(quantity, 1)::decimal(38, 6) * price, places)
        when per > 0 then of_units(
            shared(
                (coalesce(quantity, 1)::decimal(38, 6) * 1000000)::hugeint * (price::decimal(38, 6) * 1000000)::hugeint,
                (per::decimal(38, 6) * 1000000)::hugeint * case places when 0 then 1000000 when 2 then 10000 when 3 then 1000 else 100 end
            ),
            places
        )
    end - coalesce(discount, 0);

-- Tax on what one category and rate come to: worked out on the sum, rounded once (EN 16931, BT-117, BR-CO-17).
create or replace macro memory.main.tax_on(base, rate, places) as
    rounded_to(base::decimal(38, 4) * rate * 0.01, places);

-- The day some units after a first one: the 31st of a month, or the last where it is shorter.
create or replace macro memory.main.days_on(first, units, unit) as
    (first + case unit
        when 'day' then to_days(units::integer)
        when 'week' then to_days((units * 7)::integer)
        when 'month' then to_months(units::integer)
        else to_months((units * 12)::integer)
    end)::date;

-- How tax is charged on a line: as it says; what was paid out for the buyer stands outside; else as the buyer is taxed, as the seller
-- is, or by its rate.
create or replace macro memory.main.taxed_as(said, taxable, buyer, exemption, rate) as
    coalesce(
        said, case when not taxable then 'exempt' end, buyer, case when exemption is not null then 'exempt' end,
        case when coalesce(rate, 0) = 0 then 'zero_rated' else 'standard' end
    );
