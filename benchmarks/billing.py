"""A billing run, drafted and issued, beside the bare SQL that inserts the same rows.

    python benchmarks/billing.py [invoices ...]

In books with ten unbilled activities on each matter, a run bills every matter to its client and issues the invoices:
lines and taxes worked out, numbered, posted, the work billed, each frozen as it was issued. Beside it the finished rows
are copied into a copy of the book as it was before, by one INSERT a table and the same UPDATE of the activities with
their earlier versions kept: what the engine takes to write them, when nothing is worked out and nothing is checked.
"""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

import invoicekit as ik

DAY = "2026-01-31"
WRITTEN = ("invoices", "invoice_lines", "invoice_taxes", "entries", "issued_invoices")


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """Return wall and CPU time of an act, in milliseconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000


def filled(path: Path, invoices: int) -> None:
    """Make a book: ten activities on each matter, a client for every two matters."""
    with ik.open(path, actor="user 1") as book:
        book.seller.change(name="Lee & Co", address="1 High Street", city="Dublin", country="IE", tax_id="IE6388047V")
        book.settings.complete_profile = ("address",)
        with book.operation("fill") as op:
            op.insert("customers", op.arrow(
                "select 'Customer ' || i as display_name, 'customer' as kind, i || ' Low Street' as address, 'Cork' as city, "
                f"'IE' as country, 'NET_30' as terms, 23::decimal(9, 4) as tax_rate from range(1, {invoices // 2} + 1) t(i)"
            ))  # fmt: skip
            op.insert("users", op.arrow("select 'user ' || i as name, 100 + i as rate from range(1, 21) t(i)"))
            op.insert("matters", op.arrow(
                "select 'M-' || i as number, 'Matter ' || i as title, 'EUR' as currency, date '2025-01-01' as opened_on "
                f"from range(1, {invoices} + 1) t(i)"
            ))  # fmt: skip
            op.insert("matter_clients", op.arrow(
                f"select i as matter, 1 + i % {invoices // 2} as customer from range(1, {invoices} + 1) t(i)"
            ))  # fmt: skip
            op.insert("activities", op.arrow(
                f"select 1 + i % {invoices} as matter, 'time' as kind, date '2026-01-01' + (i * 7 % 30)::int as date, "
                "1 + i % 20 as worked_by, 'Work ' || i as description, (3600 + i % 7000)::decimal(18, 4) as worked, "
                "worked as billed, "
                "100::decimal(18, 6) as rate, 'user' as rate_from, true as taxable, 23::decimal(9, 4) as tax_rate, "
                f"hours_worth(worked, rate, 2) as amount, true as billable from range({invoices * 10}) t(i)"
            ))  # fmt: skip
            op.insert("wip_entries", op.arrow(
                "select id as activity, 'recorded' as event, date as entry_date, date as recorded_on, date as work_date, "
                "matter, worked_by, kind, 'EUR' as currency, billed as seconds, amount from activities order by id"
            ))  # fmt: skip


def bare(before: Path, done: Path) -> tuple[float, float]:
    """Write the rows of a finished run into the book as it was before, and return the time that took."""
    engine = duckdb.connect(str(before))
    engine.execute(f"attach '{done}' as done (read_only)")

    def write() -> None:
        engine.execute("begin")
        for table in WRITTEN:
            engine.execute(f"insert into {table} select * from done.{table}")
        engine.execute("insert into wip_entries select * from done.wip_entries where event = 'billed'")
        engine.execute(
            "insert into history.activities select activities.*, 1000 from activities "
            "inner join done.activities as billed using (id) where billed.invoice is not null"
        )
        engine.execute(
            "update activities set invoice = billed.invoice, operation = billed.operation from done.activities as billed "
            "where billed.id = activities.id"
        )
        engine.execute("commit")

    taken = timed(write)
    engine.close()
    return taken


def main(sizes: list[int]) -> None:
    print(
        f"{'invoices':>9} {'activities':>10} {'run s':>7} {'bare s':>7} {'times':>6} "
        f"{'ms each':>8} {'cpu each':>9} {'memory MB':>10}"
    )
    for invoices in sizes:
        with tempfile.TemporaryDirectory() as folder:
            before, done = Path(folder) / "before.duckdb", Path(folder) / "done.duckdb"
            filled(before, invoices)
            shutil.copy(before, done)
            with ik.open(done) as book:
                run = book.invoices.billing_run(until=DAY, date=DAY)
                wall, cpu = timed(run.finalize)
                assert book.series.next(date=DAY) == str(invoices + 1)
            floor, _ = bare(before, done)
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{invoices:>9,} {invoices * 10:>10,} {wall / 1000:>7.2f} {floor / 1000:>7.2f} {wall / floor:>6.1f} "
                f"{wall / invoices:>8.3f} {cpu / invoices:>9.3f} {memory:>10,.0f}"
            )


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1_000, 10_000])
