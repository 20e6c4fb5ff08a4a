"""Reading a file in a child process, and saying clearly why one cannot be read."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import psutil
import pyarrow as pa

from invoicekit.errors import FileMissing, NotAWorkbook, PasswordNeeded
from invoicekit.folders import OwnFolder
from invoicekit.workbooks.cells import Cells, File
from invoicekit.workbooks.limits import Limits, of_people

__all__ = ["SUFFIXES", "Readers", "Reading", "read_file"]

# What a child needs of Arrow needs neither of these, and without them it starts twice as fast.
_CHILD = "import sys; sys.modules.update(numpy=None, pandas=None); from invoicekit.workbooks.child import main; main()"

# How often, in seconds, a child is looked after, and after how many bytes it is not given another file.
_LOOK = 0.05
_LITTLE = 1_000_000
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
    with closing(Readers()) as readers:
        return readers.read(path, reading or Reading())


class Readers:
    """Child processes that read files, to be used by several threads; one that has read a small file reads the next one too."""

    def __init__(self) -> None:
        self._idle: list[_Reader] = []

    def read(self, path: Path, reading: Reading) -> File:
        """Read a file; see `read_file`."""
        if not path.is_file():
            raise FileMissing(f"There is no file {path}. Check the path; the folder holds {_neighbours(path)}.")
        folder = OwnFolder()
        wish = {**asdict(reading), "path": str(path), "folder": str(folder.path)}
        try:
            reader = self._idle.pop()
        except IndexError:
            reader = _Reader()
        try:
            answer = reader.answer(path, wish, reading.limits)
        finally:
            # Whoever stops waiting - by the keyboard, say - stops the reading with it.
            if reader.is_as_new:
                self._idle.append(reader)
            else:
                reader.close()
        _must_be_read(path, answer, reading)
        return File(path.name, answer["sha256"], tuple(_cells(folder.path, told) for told in answer["sheets"]), folder)

    def close(self) -> None:
        """End all that wait for a file."""
        while self._idle:
            self._idle.pop().close()


def _must_be_read(path: Path, answer: dict[str, Any], reading: Reading) -> None:
    """Say why a file was not read, if it was not.

    Raises
    ------
    PasswordNeeded, NotAWorkbook
        As `read_file` does.
    """
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


class _Reader:
    """A child process that reads, and is watched meanwhile."""

    def __init__(self) -> None:
        # The system's own allocator gives memory back and reserves none in advance, so that a limit means what it says.
        settings = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system", "PYTHONPATH": os.pathsep.join(sys.path)}
        self._child = subprocess.Popen(  # noqa: S603 - this very Python, and a line of our own
            [sys.executable, "-c", _CHILD],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8", env=settings,
        )  # fmt: skip
        # What it says, and nothing when it has ended.
        self._said: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.is_as_new = True

    def _listen(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            with contextlib.suppress(json.JSONDecodeError):
                self._said.put(json.loads(line))
        self._said.put(None)

    def answer(self, path: Path, wish: dict[str, Any], limits: Limits) -> dict[str, Any]:
        """Let it read a file, watch that it stays within the limits, and return its answer.

        Raises
        ------
        NotAWorkbook
            If it does not.
        """
        self.is_as_new = False
        assert self._child.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.write(json.dumps(wish) + "\n")
            self._child.stdin.flush()
        started, before, size = time.monotonic(), self._spent(), 0
        while True:
            try:
                told = self._said.get(timeout=_LOOK)
            except Empty:
                self._must_be_within(path, limits.for_size(size), self._spent() - before, time.monotonic() - started)
                continue
            if told is None:
                raise NotAWorkbook(_too_large(path, limits))
            if "sha256" in told:
                # What much was read by takes more room than it gives back, and the next file has a right to all of it.
                self.is_as_new = "sheets" in told and size <= _LITTLE
                return told
            size = told["size"]

    def _spent(self) -> float:
        """Return the seconds of processor time it has taken."""
        try:
            used = psutil.Process(self._child.pid).cpu_times()
        except psutil.Error:
            return 0.0
        spent: float = used.user + used.system
        return spent

    def _must_be_within(self, path: Path, allowed: Limits, spent: float, waited: float) -> None:
        # A machine that is busy with other things is given time, but not for ever.
        if spent > allowed.seconds or waited > 10 * allowed.seconds:
            raise NotAWorkbook(
                f"{path.name} was given {allowed.seconds:.0f} seconds and could not be read in that time. "
                "Save the rows that matter in a new workbook, or allow more: limits=Limits(seconds=...)."
            )
        with contextlib.suppress(psutil.Error):
            if psutil.Process(self._child.pid).memory_info().rss > allowed.memory + 100_000_000:
                raise NotAWorkbook(_too_large(path, allowed))

    def close(self) -> None:
        """End it."""
        self._child.kill()
        self._child.wait()
        self._listener.join()
        for end in (self._child.stdin, self._child.stdout):
            if end is not None:
                with contextlib.suppress(BrokenPipeError):
                    end.close()


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
