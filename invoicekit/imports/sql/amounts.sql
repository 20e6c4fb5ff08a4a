-- Typed amounts, exact: a column of cells (text, native) read with one decimal mark.
-- A group of thousands has three digits; what does not fit is a problem, never a guess.
with written as (
    select
        text, native, nth,
        -- What stands around the digits: currency signs and codes, percent, spaces of every kind.
        regexp_replace(text, '[\s\x{00a0}\x{202f}\x{2009}]+', '', 'g') as dense
    from cells
),

signed as (
    select
        *,
        dense like '(%)' or dense like '-%' or dense like '%-' or dense like '−%' as is_negative,
        regexp_replace(dense, '^[^0-9.,]+|[^0-9.,]+$', '', 'g') as digits,
        -- Letters inside, or anything but a sign or currency around, is no amount.
        regexp_full_match(
            dense,
            '[(+\-−]?([A-Za-z]{1,3}\$?|[€$£¥₣])?[(+\-−]?[0-9.,''’]+%?([A-Za-z]{1,3}|[€$£¥₣])?[)\-−]?(CR|DR)?'
        ) as looks_right
    from written
),

plain as (
    select
        *,
        case
            when native then digits
            when $decimal = ',' and regexp_full_match(digits, '\d{1,3}([.''’]\d{3})+(,\d*)?|\d*(,\d+)?|\d+,')
                then replace(regexp_replace(digits, '[.''’]', '', 'g'), ',', '.')
            when $decimal = '.' and regexp_full_match(digits, '\d{1,3}([,''’]\d{3})+(\.\d*)?|\d*(\.\d+)?|\d+\.')
                then regexp_replace(digits, '[,''’]', '', 'g')
        end as number
    from signed
)

select
    nth,
    case when is_negative then -try_cast(number as decimal(38, 12)) else try_cast(number as decimal(38, 12)) end as value,
    case
        when text = '' then null
        when not looks_right or number is null or number = '' or try_cast(number as decimal(38, 12)) is null
            then 'is not a number' || case when native then '' else ' written with the decimal mark ' || $decimal end
    end as fault
from plain
order by nth
