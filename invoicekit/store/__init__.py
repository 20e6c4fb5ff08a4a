"""DuckDB: opening a book, the one write path, history, undo, the second clock, exact frames."""

from invoicekit.store.frames import frame
from invoicekit.store.operations import Operation
from invoicekit.store.store import Store
from invoicekit.store.undo import Undone

__all__ = ["Operation", "Store", "Undone", "frame"]
