"""Reports at a hundred thousand, one and ten million invoices, beside bare scans, pandas and SQLite.

    python benchmarks/reports.py [invoices ...]

A book of 100,000 customers; nineteen of twenty invoices are paid, each by a payment of its own, from ten days early to four
months late. Every report is asked of the book as anybody asks it, and fetched whole; in turns with it, on the same machine
in the same run: the bare DuckDB scan and group-by of the same columns of the same file, pandas on frames that are in memory
already, and SQLite with indexes on customer and on invoice. Wall and CPU milliseconds, medians.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import duckdb
import pandas as pd

import invoicekit as ik
from invoicekit.store.settled import forget

CUSTOMERS = 100_000
AS_OF = "2026-06-30"
SIZES = (100_000, 1_000_000, 10_000_000)
# Beyond this many postings SQLite takes minutes to be filled.
MOST_IN_SQLITE = 2_500_000

FILL = {
    "invoices": """
        select
            i as id, 'invoice' as kind, 'external' as series, '' as source, customer::varchar as source_customer,
            'F' || i as number, customer, customer as recorded_for, day as date, day + 30 as due_date, 'EUR' as currency,
            net::decimal(18, 4) as net, (net * 0.2)::decimal(18, 4) as tax, (net * 1.2)::decimal(18, 4) as total, 'final' as status
        from (
            select
                i, 1 + (hash(i) % {customers})::bigint as customer, date '2021-07-01' + (i * 1825 // {invoices})::integer as day,
                ((hash(i + 1) % 90000)::bigint + 1000)::decimal(12, 2) * 0.05 as net
            from range(1, {invoices} + 1) numbers (i)
        )
    """,
    "payments": """
        select
            row_number() over (order by paid_on, id) as id, '' as source, 'P' || id as external_id, customer, recorded_for,
            paid_on as date, total as amount, currency, number as invoice_number
        from (select *, due_date + (hash(id + 2) % 130)::integer - 10 as paid_on from invoices where hash(id + 3) % 20 <> 0)
        where paid_on <= date '{as_of}'
    """,
    "allocations": """
        select payments.id, payments.id as payment, invoices.id as invoice, payments.date, payments.amount, payments.currency
        from payments
        inner join invoices on 'P' || invoices.id = payments.external_id
    """,
    "entries": """
        select
            row_number() over (order by entry_date, sort, source) as id, customer, invoice, document, payment, allocation, kind,
            entry_date, invoice_date, due_date, currency, amount
        from (
            select
                1 as sort, id as source, customer, id as invoice, id as document, null::bigint as payment,
                null::bigint as allocation, 'invoice' as kind, date as entry_date, date as invoice_date, due_date, currency,
                total as amount
            from invoices
            union all
            select
                2, allocations.id, invoices.customer, invoices.id, null, allocations.payment, allocations.id, 'payment',
                allocations.date, invoices.date, invoices.due_date, allocations.currency, -allocations.amount
            from allocations
            inner join invoices on invoices.id = allocations.invoice
        )
    """,
}


def filled(path: Path, invoices: int) -> ik.Book:
    """Make a book, and say how long the copy took that reports read."""
    book = ik.open(path, currency="EUR")
    with book.operation("fill") as op:
        op.insert("customers", op.arrow(
            "select i as id, 'Customer ' || (hash(i) % 1000000007) || ' ' || i as display_name, 'customer' as kind, "
            f"'self' as bill_to from range(1, {CUSTOMERS} + 1) numbers (i)"
        ))  # fmt: skip
        op.next_number("customers", CUSTOMERS)
        for table, sql in FILL.items():
            op.insert_from(table, sql.format(invoices=invoices, customers=CUSTOMERS, as_of=AS_OF))
            [[count]] = op.cursor.execute(f"select count(*) from {table}").fetchall()
            op.next_number(table, count)
        start = time.perf_counter()
    print(f"commit and copy: {time.perf_counter() - start:.1f} s", end="; ")
    start = time.perf_counter()
    book.reports.settle()
    print(f"the copy alone: {time.perf_counter() - start:.1f} s; {path.stat().st_size / 1e6:,.0f} MB")
    return book


class Plain:
    """The same questions of a second copy of the file, by the bare statements: no names, no order, no filters."""

    def __init__(self, path: Path) -> None:
        self.engine = duckdb.connect(str(path), read_only=True)

    def ask(self, sql: str) -> Callable[[], object]:
        """Return what asks one statement and fetches it whole."""
        return lambda: self.engine.sql(sql).to_arrow_table()


class Frames:
    """The same questions of pandas, on frames that are in memory."""

    def __init__(self, engine: duckdb.DuckDBPyConnection) -> None:
        self.day = pd.Timestamp(AS_OF)
        self.entries = engine.sql(
            "select id, customer, invoice, due_date, entry_date, amount::double as amount from entries"
        ).df()
        self.customers = engine.sql("select id, display_name from customers").df()

    def _aged(self) -> pd.DataFrame:
        held = self.entries[self.entries["entry_date"] <= self.day]
        days = (self.day - held["due_date"]).dt.days
        return held.assign(bucket=pd.cut(days, [-(10**6), 0, 30, 60, 90, 10**6], labels=False))

    def aging(self) -> object:
        """Sum by bucket."""
        return self._aged().groupby("bucket")["amount"].sum()

    def aging_by_customer(self) -> object:
        """Sum by customer and bucket."""
        return self._aged().groupby(["customer", "bucket"])["amount"].sum().unstack(fill_value=0)

    def balances(self) -> object:
        """Sum by customer."""
        held = self.entries[self.entries["entry_date"] <= self.day]
        return held.groupby("customer")["amount"].sum()

    def open_items(self) -> object:
        """Sum by invoice, and keep what is open."""
        held = self.entries[self.entries["entry_date"] <= self.day]
        sums = held.groupby("invoice")["amount"].sum().round(2)
        return sums[sums != 0]

    def statement(self) -> object:
        """List what one customer did, with the balance."""
        held = self.entries[(self.entries["customer"] == 4711) & (self.entries["entry_date"] <= self.day)]
        return held.sort_values("entry_date").assign(balance=lambda rows: rows["amount"].cumsum())

    def search(self) -> object:
        """Find customers by a part of their name."""
        return self.customers[self.customers["display_name"].str.contains("4711", regex=False)].head(50)


class Lite:
    """The same questions of SQLite, with the indexes one would give it; amounts in cents."""

    def __init__(self, engine: duckdb.DuckDBPyConnection, path: Path) -> None:
        self.base = sqlite3.connect(path)
        self.base.execute(
            "create table entries (customer int, invoice int, due_date text, entry_date text, amount int)"
        )
        told = "select customer, invoice, due_date::varchar, entry_date::varchar, (amount * 100)::bigint from entries"
        self.base.executemany("insert into entries values (?, ?, ?, ?, ?)", engine.execute(told).fetchall())
        self.base.execute("create table customers (id int, name text)")
        self.base.executemany(
            "insert into customers values (?, ?)", engine.execute("select id, display_name from customers").fetchall()
        )
        for column in ("customer", "invoice"):
            self.base.execute(f"create index by_{column} on entries ({column})")
        self.base.commit()

    def ask(self, sql: str) -> Callable[[], object]:
        """Return what asks one statement and fetches it whole."""
        return lambda: self.base.execute(sql).fetchall()


DAYS = f"date '{AS_OF}' - due_date"
LATE = [(date.fromisoformat(AS_OF) - timedelta(days=days)).isoformat() for days in (0, 30, 60, 90)]
LITE_BUCKET = (
    f"(due_date < '{LATE[0]}') + (due_date < '{LATE[1]}') + (due_date < '{LATE[2]}') + (due_date < '{LATE[3]}')"
)
SCAN = f"select currency, sum(amount) as amount from entries where entry_date <= date '{AS_OF}' group by currency"

SUMMED = "select customer, sum(amount)::decimal(18, 4) as amount from entries where entry_date <= date '{day}' group by customer"

# What is asked, the bare statement that is its floor, and how pandas and SQLite answer it.
QUESTIONS = {
    "aging in all": (
        lambda book: book.reports.aging(as_of=AS_OF, by="currency").table,
        SCAN, "aging", f"select {LITE_BUCKET}, sum(amount) from entries where entry_date <= '{AS_OF}' group by 1",
    ),
    "aging by customer": (
        lambda book: book.reports.aging(as_of=AS_OF).table,
        SUMMED.format(day=AS_OF),
        "aging_by_customer",
        f"select customer, {LITE_BUCKET}, sum(amount) from entries where entry_date <= '{AS_OF}' group by 1, 2",
    ),
    "aging by customer, two years ago": (
        lambda book: book.reports.aging(as_of="2024-06-30").table,
        SUMMED.format(day="2024-06-30"),
        None, None,
    ),
    "balances": (
        lambda book: book.reports.balances(as_of=AS_OF).table,
        SUMMED.format(day=AS_OF),
        "balances", f"select customer, sum(amount) from entries where entry_date <= '{AS_OF}' group by customer",
    ),
    "open items": (
        lambda book: book.reports.open_items(as_of=AS_OF).table,
        SCAN, "open_items",
        f"select invoice, sum(amount) from entries where entry_date <= '{AS_OF}' group by invoice having sum(amount) <> 0",
    ),
    "statement of one customer": (
        lambda book: book.reports.statement(customer=4711, as_of=AS_OF).table,
        f"select entry_date, amount from entries where customer = 4711 and entry_date <= date '{AS_OF}' order by 1",
        "statement",
        f"select entry_date, sum(amount) over (order by entry_date) from entries where customer = 4711 and entry_date <= '{AS_OF}'",
    ),
    "search of a name fragment": (
        lambda book: book.customers.page("4711", count=50),
        "select id, display_name from customers where contains(display_name, '4711') limit 50",
        "search", "select id, name from customers where name like '%4711%' limit 50",
    ),
}  # fmt: skip


def timed(act: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000


def measure(folder: Path, invoices: int) -> None:
    path, beside = folder / f"{invoices}.duckdb", folder / f"{invoices}_plain.duckdb"
    print(f"\n{invoices:,} invoices: ", end="")
    with filled(path, invoices) as book:
        book.backup(beside)
        plain = Plain(beside)
        frames = Frames(plain.engine)
        lite = Lite(plain.engine, folder / "lite.db") if len(frames.entries) <= MOST_IN_SQLITE else None
        turns = 7 if invoices <= 1_000_000 else 5
        print(
            f"{'':<34}{'wall':>8}{'CPU':>8}{'bare':>8}{'CPU':>8}{'times':>7}{'pandas':>9}{'times':>7}{'SQLite':>9}{'times':>7}"
        )
        for name, (ours, bare, in_pandas, in_lite) in QUESTIONS.items():
            acts: list[Callable[[], object]] = [lambda ours=ours: ours(book), plain.ask(bare)]  # type: ignore[misc]
            acts += [getattr(frames, in_pandas)] if in_pandas else []
            acts += [lite.ask(in_lite)] if lite and in_lite else []
            runs = [[timed(act) for act in acts] for _ in range(turns)]
            found = [[median(run[nth][part] for run in runs) for part in (0, 1)] for nth in range(len(acts))]
            line = f"{name:<34}{found[0][0]:>8.1f}{found[0][1]:>8.1f}{found[1][0]:>8.1f}{found[1][1]:>8.1f}"
            line += f"{found[0][0] / found[1][0]:>7.2f}"
            for other in found[2:]:
                line += f"{other[0]:>9.1f}{other[0] / found[0][0]:>7.1f}"
            print(line, flush=True)
        plain.engine.close()
        writing(book)


def writing(book: ik.Book) -> None:
    """Say what keeping the copy up adds to an operation: a payment of one invoice, recorded with a copy and without."""
    owed = iter(
        book.sql("select record, customer_id, total from open_items where kind = 'invoice' limit 20").to_dict("records")
    )

    def pay() -> None:
        item = next(owed)
        book.payments.record(item["customer_id"], amount=item["total"], date=AS_OF, invoices=[item["record"]])

    with_copy = [timed(pay) for _ in range(7)]
    cursor = book._store.cursor()
    forget(cursor)
    cursor.close()
    book._store._place.settled._whole = None
    without = [timed(pay) for _ in range(7)]
    told = [median(run[0] for run in runs) for runs in (with_copy, without)]
    print(f"one payment recorded: {told[0]:.0f} ms with a copy to be kept up, {told[1]:.0f} without", flush=True)


def main() -> None:
    sizes = [int(said) for said in sys.argv[1:]] or SIZES
    with tempfile.TemporaryDirectory() as name:
        for invoices in sizes:
            measure(Path(name), invoices)
            for left in Path(name).iterdir():
                left.unlink()


if __name__ == "__main__":
    main()
