-- Which operation was taken back by which. An undo that was itself undone no longer counts.
select undone.undoes as operation, undone.id as undone_by
from operations as undone
where
    undone.undoes is not null
    and not exists (select 1 from operations as again where again.undoes = undone.id)
