"""Which files this process holds: none of them may be opened a second time, or read in any other way."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from invoicekit.errors import BookInUse, OperationFailed

if TYPE_CHECKING:
    from invoicekit.store.place import Place
    from invoicekit.store.store import Store

__all__ = ["HELD", "OPENING", "Hold", "file_key", "held_here", "trying", "writable"]

# Every place this process holds, by what tells it from all others. A second attach of the same file, even one that fails, would
# close a descriptor of it and with that drop the lock that keeps other processes out.
HELD: weakref.WeakValueDictionary[tuple[int, int] | str, Place] = weakref.WeakValueDictionary()
OPENING = threading.RLock()


class Hold:
    """One hold of an open file; it ends when it is closed, or when nobody has it any more."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.close = weakref.finalize(self, store.release)


def held_here(path: str | os.PathLike[str]) -> bool:
    """Say whether this process has a book open at a path, under whatever name.

    Such a file must not be opened in any other way: that would drop its lock.
    """
    where = Path(path)
    if not where.exists():
        return False
    file = HELD.get(file_key(where))
    return file is not None and not file.is_closed


_TRYING: ContextVar[bool] = ContextVar("trying", default=False)


@contextmanager
def trying() -> Iterator[None]:
    """Note that what is done is only tried out: no file may be written meanwhile."""
    before = _TRYING.set(True)
    try:
        yield
    finally:
        _TRYING.reset(before)


def writable(path: str | os.PathLike[str]) -> Path:
    """Return a path that a file may be written to.

    Raises
    ------
    BookInUse
        If a book that is open lies there.
    OperationFailed
        While something is only tried out: what is written then would outlive it.
    """
    where = Path(path).expanduser()
    if held_here(where):
        raise BookInUse(f"{path} is a book that is open here. Write elsewhere.")
    if _TRYING.get():
        raise OperationFailed(
            f"{where.name} is not written: it would outlive what is only tried out. Write it afterwards."
        )
    return where


def file_key(path: Path) -> tuple[int, int]:
    """Return what tells a file from all others, whatever it is called."""
    status = path.stat()
    return status.st_dev, status.st_ino
