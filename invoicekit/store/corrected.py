"""What somebody corrected since an import wrote it: found in the versions that every record keeps.

Field by field, the last change of a value tells who made it and what stood there before. Where a person made
it, and a file says again what stood there before, the file has no news and the correction stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from invoicekit.store.sql import quoted

__all__ = ["corrected", "followed", "kept", "still_corrected"]


def corrected(table: str, fields: Iterable[str], ids: str) -> str:
    """Return the query of records that somebody changed by hand.

    For each field there is a struct: ``before``, and ``by_hand`` where the last change of it was a person's.

    Parameters
    ----------
    ids
        A query of the records that matter.
    """
    names = [quoted(name) for name in fields]
    columns = ", ".join(["id", "operation", *names])
    steps = ", ".join(f"lag({name}) over versions_of as before_{place}" for place, name in enumerate(names))
    changed = [f"filter ({name} is distinct from before_{place})" for place, name in enumerate(names)]
    last = ", ".join(
        f"arg_max({{'before': before_{place}, 'by_hand': by_hand}}, operation) {changed[place]} as {name}"
        for place, name in enumerate(names)
    )
    return f"""
        with by_hand as (
            select id from operations
            where undoes is null and kind <> 'undo' and id not in (select operation from imports)
        ),
        versions as (
            select {columns} from book.main.{quoted(table)} where id in ({ids})
            union all
            select {columns} from book.history.{quoted(table)} where id in ({ids})
        ),
        touched as (select distinct id from versions where operation in (select id from by_hand)),
        steps as (
            select *, operation in (select id from by_hand) as by_hand, {steps}
            from versions
            where id in (select id from touched)
            window versions_of as (partition by id order by operation)
        )
        select id, {last} from steps group by id
    """


def still_corrected(name: str, told: str) -> str:
    """Return the condition that a file says of a field what stood there before somebody corrected it.

    The statement calls the record as it is ``old``, and what `corrected` found ``since``.
    """
    field = quoted(name)
    return (
        f"(coalesce(since.{field}.by_hand, false) and {told} is not null "
        f"and {told} is not distinct from since.{field}.before and old.{field} is distinct from {told})"
    )


def followed(name: str, told: str) -> str:
    """Return the expression of what a field is to hold: the file's word, but where it has none or no news."""
    return (
        f"case when {still_corrected(name, told)} then old.{quoted(name)} else coalesce({told}, old.{quoted(name)}) end"
    )


def kept(told: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """Return the expression that names the fields whose correction is kept; nothing where there is none.

    Parameters
    ----------
    told
        What the file says of each field.
    labels
        What a person calls it.
    """
    named = ", ".join(
        f"case when {still_corrected(name, what)} then '{labels[name]}' end" for name, what in told.items()
    )
    return f"'kept as corrected since: ' || nullif(concat_ws(', ', {named}), '')"
