"""DuckDB: opening a book, the one write path, history, undo, the second clock, exact frames."""

from invoicekit.store.connection import Connection
from invoicekit.store.differing import book_at, changes, differences
from invoicekit.store.frames import frame
from invoicekit.store.holding import Hold, held_here, trying, writable
from invoicekit.store.operations import Operation
from invoicekit.store.paging import Pages
from invoicekit.store.past import Past
from invoicekit.store.repointing import referring, repoint
from invoicekit.store.store import Store
from invoicekit.store.undo import Undone, undo

__all__ = [
    "Connection",
    "Hold",
    "Operation",
    "Pages",
    "Past",
    "Store",
    "Undone",
    "book_at",
    "changes",
    "differences",
    "frame",
    "held_here",
    "referring",
    "repoint",
    "trying",
    "undo",
    "writable",
]
