"""Backups of a book: which there are, and who may put one in its place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from invoicekit.ledger.access import must_own_all
from invoicekit.store import Store, backups, chosen_backup, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["backups_in", "restore"]

_LISTED = pa.schema(
    [("made_at", pa.timestamp("us")), ("reason", pa.string()), ("bytes", pa.int64()), ("path", pa.string())]
)


def backups_in(book: Path, folder: str | os.PathLike[str] | None = None) -> pd.DataFrame:
    """Return the backups of a book in a folder, newest first; see `Book.backups`."""
    found = [
        {"made_at": one.made_at, "reason": one.reason, "bytes": one.path.stat().st_size, "path": str(one.path)}
        for one in backups(book, None if folder is None else Path(folder).expanduser())
    ]
    return frame(pa.Table.from_pylist(found, _LISTED))


def restore(store: Store, backup: str | os.PathLike[str] | None = None) -> Path:
    """Put a backup in the place of the book; see `Book.restore`.

    Raises
    ------
    NotAllowed
        Unless by an owner of all customers, where users have roles.
    """
    must_own_all(store, store.actor, "restore a backup")
    return store.restore(chosen_backup(store.path, backup))
