"""What the engine says of a file, in words a person can act on."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from invoicekit.errors import BookError, BookInUse, BookTooNew, NotABook

__all__ = ["explained"]

# "... held in /usr/bin/python3.11 (PID 2879)", "... (PID 2879) by user ana"; the path may hold spaces.
_HOLDER = re.compile(r"(?:held in |already open in\s+)?(?P<program>[^\n]*?)\s*\(PID (?P<pid>\d+)\)")


def explained(path: Path, message: str) -> BookError:
    """Turn the engine's message about a file into one a person can act on."""
    # The path is left out first: its own words must not decide.
    message = message.replace(str(path), "it").replace(path.name, "it")
    if "set lock" in message or "used by another process" in message or "already open" in message:
        holder = _HOLDER.search(message)
        who = f"process {holder['pid']} ({_program(holder['program'])})" if holder else "another process"
        return BookInUse(f"{path.name} is open in {who}. Close it there, then open it here; nothing was changed.")
    if "not a valid DuckDB database" in message:
        return NotABook(f"{path} is not a book: its bytes are not those of a DuckDB database.")
    if "version number" in message or "newer version" in message:
        return BookTooNew(
            f"{path} was written by a newer DuckDB than {duckdb.__version__}. Install a newer duckdb; nothing was changed."
        )
    return BookError(f"{path} cannot be opened: {message}")


def _program(text: str) -> str:
    return re.split(r"[/\\]", text.rsplit("held in ", maxsplit=1)[-1].strip())[-1]
