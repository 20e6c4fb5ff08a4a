"""What the engine says of a file, in words a person can act on."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import duckdb

from invoicekit.errors import BookError, BookInUse, BookTooNew, KeyRefused, NotABook
from invoicekit.store.encryption import no_key, wrong_key

__all__ = ["explained", "not_kept"]

# "... held in /usr/bin/python3.11 (PID 2879)", "... (PID 2879) by user ana"; the path may hold spaces.
_HOLDER = re.compile(r"(?:held in |already open in\s+)?(?P<program>[^\n]*?)\s*\(PID (?P<pid>\d+)\)")


def explained(path: Path, message: str) -> BookError:
    """Turn the engine's message about a file into one a person can act on."""
    # The path is left out first: its own words must not decide.
    message = message.replace(str(path), "it").replace(path.name, "it")
    if "set lock" in message or "used by another process" in message or "already open" in message:
        holder = _HOLDER.search(message)
        who = (
            _described(int(holder["pid"]), _program(holder["program"])) if holder else "another process. Close it there"
        )
        return BookInUse(
            f"{path.name} is open in {who}, then open it here; nothing was changed. To look at its newest backup meanwhile: "
            "invoicekit.open(..., or_backup=True)."
        )
    if "key" in message and (refused := _about_key(path, message)):
        return refused
    if "not a valid DuckDB database" in message:
        return NotABook(
            f"{path} is not a book: its bytes are not those of a DuckDB database. If it was one, "
            "invoicekit.restore(...) puts a backup in its place and keeps this file aside."
        )
    if "version number" in message or "newer version" in message:
        return BookTooNew(
            f"{path} was written by a newer DuckDB than {duckdb.__version__}. Install a newer duckdb; nothing was changed."
        )
    return BookError(f"{path} cannot be opened: {message}")


def not_kept(name: str, kind: str, error: BaseException) -> BookError | None:
    """Return what is said of an operation that the machine had no room for; nothing where something else was wrong."""
    said = str(error)
    if isinstance(error, duckdb.OutOfMemoryException):
        why = "it takes more memory than there is. Do less at a time, or close other programs"
    elif found := _NO_ROOM.search(said):
        why = f"the file cannot be written ({found[0]}). Make room, or give the file back what it needs"
    else:
        return None
    return BookError(
        f'"{kind}" was not kept in {name}: {why}, and do it again. Nothing of it is in the book, and all that was there is.'
    )


_NO_ROOM = re.compile(
    r"No space left on device|Disk quota exceeded|File too large|Read-only file system|Input/output error|Permission denied"
    r"|not enough space on the disk",
    re.IGNORECASE,
)


def _about_key(path: Path, message: str) -> KeyRefused | None:
    if "without a key" in message:
        return no_key(path)
    if "Wrong encryption key" in message:
        return wrong_key(path, is_encrypted=True)
    return wrong_key(path, is_encrypted=False) if "is not encrypted" in message else None


def _described(pid: int, program: str) -> str:
    """Say of the process that holds a book what it is, whether it is alive, and what to do about it."""
    import psutil

    try:
        process = psutil.Process(pid)
        state, command = process.status(), " ".join(process.cmdline())
        since = datetime.fromtimestamp(process.create_time()).strftime("%Y-%m-%d %H:%M")  # noqa: DTZ006 - as the clock on the wall
    except psutil.NoSuchProcess:
        # The lock is the operating system's, and ends with its process: somebody has it, where we cannot see.
        return (
            f"process {pid} ({program}), which is not to be seen from here: it runs in another container or on another "
            "machine. Close it there"
        )
    except psutil.Error:
        return f"process {pid} ({program}). Close it there"
    kind = next((kind for sign, kind in _KINDS.items() if sign in command), "")
    told = f"process {pid} ({program}{kind}, since {since})"
    if state in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP):
        return f"{told}, which is suspended and does nothing. Continue or end it"
    if state == psutil.STATUS_ZOMBIE:
        return f"{told}, which has ended and was not cleared away. End the process that started it"
    return f"{told}. Close it there"


# What a command line tells of the process.
_KINDS = {
    "ipykernel": ", the kernel of a notebook",
    "invoicekit app": ", the pages of invoicekit app",
    "invoicekit": ", invoicekit",
    "pytest": ", tests",
}


def _program(text: str) -> str:
    return re.split(r"[/\\]", text.rsplit("held in ", maxsplit=1)[-1].strip())[-1]
