"""Records that become one: every reference to the one goes to the other.

Which fields refer to a table is read from the registry, so that a new reference is followed from
the day it is declared.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from invoicekit.schema import Field, Table, references_to
from invoicekit.store.sql import quoted

if TYPE_CHECKING:
    from invoicekit.store.operations import Operation

__all__ = ["referring", "repoint"]


def referring(name: str) -> str:
    """Return the query of what refers to records of a table, $ids.

    It gives ``table``, ``field``, ``rows`` and, where the rows hold money, ``currency`` and
    ``amount``: a row for each reference and currency.
    """
    counted = (_count(place, table, field) for place, (table, field) in enumerate(_followed(name)))
    counts = " union all ".join(counted)
    return f'select * exclude (place) from ({counts}) where "rows" > 0 order by place, currency'


def repoint(op: Operation, name: str, ids: Sequence[int], to: int) -> None:
    """Let everything that refers to records of a table refer to another one instead.

    A row that only ties records together, and ties the same ones as another row afterwards - both
    were clients of one matter - is taken out.
    """
    touched = _touched(op, name, ids)
    for table, fields in groupby(_followed(name), key=lambda pair: pair[0]):
        if table.name not in touched:
            continue
        if op.refer(table.name, [field.name for _, field in fields], ids, to) and _only_ties(table):
            _take_out_twins(op, table)


def _touched(op: Operation, name: str, ids: Sequence[int]) -> set[str]:
    """Return the tables in which anything refers to the records."""
    looked = " union all ".join(
        f"select '{table.name}' as name where exists "
        f"(select 1 from {quoted(table.name)} where {quoted(field.name)} in $ids)"
        for table, field in _followed(name)
    )
    return {row["name"] for row in op.rows(looked, ids=[*ids])}


def _only_ties(table: Table) -> bool:
    """Say whether rows of a table say nothing but which records belong together."""
    return bool(table.unique) and all(field.references for field in table.fields if field.name != "id")


def _followed(name: str) -> list[tuple[Table, Field]]:
    return [(table, field) for table, field in references_to(name) if table.versioned]


def _count(place: int, table: Table, field: Field) -> str:
    money = next((column for column in ("amount", "total") if {column, "currency"} <= {*table.names}), None)
    currency, amount = (
        ("held.currency", f"sum(held.{money})::decimal(18, 4)") if money else ("null", "null::decimal(18, 4)")
    )
    return (
        f"select {place} as place, '{table.name}' as \"table\", '{field.name}' as field, count(*) as \"rows\", "
        f"{currency}::varchar as currency, {amount} as amount from {quoted(table.name)} held "
        f"where held.{quoted(field.name)} in $ids group by all"
    )


def _take_out_twins(op: Operation, table: Table) -> None:
    for expression in table.unique.values():
        twins = op.rows(
            f"select id from (select id, row_number() over (partition by {expression} order by operation, id) as nth "
            f"from {quoted(table.name)}) where nth > 1"
        )
        op.delete(table.name, [row["id"] for row in twins])
