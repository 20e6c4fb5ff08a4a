"""Taking an operation back: what can be is undone, the rest is kept and said.

An operation created rows, changed rows or deleted rows. Undoing it removes what it created,
gives back the earlier version of what it changed and puts back what it deleted - as one more
operation, so that it can be undone in turn. Kept are

- rows whose content somebody changed since,
- rows that something else still refers to,
- and, with either, the rest of the same document: an invoice goes with its lines and entries.

Rows are compared by content, not by who wrote them: after a later operation was itself
undone, the earlier one can be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from invoicekit.errors import UndoRefused
from invoicekit.schema import TABLES, Field, Table, versioned
from invoicekit.store.frames import frame
from invoicekit.store.sql import quoted

if TYPE_CHECKING:
    import pandas as pd

    from invoicekit.store.operations import Operation

__all__ = ["Undone", "undo"]


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did.

    Attributes
    ----------
    operation
        The number of the undo itself: it can be undone.
    undid
        The number of the operation taken back.
    counts
        Rows given back or taken out, by table.
    kept
        Rows left as they are: ``table``, ``record``, ``reason``, and ``operation``, the one
        that touched them last.
    """

    operation: int
    undid: int
    counts: dict[str, int]
    kept: pd.DataFrame

    def __str__(self) -> str:
        rows = ", ".join(f"{count:,} {table}" for table, count in self.counts.items()) or "nothing"
        kept = f"; {len(self.kept):,} rows kept, see .kept" if len(self.kept) else ""
        return f"Operation {self.undid} undone: {rows}{kept}."

    def _repr_html_(self) -> str:
        table: str = self.kept.to_html(index=False, na_rep="") if len(self.kept) else ""
        return f"<p>{self}</p>{table}"


def undo(op: Operation, target: int) -> Undone:
    """Take an operation back, inside an open operation.

    Raises
    ------
    UndoRefused
        If there is no such operation, if it was undone already, or if nothing of it is left
        to undo.
    """
    earlier = _earlier_undo(op, target)
    touched = _touched(op, target)
    for table in touched:
        _list_candidates(op, table, target)
    _keep_what_others_need(op, touched, target)
    counts = {table.name: count for table in reversed(touched) if (count := _take_back(op, table, target))}
    op.undoes = target
    op.wrote = True
    op.tables.update(counts)
    kept = [
        op.arrow(
            f"select '{table.name}' as \"table\", id as record, kept_because as reason, cause as operation from {_list(table)} "
            "where kept_because is not null order by id"
        )
        for table in touched
    ]
    if not counts and earlier:
        raise UndoRefused(earlier)
    if not counts:
        raise UndoRefused(
            f"Operation {target} cannot be undone: nothing it wrote is left as it wrote it. " + _first_reasons(kept)
        )
    for table in touched:
        _still_unique(op, table, target)
    op.summary = f"undid operation {target}"
    return Undone(op.id, target, dict(reversed(counts.items())), frame(pa.concat_tables(kept)))


def _earlier_undo(op: Operation, target: int) -> str:
    """Return what to say where nothing is left to undo because it was undone already."""
    found = op.rows(
        "select o.kind, u.undone_by from operations o left join undone_operations u on u.operation = o.id "
        "where o.id = $target order by u.undone_by desc",
        target=target,
    )
    if not found:
        raise UndoRefused(f"There is no operation {target}. book.operations() lists what was done.")
    if found[0]["undone_by"] is None:
        return ""
    return (
        f'Operation {target} ("{found[0]["kind"]}") was undone already, by operation '
        f"{found[0]['undone_by']}. Undo that one to have it back."
    )


def _touched(op: Operation, target: int) -> list[Table]:
    """Return the tables in which an operation wrote or ended anything."""
    looked = " union all ".join(
        f"select '{table.name}' as name where exists (select 1 from book.main.{quoted(table.name)} where operation = $target) "
        f"or exists (select 1 from book.history.{quoted(table.name)} where operation = $target or ended_by = $target)"
        for table in versioned()
    )
    names = {row["name"] for row in op.rows(looked, target=target)}
    return [table for table in versioned() if table.name in names]


def _list(table: Table) -> str:
    return quoted(f"_undo_{table.name}")


def _list_candidates(op: Operation, table: Table, target: int) -> None:
    """List the rows the operation wrote in a table, and whether they are still as it wrote them."""
    present, past = f"book.main.{quoted(table.name)}", f"book.history.{quoted(table.name)}"
    names = [quoted(name) for name in table.names]
    columns = ", ".join(names)
    differs = " or ".join(f"present.{name} is distinct from wrote.{name}" for name in names if name != '"id"')
    op.derive(
        f"_undo_{table.name}",
        f"""
        with wrote as (
            select {columns} from {present} where operation = $target
            union all
            select {columns} from {past} where operation = $target
        ),
        ended as (select id from {past} where ended_by = $target),
        touched as (select id from wrote union select id from ended)
        select
            touched.id,
            case
                when wrote.id is null then 'put back'
                when ended.id is null then 'take out'
                else 'give back'
            end as action,
            case
                when wrote.id is null and present.id is not null then 'it is there again'
                when wrote.id is not null and present.id is null then 'it was taken out since'
                when wrote.id is not null and ({differs}) then 'it was changed since'
            end as kept_because,
            case when kept_because is not null then coalesce(present.operation, gone.ended_by) end as cause
        from touched
        left join wrote using (id)
        left join ended using (id)
        left join {present} as present using (id)
        left join (
            select id, max(ended_by) as ended_by from {past} where id in (select id from touched) group by id
        ) as gone using (id)
        """,
        target=target,
    )


def _keep_what_others_need(op: Operation, touched: list[Table], target: int) -> None:
    """Spread the reasons to keep rows until nothing more has to be kept."""
    names = {table.name for table in touched}
    links = [
        (table, field)
        for table in versioned()
        for field in table.references
        if field.references in names or table.name in names
    ]
    moved = {table.name: _moved_references(op, table, target) for table in touched}
    while sum(_spread(op, table, field, names, moved.get(table.name, set()), target) for table, field in links):
        pass


def _moved_references(op: Operation, table: Table, target: int) -> set[str]:
    """Return the references that rows would hold otherwise than now, were they given back."""
    names = [field.name for field in table.references]
    if not names:
        return set()
    counts = ", ".join(
        f"count(*) filter (past.{quoted(name)} is distinct from present.{quoted(name)}) as {quoted(name)}"
        for name in names
    )
    found = op.rows(
        f"select {counts} from book.history.{quoted(table.name)} past "
        f"left join book.main.{quoted(table.name)} present using (id) where past.ended_by = $target",
        target=target,
    )
    return {name for name in names if found[0][name]}


def _spread(op: Operation, table: Table, field: Field, touched: set[str], moved: set[str], undoing: int) -> int:
    """Keep what a reference needs; return how many rows were added to those kept."""
    target = TABLES[field.references or ""]
    column, past = quoted(field.name), f"book.history.{quoted(table.name)}"
    here = f"select id, {column} as needs, operation from book.main.{quoted(table.name)} where {column} is not null"
    kept = 0
    if target.name in touched:
        # Whatever stays as it is and refers to a row that would go, keeps it.
        going = f"select id from {_list(table)} where kept_because is null" if table.name in touched else "select 0"
        wanted = f"select id from {_list(target)} where kept_because is null and action = 'take out'"
        if op.rows(f"{wanted} limit 1"):
            kept += _mark(
                op, target, "take out", f"a record of {table.name} refers to it",
                f"with needing as materialized (select * from ({here}) where needs in ({wanted})) "
                f"select needs as id, max(operation) as cause from needing where id not in ({going}) group by all",
            )  # fmt: skip
    if table.name not in touched:
        return kept
    # What would come back may refer to what is there no more, or goes now.
    gone = back = "select 0 where false"
    if target.name in touched:
        gone = f"select id from {_list(target)} where kept_because is null and action = 'take out'"
        back = f"select id from {_list(target)} where kept_because is null and action = 'put back'"
    earlier = f"select id, {column} as needs, ended_by from {past} where ended_by = {undoing} and {column} is not null"
    there = f"select id from book.main.{quoted(target.name)} where id in (select needs from ({earlier}))"
    if field.name in moved or op.rows(f"{gone} limit 1"):
        kept += _mark(
            op, table, None, f"its earlier version refers to a record of {target.name} that is gone",
            f"with there as materialized ({there}) "
            f"select id, ended_by as cause from ({earlier}) join {_list(table)} mine using (id) "
            f"where mine.action <> 'take out' and (needs in ({gone}) or "
            f"(needs not in (select id from there) and needs not in ({back})))",
        )  # fmt: skip
    if field.part_of and target.name in touched:
        # A document and its parts are undone together or not at all.
        parts = f"select id, needs from ({here}) union all select id, needs from ({earlier})"
        staying, stays = (
            f"select id from {_list(target)} where kept_because is not null",
            f"from {_list(table)} where kept_because is not null",
        )
        if op.rows(f"{staying} limit 1"):
            kept += _mark(
                op, table, None, f"it belongs to a record of {target.name} that is kept",
                f"select part.id, max(document.cause) as cause from ({parts}) part join {_list(target)} document "
                f"on document.id = part.needs where part.needs in ({staying}) group by all",
            )  # fmt: skip
        if op.rows(f"select id {stays} limit 1"):
            kept += _mark(
                op, target, None, f"a record of {table.name} that belongs to it is kept",
                f"select part.needs as id, max(mine.cause) as cause from ({parts}) part join {_list(table)} mine "
                f"on mine.id = part.id where part.id in (select id {stays}) group by all",
            )  # fmt: skip
    return kept


def _mark(op: Operation, table: Table, action: str | None, reason: str, needed: str) -> int:
    op.derive("_needed", needed)
    which = f"kept_because is null and id in (select id from _needed) {f'and action = {action!r}' if action else ''}"
    count = op.rows(f"select count(*) as n from {_list(table)} where {which}")[0]["n"]
    if count:
        op.cursor.execute(
            f"update {_list(table)} mine set kept_because = $reason, cause = needed.cause from _needed needed "
            f"where needed.id = mine.id and mine.kept_because is null {f'and mine.action = {action!r}' if action else ''}",
            {"reason": reason},
        )
    return int(count)


def _take_back(op: Operation, table: Table, target: int) -> int:
    """Write the undo of one table and return how many rows it concerns."""
    names = ", ".join(f"past.{quoted(name)}" for name in table.names)
    past = f"book.history.{quoted(table.name)}"
    earlier = (
        f"select {names} from {past} past join {_list(table)} mine using (id) "
        "where mine.kept_because is null and mine.action = $action and past.ended_by = $target"
    )
    out = op.arrow(f"select id from {_list(table)} where kept_because is null and action = 'take out'")
    op.delete(table.name, out.column("id").to_pylist())
    op.update(table.name, op.arrow(earlier, action="give back", target=target))
    op.insert(table.name, op.arrow(earlier, action="put back", target=target))
    return int(op.rows(f"select count(*) as n from {_list(table)} where kept_because is null")[0]["n"])


def _still_unique(op: Operation, table: Table, target: int) -> None:
    """Refuse an undo by which two rows would share what must be unique."""
    present, past = f"book.main.{quoted(table.name)}", f"book.history.{quoted(table.name)}"
    for what, expression in table.unique.items():
        # Only rows whose key this undo brought back can meet another one.
        brought = (
            f"select distinct {expression} as key from {present} where operation = {op.id} and {expression} is not null "
            f"except select {expression} from {past} where ended_by = {op.id}"
        )
        keys = [row["key"] for row in op.rows(brought)]
        twice = keys and op.rows(
            f"select any_value({expression}) as value, list(id order by id) as ids from {present} "
            f"where {expression} in $keys group by {expression} having count(*) > 1 limit 1",
            keys=keys,
        )
        if twice:
            raise UndoRefused(
                f'Operation {target} cannot be undone: the {what} "{_told(twice[0]["value"])}" would then be that of the '
                f"{table.name} {' and '.join(map(str, twice[0]['ids']))}. Change one of them first."
            )


def _told(key: str) -> str:
    """Return a key as a person reads it: its last part is what the record is called."""
    return key.rpartition("\x1f")[2]


def _first_reasons(kept: list[pa.Table]) -> str:
    rows = [row for table in kept for row in table.slice(0, 3).to_pylist()][:3]
    return " ".join(
        f"Record {row['record']} of {row['table']}: {row['reason']} (operation {row['operation']})." for row in rows
    )
