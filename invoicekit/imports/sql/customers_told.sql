-- Named rows (named_customers) with the key that tells them apart in the file, the first row of each key, and
-- what kind of repetition a later row is. Only what tells rows apart is carried along; the rest joins at the end.
with keyed as (
    select
        line, fault, implicit, external_id, parent, display_name, has_name,
        name_key(display_name) as name_key,
        coalesce('id ' || external_id, 'name ' || name_key(display_name)) as key
    from named_customers
),

repeated as (
    select
        keyed.*, contents.content,
        first(line) over same_key as first_line,
        first(contents.content) over same_key as first_content
    from keyed
    left join customer_contents as contents using (line)
    window same_key as (partition by key order by line rows between unbounded preceding and unbounded following)
)

select
    * exclude (content, first_content),
    case
        when fault is not null then 'faulty'
        when display_name is null then 'nameless'
        when line = first_line or implicit then 'first'
        when content = first_content then 'repeat'
        else 'contradiction'
    end as standing
from repeated
