"""Many PDFs at once: in several processes, and so that it may be stopped and gone on with."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pyarrow as pa

from invoicekit.documents.content import contents, look_of
from invoicekit.documents.keeping import keep, kept
from invoicekit.documents.making import Making, file_name, made
from invoicekit.documents.templates import chosen
from invoicekit.errors import IllegalTransition, InvalidValue, InvoicekitError
from invoicekit.ledger.billing.invoices import Invoices
from invoicekit.progress import Bar
from invoicekit.store import writable

__all__ = ["print_all", "serve"]

# So many are printed between two times that what was printed is kept: what is lost at most where it is stopped.
_AT_A_TIME = 64
# A process begins slowly: fewer than this are printed here.
_FEW = 24
_CHILD = "from invoicekit.documents.batch import serve; serve()"
_LISTED = pa.schema(
    {
        "invoice": pa.int64(),
        "number": pa.string(),
        "file": pa.string(),
        "sha256": pa.string(),
        "outcome": pa.string(),
        "problem": pa.string(),
    }
)


def print_all(invoices: Invoices, which: Any, folder: Path, form: str, processes: int | None) -> pa.Table:
    """Write the PDFs of invoices into a folder; see `Documents.pdf`."""
    if form not in ("pdf", "facturx"):
        raise InvalidValue(f'Invoices are printed as pdf or facturx, not as "{form}".')
    if processes is not None and processes < 1:
        raise InvalidValue(f"processes is how many print at the same time, at least 1: not {processes}.")
    held = invoices.several(which)
    for one in held:
        if one["status"] == "draft":
            raise IllegalTransition(
                f"Draft {one['id']} is not issued, and is not among what is printed in bulk. Leave it out."
            )
    try:
        writable(folder).mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise InvalidValue(f"{folder} is a file, not a folder. Name a folder.") from None
    store, bar = invoices.store, Bar()
    look = look_of(store)
    rows: list[dict[str, Any]] = []
    names: set[str] = set()
    workers = min(processes or os.cpu_count() or 1, max(1, len(held) // _FEW))
    with _printers(workers) as printers:
        for start in range(0, len(held), _AT_A_TIME * workers):
            batch = held[start : start + _AT_A_TIME * workers]
            said = contents(store, [one["id"] for one in batch])
            there = kept(store, [one["id"] for one in batch], form)
            todo = [
                (one["id"], Making(said[one["id"]], chosen(store, one["template"]), look, form))
                for one in batch
                if one["id"] not in there
            ]
            printed = zip(todo, printers([making for _, making in todo]), strict=True)
            results = {id_: (making, content) for (id_, making), content in printed}
            wrong = {id_: str(content) for id_, (_, content) in results.items() if isinstance(content, InvoicekitError)}
            fresh = [(id_, making, content) for id_, (making, content) in results.items() if isinstance(content, bytes)]
            own = [one for one in fresh if not one[1].content["document"]["elsewhere"]]
            bytes_of = {id_: content for id_, _, content in fresh} | there | (keep(store, form, own) if own else {})
            for one in batch:
                row = {
                    "invoice": one["id"],
                    "number": one["number"],
                    "outcome": "not printed",
                    "problem": wrong.get(one["id"]),
                }
                if one["id"] not in wrong:
                    path = folder / f"{_unlike(names, file_name(said[one['id']], one['id']), one['id'])}.pdf"
                    content = bytes_of[one["id"]]
                    row |= {
                        "file": str(path), "sha256": hashlib.sha256(content).hexdigest(),
                        "outcome": _put(path, content, "kept" if one["id"] in there else "printed"),
                    }  # fmt: skip
                rows.append(row)
            bar(f"{len(rows):,} of {len(held):,} printed", len(rows) / len(held))
    bar("done", 1.0)
    return pa.Table.from_pylist(rows, schema=_LISTED)


def _unlike(names: set[str], name: str, id_: int) -> str:
    """Return a name that no other file of the batch has, whatever the case: two series may give the same number."""
    found = name if name.casefold() not in names else f"{name} ({id_})"
    names.add(found.casefold())
    return found


def _put(path: Path, content: bytes, outcome: str) -> str:
    if path.is_file() and path.read_bytes() == content:
        return "there"
    # Half a file is never left under the name of a whole one.
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)
    return outcome


@contextmanager
def _printers(workers: int) -> Iterator[Any]:
    """Give a call that prints several, in as many processes as are wanted."""
    if workers == 1:
        yield lambda makings: [_made(making) for making in makings]
        return
    children = [_child() for _ in range(workers)]
    free: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
    for child in children:
        free.put(child)

    def one(making: Making) -> bytes | InvoicekitError:
        child = free.get()
        try:
            return _asked(child, making)
        finally:
            free.put(child)

    try:
        with ThreadPoolExecutor(workers) as threads:
            yield lambda makings: list(threads.map(one, makings))
    finally:
        for child in children:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()


def _child() -> subprocess.Popen[bytes]:
    path = os.pathsep.join(sys.path)
    return subprocess.Popen(  # noqa: S603 - this very Python, and a line of our own
        [sys.executable, "-c", _CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )


def _asked(child: subprocess.Popen[bytes], making: Making) -> bytes | InvoicekitError:
    assert child.stdin is not None
    assert child.stdout is not None
    pickle.dump(making, child.stdin)
    child.stdin.flush()
    done, answer = pickle.load(child.stdout)  # noqa: S301 - of our own child, over a pipe nobody else has
    if isinstance(answer, InvoicekitError):
        return answer
    if not done:
        raise answer
    result: bytes = answer
    return result


def _made(making: Making) -> bytes | InvoicekitError:
    """Print one; what the book refuses of it stops no other."""
    try:
        return made(making)
    except InvoicekitError as error:
        return error


def serve() -> None:
    """Print what is asked for until nobody asks any more; this is what a child does."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            making = pickle.load(source)  # noqa: S301 - of the process that started this one
        except EOFError:
            return
        answer: Sequence[Any]
        try:
            answer = (True, made(making))
        except Exception as error:  # noqa: BLE001 - told to who asked, who raises it
            answer = (False, error)
        pickle.dump(answer, sink)
        sink.flush()
