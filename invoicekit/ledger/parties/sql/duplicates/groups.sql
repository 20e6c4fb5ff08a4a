-- Groups of one customer each: the best linked one, and those that are themselves alike to it. A chain makes no group,
-- for its ends may be nothing to each other; what only hangs on a member stays a pair.
with links as (
    select a as id, b as other, score from proposed where score >= $threshold
    union all
    select b, a, score from proposed where score >= $threshold
),

ranked as (select id, row_number() over (order by sum(score) desc, id) as rank from links group by id),

heads as (
    select mine.id, mine.rank
    from links
    inner join ranked as mine using (id)
    inner join ranked as theirs on theirs.id = links.other
    group by mine.id, mine.rank
    having mine.rank < min(theirs.rank)
),

members as (
    select links.other as id, arg_max(heads.id, (links.score, -heads.rank)) as head, max(links.score) as score
    from heads
    inner join links using (id)
    group by links.other
    union all
    select id, id, null from heads
)

select
    head,
    id,
    score,
    -- A group is as sure as its weakest link.
    min(score) over (partition by head) as group_score
from members
order by head, id
