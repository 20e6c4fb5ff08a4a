"""Looking at the newest backup of a book that another process has open."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from weakref import finalize

from invoicekit.errors import BookInUse
from invoicekit.folders import OwnFolder
from invoicekit.store.backup import backups, copied
from invoicekit.store.store import Store, only_read

__all__ = ["newest_backup"]


def newest_backup(
    path: str | os.PathLike[str],
    busy: BookInUse,
    *,
    actor: str | None,
    views: Mapping[str, str],
    key: str | None = None,
) -> Store:
    """Give the newest backup of a book to look at; it can be asked anything and changed in nothing.

    Raises
    ------
    BookInUse
        If there is none: why the book itself cannot be opened.
    """
    book = Path(path).expanduser().absolute()
    kept = backups(book)
    if not kept:
        raise BookInUse(f"{busy} There is none yet: whoever has the book makes one by book.backup().") from busy
    newest = kept[0]
    # Others may look at the same backup, and what it says must not change by being looked at.
    folder = OwnFolder()
    try:
        copy = copied(newest.path, folder.path, key)
        store = Store.open(copy, actor=actor, views=views, guard=only_read("a backup, to look at only"), key=key)
    except BaseException:
        folder.close()
        raise
    finalize(store, lambda held: held.close(), folder)
    reason = str(busy).partition(". ")[0]
    store.notes = [f"{reason}. This is its backup of {newest.made_at:%Y-%m-%d %H:%M} UTC, to look at only."]
    return store
