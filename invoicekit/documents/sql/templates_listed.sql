-- The menu of templates: the usual one of each kind ($kinds), then the book's own.
with menu as (
    select unnest($kinds::varchar[]) as kind, 'default' as name, null::varchar as language, null::bigint as level, false as own
    union all by name
    select name, kind, language, level, true as own from templates
)

select name, kind, language, level, own
from menu
order by own, kind, name
