"""Undo, as far as the rules of the ledger allow it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from invoicekit.errors import UndoRefused
from invoicekit.ledger.check import leads_to_merged
from invoicekit.ledger.locks import must_leave_locked_days
from invoicekit.ledger.part import statement
from invoicekit.schema import TABLES
from invoicekit.store import Store, Undone
from invoicekit.store import undo as take_back

__all__ = ["undo"]


def undo(store: Store, operation: int) -> Undone:
    """Take an operation back, and see that every rule still holds afterwards.

    Raises
    ------
    UndoRefused
        If there is no such operation, nothing of it is left to undo, or what would be there
        afterwards breaks a rule: money settled twice, a customer above itself. Nothing is
        changed then.
    """
    if store.current is not None:
        raise UndoRefused("Undo is an operation of its own. Do it before or after the one that is open.")
    with store.operation("undo") as op:
        undone = take_back(op, operation)
        refused = f"Operation {operation} cannot be undone"
        must_leave_locked_days(op, refused, UndoRefused)
        proofs = [
            statement(name) for name in sorted({_PROOFS[table] for table in undone.counts.keys() & _PROOFS.keys()})
        ]
        proofs += [query for table in undone.counts for query in leads_to_merged(TABLES[table])]
        for query in proofs:
            now = _findings(op.rows(query, operation=op.id))
            # What was wrong before is no reason to refuse.
            before = _findings(store.rows(query, known=op.id - 1, operation=None)) if now else set()
            for finding in sorted(now - before):
                raise UndoRefused(f"{refused}: {finding}. Undo what was done since first.")
        return undone


# Which proof a table's rows are part of.
_PROOFS = {
    "customers": "check_trees",
    **dict.fromkeys(("invoices", "payments", "allocations", "entries"), "check_amounts"),
}


def _findings(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    return {row["finding"] for row in rows}
