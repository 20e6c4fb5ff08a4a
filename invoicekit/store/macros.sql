-- Functions the package's own queries share. They live in the engine's memory, not in the file:
-- public views do without them, so that any DuckDB can read a book.

-- When two display names are the same: trimmed, spaces folded, case-folded.
-- lower() leaves the two letters whose folding is not their lower case.
create or replace macro memory.main.name_key(name) as
    replace(replace(lower(nfc_normalize(trim(regexp_replace(name, '\s+', ' ', 'g')))), 'ß', 'ss'), 'ς', 'σ');

-- How a name is searched: without case and accents.
create or replace macro memory.main.search_key(text) as
    strip_accents(replace(lower(trim(text)), 'ß', 'ss'));

-- Half up, to the digits of the currency; the engine wants the number of digits to be constant,
-- and each branch its own cast: without it all of them take the fewest digits. Nothing for what is out of range.
create or replace macro memory.main.rounded(amount, currency) as
    case digits(currency)
        when 0 then try_cast(round(amount, 0) as decimal(18, 4))
        when 2 then try_cast(round(amount, 2) as decimal(18, 4))
        when 3 then try_cast(round(amount, 3) as decimal(18, 4))
        else try_cast(round(amount, 4) as decimal(18, 4))
    end;

-- An amount in a message: without the zeros it is kept with.
create or replace macro memory.main.plain(amount) as
    regexp_replace(amount::varchar, '\.?0+$', '');
