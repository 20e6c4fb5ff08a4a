-- How often somebody tried to sign in since it last succeeded or their password was set, and when last. By number, because a
-- clock can be set.
select count(*) as failed, max(attempted_at) as last
from sign_ins
where
    outcome = 'tried' and name_key(name) = name_key($name)
    and id > coalesce((
        select max(id) from sign_ins where outcome <> 'tried' and name_key(name) = name_key($name)
    ), 0)
