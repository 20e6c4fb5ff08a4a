"""Reading a file in a child process, and saying clearly why one cannot be read."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import psutil
import pyarrow as pa

from invoicekit.errors import FileMissing, NotAWorkbook, PasswordNeeded
from invoicekit.workbooks.cells import Cells, File
from invoicekit.workbooks.limits import Limits, of_people

__all__ = ["SUFFIXES", "Reading", "read_file"]

# What a child needs of Arrow needs neither of these, and without them it starts twice as fast.
_CHILD = "import sys; sys.modules.update(numpy=None, pandas=None); from invoicekit.workbooks.child import main; main()"
_PREFIX = "invoicekit-cells-"
# What the files that can be read are usually called; their bytes decide.
SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".csv", ".txt", ".tsv")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read, where it does not say so itself.

    Attributes
    ----------
    password
        Of a workbook that is protected by one.
    encoding, delimiter
        Of a text table; found unless given.
    widths
        How many characters each column takes, in a text table of fixed widths.
    limits
        What reading may take.
    """

    password: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    widths: Sequence[int] | None = None
    limits: Limits = field(default_factory=Limits)


def _clear_what_others_left() -> None:
    """Remove the columns of processes that were killed: they hold what was in somebody's files."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        owner = left.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


class _Folder:
    """Where the columns lie while somebody looks at them."""

    def __init__(self) -> None:
        _clear_what_others_left()
        self.path = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")
        # A system that cannot remove what is still mapped keeps it until it clears its temporary files.
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def read_file(path: Path, reading: Reading | None = None) -> File:
    """Read a workbook or a text table whole.

    Raises
    ------
    FileMissing
        If there is no such file.
    PasswordNeeded
        If it is protected by a password, and none or another was given.
    NotAWorkbook
        If its bytes are neither a workbook nor a text table, or reading them takes more than
        the limits allow.
    """
    if not path.is_file():
        raise FileMissing(f"There is no file {path}. Check the path; the folder holds {_neighbours(path)}.")
    reading = reading or Reading()
    folder = _Folder()
    answer = _asked(path, {**asdict(reading), "path": str(path), "folder": folder.path}, reading.limits)
    if "password" in answer:
        if reading.password is None:
            raise PasswordNeeded(f'{path.name} is protected by a password: give it, as in read(..., password="...").')
        raise PasswordNeeded(
            f"The password given does not open {path.name}. Check it, or save the workbook without one."
        )
    if "refused" in answer:
        raise NotAWorkbook(f"{path.name} {answer['refused']}")
    if "memory" in answer:
        raise NotAWorkbook(_too_large(path, reading.limits))
    if "broken" in answer:
        raise NotAWorkbook(
            f"{path.name} looks like a workbook but cannot be read ({answer['broken']}). "
            "Open it in a spreadsheet program and save it anew as .xlsx or .csv."
        )
    sheets = tuple(_cells(Path(folder.path), told) for told in answer["sheets"])
    return File(path.name, answer["sha256"], sheets, folder)


def _cells(folder: Path, told: dict[str, Any]) -> Cells:
    # Mapped, not read: the columns take room only while somebody looks at them.
    batch = pa.ipc.open_file(pa.memory_map(str(folder / told["file"]))).get_batch(0)
    return Cells(
        told["sheet"],
        tuple(batch.columns[0::2]),
        tuple(batch.columns[1::2]),
        told.get("delimited", False),
        told.get("hidden", False),
        tuple(told.get("hidden_rows", ())),
        tuple(told.get("hidden_columns", ())),
        tuple(tuple(block) for block in told.get("merged", ())),
    )


def _asked(path: Path, wish: dict[str, Any], limits: Limits) -> dict[str, Any]:
    """Let a child process read, watch that it stays within the limits, and return its answer."""
    # The system's own allocator gives memory back and reserves none in advance, so that a limit means what it says.
    settings = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system", "PYTHONPATH": os.pathsep.join(sys.path)}
    child = subprocess.Popen(  # noqa: S603 - this very Python, and a line of our own
        [sys.executable, "-c", _CHILD],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8", env=settings,
    )  # fmt: skip
    lines: list[dict[str, Any]] = []
    assert child.stdin is not None
    assert child.stdout is not None
    listener = threading.Thread(target=_listen, args=(child.stdout, lines), daemon=True)
    try:
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(json.dumps(wish) + "\n")
            child.stdin.close()
        listener.start()
        stopped = _watched(child, lines, limits)
    finally:
        # Whoever stops waiting - by the keyboard, say - stops the reading with it.
        child.kill()
        child.wait()
    listener.join()
    child.stdout.close()
    if stopped is None and lines and "sha256" in lines[-1]:
        return lines[-1]
    if stopped is not None:
        raise NotAWorkbook(stopped.format(name=path.name))
    raise NotAWorkbook(_too_large(path, limits))


def _listen(answers: IO[str], lines: list[dict[str, Any]]) -> None:
    for line in answers:
        with contextlib.suppress(json.JSONDecodeError):
            lines.append(json.loads(line))


def _watched(child: subprocess.Popen[str], lines: list[dict[str, Any]], limits: Limits) -> str | None:
    """Wait for the child, and stop it where it takes too much; return why it was stopped."""
    started = time.monotonic()
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(child.pid)
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(0.05)
                return None
            allowed = limits.for_size(next((line["size"] for line in lines if "size" in line), 0))
            used = process.cpu_times()
            # A machine that is busy with other things is given time, but not for ever.
            if used.user + used.system > allowed.seconds or time.monotonic() - started > 10 * allowed.seconds:
                return (
                    f"{{name}} was given {allowed.seconds:.0f} seconds and could not be read in that time. "
                    "Save the rows that matter in a new workbook, or allow more: limits=Limits(seconds=...)."
                )
            if process.memory_info().rss > allowed.memory + 100_000_000:
                return "{name}" + _TOO_LARGE.format(memory=of_people(allowed.memory))
    return None


_TOO_LARGE = (
    " cannot be read within {memory} of memory. Often a single cell far below or to the right of the table makes it so "
    "large: delete the empty rows and columns behind the table, or save the rows that matter in a new workbook."
)


def _too_large(path: Path, limits: Limits) -> str:
    return path.name + _TOO_LARGE.format(memory=of_people(limits.memory))


def _neighbours(path: Path) -> str:
    if not path.parent.is_dir():
        return "nothing: it does not exist either"
    names = sorted(entry.name for entry in path.parent.iterdir() if entry.suffix.lower() in SUFFIXES)
    return ", ".join(names[:5]) if names else "no workbook"
