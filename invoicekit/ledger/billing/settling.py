"""Allocations: which money settles what, written together with what that posts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from invoicekit.ledger.part import statement
from invoicekit.store import Operation, Store
from invoicekit.store.frames import rows_of

__all__ = ["post", "settle", "still_open"]


def settle(
    op: Operation, allocations: pa.Table | Iterable[Mapping[str, Any]], posting: str = "waiting_entries"
) -> list[int]:
    """Write allocations and their entries, and return the allocations' ids.

    Parameters
    ----------
    posting
        The statement that says what they post (it reads ``new_allocations``: ``id`` and ``invoice``); two legs, off what waited and
        onto the invoice, unless told otherwise.
    """
    rows = allocations if isinstance(allocations, pa.Table) else rows_of("allocations", allocations)
    ids = op.insert("allocations", rows)
    invoices = rows.column("invoice") if "invoice" in rows.column_names else pa.nulls(len(ids), pa.int64())
    op.stage("new_allocations", pa.table({"id": pa.array(ids, pa.int64()), "invoice": invoices}))
    post(op, op.arrow(statement(posting)))
    return ids


def still_open(op: Operation | Store, invoice: int) -> Decimal:
    """Return what is owed on an invoice."""
    owed = op.rows(
        "select coalesce(sum(amount), 0)::decimal(18, 4) as amount from entries where invoice = $id", id=invoice
    )
    return Decimal(owed[0]["amount"])


def post(op: Operation, entries: pa.Table) -> None:
    """Write what is posted onto invoices: an entry made late stands on the due date that held on its day, and moves on with it."""
    if "invoice" in entries.column_names:
        op.stage("posted_late", entries if "document" in entries.column_names else _with_document(entries))
        if op.rows(statement("due_dates_changed")):
            entries = op.arrow(statement("entries_dated"))
    op.insert("entries", entries)


def _with_document(entries: pa.Table) -> pa.Table:
    return entries.append_column("document", pa.nulls(entries.num_rows, pa.int64()))
