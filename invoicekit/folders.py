"""Folders for what is needed only while something is done: columns of a file, copies of a book, what the engine spills."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from functools import cache
from pathlib import Path
from types import TracebackType

import psutil

__all__ = ["OwnFolder"]

_PREFIX = "invoicekit-"


class OwnFolder:
    """A folder that goes when it is closed, when nobody has it any more, or when its process ends.

    What a process left that was killed is taken away by the next one that needs a folder: it holds what is in somebody's book.

    Attributes
    ----------
    path
        Where it is; nobody but its owner may look into it.
    """

    def __init__(self) -> None:
        _clear_what_others_left()
        self.path = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{_where_processes_are_known()}-{os.getpid()}-"))
        # A system that cannot remove what is still mapped keeps it until it clears its temporary files.
        self.close = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    def __enter__(self) -> Path:
        """Give its path."""
        return self.path

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Take it away."""
        self.close()


@cache
def _where_processes_are_known() -> str:
    """Return what tells apart containers that share a folder for temporary files: the number of a process is another's there."""
    try:
        return "".join(filter(str.isdigit, str(Path("/proc/self/ns/pid").readlink())))
    except OSError:
        return "0"


def _clear_what_others_left() -> None:
    mine = f"{_PREFIX}{_where_processes_are_known()}-"
    for left in Path(tempfile.gettempdir()).glob(f"{mine}*-*"):
        owner = left.name.removeprefix(mine).partition("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
