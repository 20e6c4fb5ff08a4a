-- Every posting with the day from which on its item is settled for good: what is looked up as of that day or later need
-- not read it.
select *, date '9999-12-31' as settled_on
from entries
