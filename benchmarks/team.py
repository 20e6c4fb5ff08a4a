"""A book in a file beside the same book in PostgreSQL and on a lake: a change, lists, aging, an import, and many writers.

    pip install -e ".[test,team]"
    python benchmarks/team.py [invoices ...]

The book of benchmarks/reports.py, copied into a PostgreSQL of this run's own and published on a lake whose catalogue is a file.
Each question is asked of all three in turns; milliseconds are medians. Beside a change stand what the disk takes for one fsync,
and the bare statements of that change sent to PostgreSQL as one text, with nothing of ours around them.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from threading import Barrier

import duckdb
from customers import timed
from reports import AS_OF, filled

sys.path.insert(0, str(Path(__file__).parents[1]))

import invoicekit as ik
from invoicekit.store.server import load_postgres
from tests.postgres import Postgres, running

SIZES = (100_000, 1_000_000)
CHANGES, TURNS = 60, 5
ROWS = 100_000
WRITERS, SECONDS = (1, 2, 4, 8), 15

# What one change of a field is, as PostgreSQL sees it: a number, the version before, the row, the operation.
BARE = """
begin;
update main.counters set value = value + 1 where name = 'operations';
insert into history.customers select customers.*, 1 from main.customers where id = {nth};
update main.customers set phone = '{nth}', operation = (select value from main.counters where name = 'operations') where id = {nth};
insert into main.operations (id, kind, summary, actor, recorded_at, wrote, seal)
select value, 'change', '', 'ana', now()::timestamp, '', '' from main.counters where name = 'operations';
commit
"""


def told(what: str, found: Mapping[str, float], first: str = "file") -> None:
    """Print a line: milliseconds of each, and how many times those of the first one."""
    print(
        f"{what:<40}" + "".join(f"{name:>9} {ms:9.1f} ({ms / found[first]:5.2f})" for name, ms in found.items()),
        flush=True,
    )


def in_turns(asked: Mapping[str, Callable[[int], object]], turns: int) -> dict[str, float]:
    """Return the median milliseconds of each, asked in turns."""
    spent: dict[str, list[float]] = {name: [] for name in asked}
    for turn in range(turns):
        for name, ask in asked.items():
            spent[name].append(timed(lambda ask=ask, turn=turn: ask(turn)))
    return {name: median(each[1:] or each) for name, each in spent.items()}


def fsync(folder: Path) -> float:
    """Return what the disk takes for a few bytes, in milliseconds."""
    with (folder / "bytes").open("wb") as file:

        def once(_: int) -> None:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())

        return in_turns({"fsync": once}, 40)["fsync"]


def bare(url: str) -> Callable[[int], object]:
    """Return what sends the statements of a change to PostgreSQL, in a database that is a copy."""
    engine = duckdb.connect()
    load_postgres(engine)
    engine.execute(f"attach '{url}' as book (type postgres)")
    return lambda nth: engine.execute(
        "call postgres_execute('book', $text, use_transaction := false)", {"text": BARE.format(nth=nth + 1)}
    )


def changes(file: ik.Book, team: ik.Book, copy: str, folder: Path) -> None:
    """Time one change of a field, as forms make it when somebody has typed."""
    found = in_turns(
        {
            "file": lambda turn: file.customers.change(5, phone=str(turn)),
            "team": lambda turn: team.customers.change(5, phone=str(turn)),
            "bare": bare(copy),
        },
        CHANGES,
    )
    told("one field changed", found | {"fsync": fsync(folder)})

    def record(book: ik.Book) -> Callable[[int], object]:
        return lambda turn: book.invoices.record(7, number=f"NEW-{turn}", date="2026-06-01", total="100")

    told("one invoice recorded", in_turns({"file": record(file), "team": record(team)}, TURNS))


def questions(books: Mapping[str, ik.Book]) -> None:
    """Time what screens and reports ask."""
    asked: dict[str, Callable[[ik.Book], object]] = {
        "the first rows of the list of invoices": lambda book: book.invoices.pages().window(count=60),
        "the list of one customer's invoices": lambda book: book.invoices.pages(customer=7).window(count=60),
        "aging": lambda book: book.reports.aging(as_of=AS_OF, by="currency").table,
        "aging by customer": lambda book: book.reports.aging(as_of=AS_OF).table,
        "aging as known at operation 1": lambda book: book.reports.aging(as_of=AS_OF, by="currency", known_at=1).table,
        "balances": lambda book: book.reports.balances(as_of=AS_OF).table,
    }
    for what, ask in asked.items():
        told(what, in_turns({name: asking(ask, book) for name, book in books.items()}, TURNS))


def asking(ask: Callable[[ik.Book], object], book: ik.Book) -> Callable[[int], object]:
    """Return what asks one book."""
    return lambda _: ask(book)


def imports(folder: Path, postgres: Postgres) -> None:
    """Time a whole import into an empty book."""
    path = folder / "clients.csv"
    path.write_text("Name,Email,Phone,City\n" + "".join(
        f"Client {nth} {nth % 977},c{nth}@example.org,12{nth},City {nth % 99}\n" for nth in range(ROWS)))  # fmt: skip

    def into(address: str) -> None:
        with ik.open(address) as book:
            book.imports.read(path, into="customers").apply()

    found = {
        name: timed(lambda address=address: into(address))
        for name, address in (("file", str(folder / "import.duckdb")), ("team", postgres.url(postgres.database())))
    }
    told(f"import of {ROWS:,} customers", found)


def writes(url: str, number: int, ready: Barrier) -> list[float]:
    """Change a customer of one's own for a while, once everybody is there, and return how long each change took."""
    with ik.open(url, actor=f"user {number}") as book:
        book.customers.change(number + 10, phone="ready")
        spent: list[float] = []
        ready.wait()
        until = time.time() + SECONDS
        while time.time() < until:
            spent.append(timed(lambda: book.customers.change(number + 10, phone=str(len(spent)))))
    return spent


def writers(url: str) -> None:
    """Let several processes write at once."""
    spawning = multiprocessing.get_context("spawn")
    for count in WRITERS:
        with spawning.Manager() as manager, spawning.Pool(count) as processes:
            ready = manager.Barrier(count)
            told = processes.starmap(writes, [(url, nth, ready) for nth in range(count)])
        found = [ms for one in told for ms in one]
        print(
            f"{f'{count} writing at once':<40}{len(found) / SECONDS:9.1f} changes a second, median {median(found):.0f} ms, "
            f"longest {max(found):.0f} ms", flush=True)  # fmt: skip


def measure(invoices: int, *, writing: bool) -> None:
    """Measure books of one size."""
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as postgres:
        folder = Path(name)
        print(f"\n{invoices:,} invoices; DuckDB {duckdb.__version__}, {postgres.run('postgres', '--version').strip()}")
        file = filled(folder / "book.duckdb", invoices)
        database = postgres.database()
        url, lake = postgres.url(database), f"ducklake:{folder / 'book.ducklake'}"
        print(f"copied to PostgreSQL in {timed(lambda: file.copy_to(url)) / 1000:.1f} s", end=", ", flush=True)
        print(f"published in {timed(lambda: file.publish(lake)) / 1000:.1f} s", flush=True)
        # PostgreSQL copies only what nobody has open.
        copy = postgres.database(like=database)
        with ik.open(url) as team, ik.open(lake, read_only=True) as shared:
            changes(file, team, postgres.url(copy), folder)
            postgres.drop(copy)
            print(f"published again after that: {timed(lambda: file.publish(lake)):.0f} ms")
            questions({"file": file, "team": team, "lake": shared})
        if writing:
            imports(folder, postgres)
            writers(url)
        file.close()


def main() -> None:
    sizes = [int(said) for said in sys.argv[1:]] or SIZES
    for invoices in sizes:
        measure(invoices, writing=invoices == sizes[0])


if __name__ == "__main__":
    main()
