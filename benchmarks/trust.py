"""What trust costs: the seal of a change, proving a whole book, a backup, each beside the least that could be done instead.

    python benchmarks/trust.py [customers] [invoices]

A change of one field is timed together with the part of it that seals; a check together with a bare scan that reads every value
of every table once; a backup, which proves the copy row for row, together with the engine's copying alone, and with copying the
file of a book that is closed.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
from customers import filled, timed

import invoicekit as ik
from invoicekit.schema import TABLES, versioned
from invoicekit.store import operations

TURNS = 5
CHANGES = 60


def seals(book: ik.Book) -> None:
    """Time changes of one field, and what of each is the seal."""
    spent: list[float] = []

    def of(act: Callable[..., Any]) -> Callable[..., Any]:
        def sealed(*given: Any) -> Any:
            start = time.perf_counter()
            try:
                return act(*given)
            finally:
                spent.append((time.perf_counter() - start) * 1000)

        return sealed

    whole, parts = [], []
    held = operations.written, operations.seal
    operations.written, operations.seal = of(held[0]), of(held[1])
    try:
        for turn in range(CHANGES):
            spent.clear()
            whole.append(timed(lambda turn=turn: book.customers.change(5, phone=str(turn))))
            parts.append(sum(spent))
    finally:
        operations.written, operations.seal = held
    mine, seal = median(whole), median(parts)
    print(f"{'one field changed':<44}{mine:>9.1f}")
    print(f"{'of it the seal':<44}{seal:>9.1f}{seal / (mine - seal):>8.2f} of the rest", flush=True)


def scan(book: ik.Book) -> None:
    """Read every value of every table once."""
    for schema, tables in (("main", TABLES.values()), ("history", versioned())):
        for table in tables:
            values = f'select bit_xor(hash(held)) as sum from book.{schema}."{table.name}" held'
            book._store.rows(values)


def engine_copies(path: Path) -> None:
    """Let the engine copy a book that is closed, as a backup has it do, and prove nothing."""
    copy = path.with_name("engine.duckdb")
    with duckdb.connect() as engine:
        engine.execute(f"attach '{path}' as book (read_only)")
        engine.execute(f"attach '{copy}' as copy")
        engine.execute("copy from database book to copy")
    copy.unlink()


def main() -> None:
    customers, invoices = (int(text) for text in sys.argv[1:3]) if len(sys.argv) > 2 else (200_000, 1_000_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        book = filled(folder / "big.duckdb", customers, invoices)
        print(f"{customers:,} customers, {invoices:,} invoices{'':<8}{'ms':>12}")
        seals(book)
        bare, whole, proof, backups = [], [], [], []
        for _ in range(TURNS):
            bare.append(timed(lambda: scan(book)))
            whole.append(timed(book.check))
            proof.append(timed(lambda: book._store.breaches(book.seal)))
            backups.append(timed(lambda: book.backup(keep=1)))
        assert not len(book.check())
        book.close()
        engine = [timed(lambda: engine_copies(folder / "big.duckdb")) for _ in range(TURNS)]
        copies = [timed(lambda: shutil.copyfile(folder / "big.duckdb", folder / "copy.duckdb")) for _ in range(TURNS)]
        size = (folder / "big.duckdb").stat().st_size / 1e6
        for label, ours, floor, beside in (
            ("check", whole, bare, "a bare scan"),
            ("of it the seals", proof, bare, "a bare scan"),
            (f"backup, of {size:,.0f} MB", backups, engine, "the engine's copying alone"),
            ("the engine's copying", engine, copies, "copying the file"),
        ):
            mine, least = median(ours), median(floor)
            print(f"{label:<44}{mine:>9.0f}{mine / least:>8.1f} x {beside}, {least:,.0f}", flush=True)


if __name__ == "__main__":
    main()
