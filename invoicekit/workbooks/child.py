"""The process that reads a file.

Each wish comes as one line of JSON on standard input - the path, a password, how a text table is
written, and what may be used. What was read is written as Arrow files into a folder, and what
they are as one line of JSON on standard output. Whatever a file does to its reader happens here:
panics, endless loops and calls for a terabyte of memory end this process and no other.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from invoicekit.workbooks.beside import Beside, beside
from invoicekit.workbooks.columns import Columns
from invoicekit.workbooks.limits import declared_size, is_bomb, of_people
from invoicekit.workbooks.texts import NotATable, text_table

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class PasswordWanted(Exception):
    """The file is protected by a password: by another one than was given, or none was."""


def main() -> None:
    """Answer one wish after the other."""
    for line in sys.stdin:
        _say(_answer(json.loads(line)))
        _limit_no_more()


def _answer(wish: dict[str, Any]) -> dict[str, Any]:
    content = Path(wish["path"]).read_bytes()
    answer: dict[str, Any] = {"sha256": hashlib.sha256(content).hexdigest()}
    try:
        answer["sheets"] = _read(content, wish)
    except NotATable as problem:
        answer["refused"] = str(problem)
    except PasswordWanted:
        answer["password"] = True
    except MemoryError:
        answer["memory"] = True
    except BaseException as error:  # noqa: BLE001 - the reader's panics are no Exception
        answer["broken"] = f"{error}" or type(error).__name__
    return answer


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _read(content: bytes, wish: dict[str, Any]) -> list[dict[str, Any]]:
    folder = Path(wish["folder"])
    if content.startswith(_OLE) or _ENCRYPTED in content[:65536]:
        content = _opened(content, wish["password"])
    if content.startswith((_ZIP, _OLE)):
        return _workbook(content, folder, wish["limits"])
    rows = text_table(content, encoding=wish["encoding"], delimiter=wish["delimiter"], widths=wish["widths"] or ())
    _limit(wish["limits"], 6 * len(content))
    told = _keep(folder, 0, Path(wish["path"]).stem, Columns(rows))
    return [{**told, "delimited": not wish["widths"]}]


def _opened(content: bytes, password: str | None) -> bytes:
    import msoffcrypto
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError

    try:
        locked = msoffcrypto.OfficeFile(io.BytesIO(content))
        if not locked.is_encrypted():
            return content
    except FileFormatError:
        return content
    if password is None:
        raise PasswordWanted
    opened = io.BytesIO()
    try:
        locked.load_key(password=password)
        locked.decrypt(opened)
    except (InvalidKeyError, DecryptionError) as error:
        raise PasswordWanted from error
    if not opened.getvalue().startswith((_ZIP, _OLE)):
        raise PasswordWanted
    return opened.getvalue()


def _workbook(content: bytes, folder: Path, limits: dict[str, Any]) -> list[dict[str, Any]]:
    size = declared_size(content) if content.startswith(_ZIP) else len(content)
    if is_bomb(size, len(content)) or size > limits["size"]:
        raise NotATable(
            f"is {of_people(len(content))} and would unpack to {of_people(size)}: that is no spreadsheet a person made, "
            "or one with millions of empty cells that carry a format. Save the rows that matter in a new workbook."
        )
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    _limit(limits, size)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    besides = beside(content) if content.startswith(_ZIP) else {}
    told = []
    for place, meta in enumerate(book.sheets_metadata):
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(meta.name)
        before = sheet.start[1] if sheet.start else 0
        columns = Columns(sheet.iter_rows(), before)
        more = besides.get(meta.name, Beside())
        columns.put((row, at, text) for row, at, text in more.broken if columns.text(row, at) == "")
        columns.put(more.rich, native=False)
        columns.put((row, at, show(text)) for row, at, show in more.shown if (text := columns.number(row, at)))
        told.append(
            {
                **_keep(folder, place, meta.name, columns),
                "hidden": meta.visible != SheetVisibleEnum.Visible,
                "hidden_rows": more.hidden_rows,
                "hidden_columns": more.hidden_columns,
                "merged": [(*first, *last) for first, last in sheet.merged_cell_ranges or ()],
            }
        )
    return told


def _keep(folder: Path, place: int, name: str, columns: Columns) -> dict[str, Any]:
    batch = columns.batch()
    path = folder / f"{place}.arrow"
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, batch.schema) as writer:
        writer.write_batch(batch)
    return {"sheet": name, "file": path.name}


def _limit(limits: dict[str, Any], size: int) -> None:
    """Ask the system to hold this process to its limits; the process that waits for it watches as well."""
    _say({"size": size})
    try:
        import resource
    except ImportError:  # Windows knows no such limits
        return
    from invoicekit.workbooks.limits import Limits

    allowed = Limits(limits["seconds"], limits["memory"], limits["size"]).for_size(size)
    held = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = allowed.memory + _address_space()
    try:
        resource.setrlimit(resource.RLIMIT_AS, (most if held == resource.RLIM_INFINITY else min(most, held), held))
    except (ValueError, OSError):  # macOS has the call and not the limit
        return


def _limit_no_more() -> None:
    """Let the next file have a limit of its own."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        held = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (held, held))


def _address_space() -> int:
    """Return the bytes of address space in use before anything of the file is: libraries, mostly."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * 4096
    except OSError:
        return 0
