"""Undo, as far as the rules of the ledger allow it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from invoicekit.errors import UndoRefused
from invoicekit.ledger.access import must_own_all, must_process
from invoicekit.ledger.check import leads_to_merged
from invoicekit.ledger.locks import must_leave_locked_days
from invoicekit.ledger.part import statement
from invoicekit.schema import TABLES, versioned
from invoicekit.store import Operation, Store, Undone
from invoicekit.store import undo as take_back
from invoicekit.store.sql import quoted

__all__ = ["done_last", "undo", "written_by"]

# What is out of the book's hands.
_GONE = {
    "keep documents": "what was printed may be with the customer, and a reprint gives the same bytes",
    "send mail": "mail that was handed over cannot be called back",
    "discard mail": "what was discarded may have been sent anew since; send it again instead",
    "retry mail": "mail that was handed over cannot be called back",
    "settle mail": "it says what became of mail; settle says so again",
}

# Which proofs a table's rows are part of.
_PROOFS = {
    "customers": ("check_trees", "inactive_owing", "check_work"),
    "entries": ("check_amounts", "inactive_owing"),
    **dict.fromkeys(("payments", "allocations"), ("check_amounts",)),
    "invoices": ("check_amounts", "check_documents", "check_work"),
    "invoice_lines": ("check_documents", "check_work"),
    "templates": ("check_templates",),
    **dict.fromkeys(("invoice_adjustments", "invoice_taxes"), ("check_documents",)),
    **dict.fromkeys(("activities", "wip_entries", "matter_clients", "matters"), ("check_work",)),
}


def written_by(store: Store, table: str, record: int) -> int:
    """Return the operation that wrote a record as it is now: undone, a record that was begun by it is gone again."""
    return int(store.rows(f"select operation from {quoted(table)} where id = $id", id=record)[0]["operation"])


def done_last(store: Store, count: int) -> list[dict[str, Any]]:
    """Return what was done last and is not undone, newest first: ``id``, ``recorded_at``, ``actor``, ``kind``, ``summary``."""
    return store.rows(statement("done_last"), count=count)


def undo(store: Store, operation: int) -> Undone:
    """Take an operation back, and see that every rule still holds afterwards.

    Raises
    ------
    UndoRefused
        If there is no such operation, nothing of it is left to undo, it posted on a day that is
        locked, or what would be there afterwards breaks a rule: money settled twice, a customer
        above itself, somebody inactive who owes. Nothing is changed then.
    """
    if store.current is not None:
        raise UndoRefused("Undo is an operation of its own. Do it before or after the one that is open.")
    with store.operation("undo") as op:
        _must_have_given_no_number(op, operation)
        _must_be_within_reach(op, operation)
        _must_be_allowed(op, store.actor, operation)
        undone = take_back(op, operation)
        for row in op.rows(statement("processing_touched"), operation=op.id):
            must_process(op, store.actor, f"undo what changed {row['what']}")
        refused = f"Operation {operation} cannot be undone"
        must_leave_locked_days(op, refused, UndoRefused)
        for query in _proofs(undone.counts):
            now = _findings(op.rows(query, operation=op.id))
            # What was wrong before is no reason to refuse.
            before = _findings(store.rows(query, known=op.id - 1, operation=None)) if now else set()
            for finding in sorted(now - before):
                raise UndoRefused(f"{refused}: {finding}. Undo what was done since first.")
        return undone


def _must_be_within_reach(op: Operation, operation: int) -> None:
    """Refuse to take back what left the book."""
    for row in op.rows("select kind, summary from operations where id = $id", id=operation):
        if row["kind"] in _GONE:
            raise UndoRefused(
                f"Operation {operation} ({row['kind']}: {row['summary']}) cannot be undone: {_GONE[row['kind']]}."
            )
    for row in op.rows(statement("messages_begun"), operation=operation):
        raise UndoRefused(
            f"Operation {operation} cannot be undone: its mail to {row['recipient']} is {row['state']}, and cannot be called back."
        )


def _must_be_allowed(op: Operation, actor: str, operation: int) -> None:
    """Refuse to take back what who opened the book could not have done."""
    for row in op.rows(statement("undone_in_turn"), operation=operation):
        if row["kind"] in ("grant role", "revoke role"):
            must_own_all(op, actor, "give or take roles")


def _must_have_given_no_number(op: Operation, operation: int) -> None:
    """Refuse to take back a number of the book's own series: the series has no gap and no second bearer of a number."""
    # A whole book that was taken over brought numbers that were given elsewhere.
    if op.rows("select id from imports where operation = $operation", operation=operation):
        return
    for row in op.rows(statement("numbers_given"), operation=operation):
        kind, way = row["kind"].replace("_", " "), "cancel it by a credit note: book.invoices.credit"
        if row["kind"] == "credit_note":
            way = "bill the work again: book.invoices.draft"
        raise UndoRefused(
            f"Operation {operation} cannot be undone: it gave the {kind} its number {row['number']}, and a number that was given "
            f"stays. Instead, {way}."
        )


def _proofs(touched: Iterable[str]) -> list[str]:
    names = {name for table in touched for name in _PROOFS.get(table, ())}
    # Where customers come or go, any table may lead to one that is merged now.
    tables = versioned() if "customers" in touched else [TABLES[name] for name in touched]
    return [*map(statement, sorted(names)), *(query for table in tables for query in leads_to_merged(table))]


def _findings(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    return {row["finding"] for row in rows}
