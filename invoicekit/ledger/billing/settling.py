"""Allocations: which money settles what, written together with what that posts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from invoicekit.ledger.part import statement
from invoicekit.store import Operation
from invoicekit.store.frames import rows_of

__all__ = ["settle"]


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
    op.insert("entries", op.arrow(statement(posting)))
    return ids
