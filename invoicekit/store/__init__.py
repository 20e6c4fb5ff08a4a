"""DuckDB: opening a book, the one write path, history, undo, the second clock, exact frames."""

from invoicekit.store.addresses import is_lake, is_server
from invoicekit.store.backup import KEPT, backups, chosen_backup, folder_of, put_aside
from invoicekit.store.connection import Connection
from invoicekit.store.copying import copy_book
from invoicekit.store.differing import book_at, changes, differences
from invoicekit.store.frames import frame
from invoicekit.store.holding import Hold, held_here, trying, writable
from invoicekit.store.looking import newest_backup
from invoicekit.store.operations import Operation
from invoicekit.store.paging import Pages
from invoicekit.store.past import Past
from invoicekit.store.publishing import Published, publish
from invoicekit.store.repointing import referring, repoint
from invoicekit.store.store import Store
from invoicekit.store.undo import Undone, undo

__all__ = [
    "KEPT",
    "Connection",
    "Hold",
    "Operation",
    "Pages",
    "Past",
    "Published",
    "Store",
    "Undone",
    "backups",
    "book_at",
    "changes",
    "chosen_backup",
    "copy_book",
    "differences",
    "folder_of",
    "frame",
    "held_here",
    "is_lake",
    "is_server",
    "newest_backup",
    "publish",
    "put_aside",
    "referring",
    "repoint",
    "trying",
    "undo",
    "writable",
]
