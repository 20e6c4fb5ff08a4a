"""The files of an import: one, several, a folder or a pattern, read and searched for tables."""

from __future__ import annotations

import glob
import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from invoicekit.errors import FileMissing, NoTable, NotAWorkbook
from invoicekit.imports.electronic import is_electronic, must_be_ours, read_electronic
from invoicekit.imports.finding import find_tables
from invoicekit.imports.headings import TARGETS
from invoicekit.imports.mappings import Mappings
from invoicekit.imports.shapes import guess
from invoicekit.imports.steps import Steps
from invoicekit.imports.tables import SheetTable
from invoicekit.schema import TABLES
from invoicekit.store import held_here
from invoicekit.store.whole import RECORD
from invoicekit.workbooks import SUFFIXES, Cells, File, Readers, Reading

__all__ = ["Files", "Gathered", "PathsLike", "gather", "lacking", "must_have_folder", "read_files"]

# So many files are read at the same time: each may take the memory it is allowed.
_AT_A_TIME = min(4, os.cpu_count() or 1)

PathsLike = str | PathLike[str] | Iterable[str | PathLike[str]]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was found in the files.

    Attributes
    ----------
    file
        The file; where there are several, one that stands for all of them.
    tables
        Of all sheets.
    unread
        Sheets that could not be understood, with the reason.
    paths, protected
        Where they are, and whether a password opened them.
    """

    file: File
    tables: list[SheetTable]
    unread: dict[str, str]
    paths: list[Path]
    protected: bool = False

    @property
    def kept_as_it_is(self) -> bool:
        """Whether it is one workbook that can be written again with all its formats."""
        return len(self.paths) == 1 and self.paths[0].suffix.lower() in (".xlsx", ".xlsm") and not self.protected


@dataclass(frozen=True, slots=True)
class Files:
    """Files that were read.

    Attributes
    ----------
    file
        The file; where there are several, one that stands for all of them.
    each
        Every one of them, with its path.
    """

    file: File
    each: list[tuple[Path, File]]
    protected: bool

    @property
    def paths(self) -> list[Path]:
        """Where they are."""
        return [path for path, _ in self.each]

    @property
    def sheets(self) -> list[tuple[str, Cells]]:
        """All sheets, by a name that tells them apart."""
        names = [file.name for _, file in self.each]
        found = []
        for path, file in self.each:
            title = file.name if names.count(file.name) == 1 else str(Path(path.parent.name) / file.name)
            for cells in file.sheets:
                whole = title if len(file.sheets) == 1 else f"{title}: {cells.sheet}"
                found.append((cells.sheet if len(self.each) == 1 else whole, cells))
        return [(name, cells) for name, cells in found if not is_summary(cells)]


def read_files(where: PathsLike, reading: Reading, steps: Steps, seller: Mapping[str, Any]) -> Files:
    """Read the files of an import.

    Raises
    ------
    FileMissing, NotAWorkbook, PasswordNeeded
        See `invoicekit.errors`.
    """
    paths = _paths(where)
    for path in paths:
        if held_here(path):
            raise NotAWorkbook(f"{path} is a book that is open here, not a file to import. Name the workbook.")
    each = []
    # They are read in processes of their own, which begin slowly: several at a time.
    with closing(Readers()) as readers, ThreadPoolExecutor(_AT_A_TIME) as threads:
        coming = [threads.submit(_read, path, reading, seller, readers) for path in paths]
        try:
            for path, file in zip(paths, coming, strict=True):
                steps(f"reading {path.name}")
                each.append((path, file.result()))
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise
    return Files(_as_one(where, [file for _, file in each]), each, reading.password is not None)


def _read(path: Path, reading: Reading, seller: Mapping[str, Any], readers: Readers) -> File:
    if not is_electronic(path):
        return readers.read(path, reading)
    file, content = read_electronic(path)
    must_be_ours(content, seller, path.name)
    return file


def gather(
    files: Files, into: str | None, sheet: str | None, header_row: int | None, known: Mappings, steps: Steps
) -> Gathered:
    """Find the tables in files.

    Raises
    ------
    NoTable
        If there is none.
    """
    names = [cells.sheet for _, cells in files.sheets]
    if sheet is not None and sheet not in names:
        raise NoTable(f'{files.file.name} has no sheet "{sheet}". Its sheets are: {", ".join(names)}.')
    steps("finding tables and headings")
    tables: list[SheetTable] = []
    unread: dict[str, str] = {}
    for name, cells in files.sheets:
        if sheet in (None, cells.sheet):
            whole = of_whole_book(cells)
            if whole and cells.sheet not in TARGETS:
                unread[name] = f"The sheet {name} belongs to a whole book, and only an empty book can take that over."
                continue
            try:
                found = find_tables(cells, name, cells.sheet if whole else into, header_row, known)
            except NoTable as problem:
                unread[name] = str(problem)
                continue
            if not found:
                unread[name] = _unknown(name, into)
            tables += found
    if not tables:
        raise NoTable(f"{files.file.name}: " + " ".join(unread.values()))
    return Gathered(files.file, _ours(tables, into, unread), unread, files.paths, files.protected)


def _paths(where: PathsLike) -> list[Path]:
    if not isinstance(where, str | PathLike):
        given = list(where) if isinstance(where, Iterable) else [where]
        # A frame is iterable as well: over the names of its columns.
        if hasattr(where, "columns") or not all(isinstance(one, str | PathLike) for one in given):
            raise FileMissing(
                f"An import reads files: a path, several, a folder or a pattern, and not a {type(where).__name__}. "
                'Write a frame into one first, such as frame.to_csv("rows.csv", index=False).'
            )
        paths = [Path(one).expanduser() for one in given]
        if not paths:
            raise FileMissing("No file was named. Name one, several, a folder or a pattern such as exports/*.csv.")
        return paths
    path = Path(where).expanduser()
    if path.is_dir():
        found = sorted(entry for entry in path.iterdir() if _is_table(entry))
        if not found:
            raise FileMissing(f"The folder {path} holds no workbook or text table. Name another folder, or a file.")
        return found
    if not path.exists() and glob.has_magic(fspath(where)):
        found = sorted(Path(name) for name in glob.glob(str(path), recursive=True) if _is_table(Path(name)))  # noqa: PTH207
        if not found:
            raise FileMissing(f"No workbook or text table is called {where}. Check the pattern.")
        return found
    return [path]


def _is_table(path: Path) -> bool:
    # Spreadsheet programs leave a lock file beside an open workbook.
    return path.is_file() and path.suffix.lower() in SUFFIXES and not path.name.startswith(("~$", ".~lock", "."))


def _as_one(where: PathsLike, files: list[File]) -> File:
    if len(files) == 1:
        return files[0]
    name = f"{Path(where).name} ({len(files)} files)" if isinstance(where, str | PathLike) else f"{len(files)} files"
    whole = hashlib.sha256("".join(sorted(file.sha256 for file in files)).encode()).hexdigest()
    return File(name, whole, tuple(cells for file in files for cells in file.sheets), files)


def is_summary(cells: Cells) -> bool:
    """Say whether a sheet is the summary of an annotated workbook: remarks are not data."""
    top = cells.rows(0, 1) if cells.sheet.startswith("invoicekit") and cells.height else []
    return bool(top) and re.fullmatch(r"[\d,]+ questions?, [\d,]+ errors?, [\d,]+ warnings?", top[0][0]) is not None


def of_whole_book(cells: Cells) -> bool:
    """Say whether a sheet is a table of a whole book, as it is exported."""
    return cells.sheet in TABLES and cells.height > 0 and cells.rows(0, 1)[0][0] == RECORD


def _ours(tables: list[SheetTable], into: str | None, unread: dict[str, str]) -> list[SheetTable]:
    """Return the tables to be imported, their columns looked at once more; the others are told among the unread."""
    for table in tables:
        if of_whole_book(table.cells):
            for column in table.columns:
                if column.heading == RECORD or column.heading.endswith(f".{RECORD}"):
                    column.dismiss("the number it had in another book")
        elif table.known_as is None:
            guess(table)
    if into is None and any(not table.missing() for table in tables):
        # A side table that merely shares a word must not stand in the way of the rest. What clearly
        # is one of ours stays, with what it lacks, and has to be mapped or named first.
        aside = [table for table in tables if table.missing() and not table.is_clear()]
        unread |= {table.name: lacking(table, table.missing()[0]) for table in aside}
        tables = [table for table in tables if table not in aside]
    _leave_customers_to_their_sheet(tables)
    return tables


def _leave_customers_to_their_sheet(tables: list[SheetTable]) -> None:
    """Where a sheet of customers is imported along, invoices only name theirs; what their rows say more is not another truth."""
    if not any(table.target == "customers" for table in tables):
        return
    for table in tables:
        for column in table.columns:
            path = column.field or ""
            if path.startswith("customer.") and path != "customer.display_name":
                column.leave("the sheet of customers says it")


def must_have_folder(path: Path, *sources: Path) -> None:
    """Refuse to write where there is no folder, or of a file that is gone.

    Raises
    ------
    FileMissing
        With what is missing.
    """
    for missing in (where for where in (path.parent, *sources) if not where.exists()):
        raise FileMissing(f"{path.name} cannot be written: there is no {missing} (any more).")


def _unknown(sheet: str, into: str | None) -> str:
    what = into or ", ".join(TARGETS)
    return (
        f"No row of the sheet {sheet} looks like the headings of {what}. Say where they are with header_row=..., "
        "or what the rows hold with into=..., and map the columns by hand."
    )


def lacking(table: SheetTable, needed: tuple[str, ...]) -> str:
    """Say what a table cannot be imported without."""
    headings = ", ".join(f'"{column.heading}"' for column in table.columns if column.heading and column.field is None)
    spare = f" Columns without a field: {headings}." if headings else ""
    return (
        f"The sheet {table.name} cannot be imported into {table.target}: no column gives {' or '.join(needed)}.{spare} "
        f'Map one, as in plan.map("...", to="{needed[0]}").'
    )
