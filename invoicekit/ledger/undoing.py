"""Undo, as far as the rules of the ledger allow it."""

from __future__ import annotations

from invoicekit.errors import UndoRefused
from invoicekit.ledger.part import statement
from invoicekit.store import Operation, Store, Undone
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
        before = _broken(op)
        undone = take_back(op, operation)
        for finding in _broken(op) - before:
            raise UndoRefused(f"Operation {operation} cannot be undone: {finding}. Undo what was done since first.")
        return undone


def _broken(op: Operation) -> set[str]:
    return {row["finding"] for query in ("check_amounts", "check_trees") for row in op.rows(statement(query))}
