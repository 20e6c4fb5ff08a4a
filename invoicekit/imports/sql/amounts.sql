-- Typed amounts, exact: a column of cells (nth, text, native) read with one decimal mark.
-- A group of thousands has three digits; a sign or code of a currency may stand before or behind; parentheses come in
-- pairs. What does not fit is a problem, never a guess.
with written as (
    select
        nth, text, native,
        -- A dash after the decimal mark stands for no cents: "100,-".
        regexp_replace(
            replace(regexp_replace(text, '[\s\x{00a0}\x{202f}\x{2009}]+', '', 'g'), '−', '-'),
            '([0-9][.,])(?:--?|[–—])((?:[A-Z]{3}|[€$£¥₣])?\)?)$', '\1\2'
        ) as dense
    from cells
),

taken_apart as (
    select
        *,
        regexp_extract(
            dense,
            '^(\(|[+-])?([A-Z]{2,3}\$?|[€$£¥₣]|[A-Z]{0,2}\$)?(\(|[+-])?([0-9.,''’]+)(%)?([A-Z]{3}|[€$£¥₣])?(\)|-)?$',
            ['before', 'code', 'inner', 'digits', 'percent', 'behind', 'after']
        ) as part
    from written
),

plain as (
    select
        nth, text, native, part.percent = '%' as is_percent,
        coalesce(nullif(part.code, ''), nullif(part.behind, '')) as mark,
        part.before || part.inner in ('-', '(') or part.after = '-' as is_negative,
        -- One sign at most, parentheses both or neither, and a currency on one side only.
        part.digits <> ''
        and length(part.before || part.inner) <= 1
        and (part.before || part.inner = '(') = (part.after = ')')
        and not (part.before || part.inner in ('-', '+') and part.after = '-')
        and not (part.code <> '' and part.behind <> '') as looks_right,
        case
            when native then part.digits
            when $decimal = ',' and regexp_full_match(part.digits, '\d{1,3}([.''’]\d{3})+(,\d*)?|\d*(,\d+)?|\d+,')
                then replace(regexp_replace(part.digits, '[.''’]', '', 'g'), ',', '.')
            when $decimal = '.' and regexp_full_match(part.digits, '\d{1,3}([,''’]\d{3})+(\.\d*)?|\d*(\.\d+)?|\d+\.')
                then regexp_replace(part.digits, '[,''’]', '', 'g')
        end as number
    from taken_apart
),

valued as (
    select *, try_cast(number as decimal(38, 12)) as size from plain
)

select
    nth,
    case when is_negative then -size else size end as value,
    mark,
    case
        when text = '' then null
        when not looks_right or number is null or number = '' or size is null
            then 'is not a number' || case when native then '' else ' written with the decimal mark ' || $decimal end
        when is_percent and not $percent then 'is a percentage, not an amount'
    end as fault
from valued
order by nth
