"""Trees, single changes, merges and the second clock, each beside the bare SQL that does the same.

    python benchmarks/customers.py [customers] [invoices]

A tree of 10,000 sub-customers is listed, moved, put out of use and brought back. In a book of 200,000
customers and 1,000,000 invoices, one field is changed as a form does it, and two customers who have
1,000 invoices each are merged and parted again; beside each stand the bare statements that change the
same rows and keep the same versions, on a copy of the same file, in turns. Then a report is asked as it
was known before more and more changes.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import duckdb

import invoicekit as ik

TURNS = 7
CHILDREN = 10_000


def timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def filled(path: Path, customers: int, invoices: int) -> ik.Book:
    """Make a book; its first two customers have 1,000 invoices each, the others their share."""
    book = ik.open(path)
    with book.operation("fill") as op:
        op.insert("customers", op.arrow(
            "select i as id, 'Customer ' || i as display_name, 'customer' as kind, 'self' as bill_to, "
            "'c' || i || '@example.org' as email, '12' || i as phone, 'Street ' || i as address, "
            f"'City ' || i % 1000 as city from range(1, {customers} + 1) numbers(i)"
        ))  # fmt: skip
        op.next_number("customers", customers)
        op.insert("invoices", op.arrow(
            "select i as id, 'invoice' as kind, 'external' as series, '' as source, 'x' as source_customer, "
            "'F-' || i as number, customer, customer as recorded_for, date '2025-01-01' + (i % 600)::int as date, "
            "date '2025-02-01' + (i % 600)::int as due_date, 'EUR' as currency, 100::decimal(18, 4) as net, "
            "20::decimal(18, 4) as tax, 120::decimal(18, 4) as total, 'final' as status from (select i, "
            f"case when i <= 1000 then 1 when i <= 2000 then 2 else 3 + i % ({customers} - 2) end as customer "
            f"from range(1, {invoices} + 1) numbers(i))"
        ))  # fmt: skip
        op.next_number("invoices", invoices)
        op.insert("entries", op.arrow(
            "select id, customer, id as invoice, id as document, 'invoice' as kind, date as entry_date, "
            "date as invoice_date, due_date, currency, total as amount from invoices order by id"
        ))  # fmt: skip
        op.next_number("entries", invoices)
    return book


class Bare:
    """The statements an operation comes down to, and nothing else: no rules, no checks of what is there."""

    def __init__(self, path: Path) -> None:
        self.engine = duckdb.connect(str(path))
        self.operation = 1000

    def change(self, phone: str) -> None:
        """Change one field of one customer."""
        self._begin()
        self._keep("customers", "id = 5")
        self.engine.execute(f"update customers set phone = '{phone}', operation = {self.operation} where id = 5")
        self._end()

    def merge(self, loser: int, kept: int) -> None:
        """Give one customer's rows to another."""
        self._begin()
        for table in ("invoices", "entries"):
            self._keep(table, f"customer = {loser}")
            self.engine.execute(
                f"update {table} set customer = {kept}, operation = {self.operation} where customer = {loser}"
            )
        self._keep("customers", f"id in ({loser}, {kept})")
        self.engine.execute(
            f"update customers set merged_into = {kept}, operation = {self.operation} where id = {loser}"
        )
        self._end()

    def part(self, loser: int, kept: int) -> None:
        """Give back what the last merge moved."""
        merged = self.operation
        self._begin()
        for table in ("invoices", "entries"):
            self._keep(table, f"operation = {merged}")
            self.engine.execute(
                f"update {table} set customer = old.customer, operation = {self.operation} from history.{table} old "
                f"where old.id = {table}.id and old.ended_by = {merged}"
            )
        self._keep("customers", f"id in ({loser}, {kept})")
        self.engine.execute(f"update customers set merged_into = null, operation = {self.operation} where id = {loser}")
        self._end()

    def _begin(self) -> None:
        self.operation += 1
        self.engine.execute("begin transaction")
        self.engine.execute("update counters set value = value + 1 where name = 'operations'")

    def _keep(self, table: str, where: str) -> None:
        names = [row[0] for row in self.engine.execute(f"describe {table}").fetchall()]
        columns = ", ".join(f'"{name}"' for name in names)
        self.engine.execute(
            f"insert into history.{table} ({columns}, ended_by) select {columns}, {self.operation} from {table} where {where}"
        )

    def _end(self) -> None:
        self.engine.execute(
            "insert into operations (id, kind, actor, recorded_at) values (?, 'bare', 'bench', now()::timestamp)",
            [self.operation],
        )
        self.engine.execute("commit")


def beside(name: str, ours: Callable[[], object], bare: Callable[[], object]) -> None:
    pairs = [(timed(ours), timed(bare)) for _ in range(TURNS)]
    mine, floor = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    print(f"{name:<44}{mine:>9.1f}{floor:>9.1f}{mine / floor:>7.1f}", flush=True)


def trees(folder: Path) -> None:
    print(f"\n{CHILDREN:,} sub-customers under one parent{'':<10}{'ms':>9}")
    with ik.open(folder / "tree.duckdb") as book:
        top, other = book.customers.add(display_name="Top"), book.customers.add(display_name="Other")
        branch = book.customers.add(display_name="Branch", parent=top)
        with book.operation("fill") as op:
            op.insert("customers", op.arrow(
                f"select 'Sub ' || i as display_name, {branch} as parent, 'customer' as kind from range({CHILDREN}) t(i)"
            ))  # fmt: skip
        steps: list[tuple[str, Callable[[], object]]] = [
            ("list them", lambda: book.customers.list(parent=branch)),
            ("a page of 50 of them", lambda: book.customers.page(parent=branch)),
            ("move the branch", lambda: book.customers.change(branch, parent=other)),
            ("add one more", lambda: book.customers.add(display_name="One more", parent=branch)),
            ("make the branch inactive", lambda: book.customers.make_inactive(branch)),
            ("activate it with all below", lambda: book.customers.activate(branch, include_sub_customers=True)),
            ("undo that", lambda: book.undo(int(book.operations()["id"].iloc[0]))),
        ]
        for name, act in steps:
            print(f"{name:<44}{timed(act):>9.1f}", flush=True)


def single_changes(folder: Path, customers: int, invoices: int) -> None:
    print(f"\n{customers:,} customers, {invoices:,} invoices{'':<10}{'ours ms':>10}{'bare ms':>9}{'ratio':>7}")
    book = filled(folder / "big.duckdb", customers, invoices)
    bare = Bare(book.backup(folder / "bare.duckdb"))
    turn = iter(range(10_000))
    beside(
        "one field changed, as a form does it",
        lambda: book.customers.change(5, phone=str(next(turn))),
        lambda: bare.change(str(next(turn))),
    )
    done: list[int] = []
    merges, parts = [], []
    for _ in range(TURNS):
        merge = timed(lambda: done.append(book.customers.merge(2, into=1).confirm()))
        merges.append((merge, timed(lambda: bare.merge(2, 1))))
        part = timed(lambda: book.undo(done[-1]))
        parts.append((part, timed(lambda: bare.part(2, 1))))
    for name, pairs in (("merge of two with 1,000 invoices each", merges), ("undo of that", parts)):
        mine, floor = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
        print(f"{name:<44}{mine:>9.1f}{floor:>9.1f}{mine / floor:>7.1f}", flush=True)
    others: list[tuple[str, Callable[[], object]]] = [
        ("get one by id", lambda: book.customers.get(5)),
        ("get one by name", lambda: book.customers.get("Customer 77")),
        ("a page of 50, by name", book.customers.page),
        ("a page of 50 of a search", lambda: book.customers.page("omer 123")),
        ("rename", lambda: book.customers.change(5, display_name=f"Renamed {next(turn)}")),
    ]
    for name, act in others:
        print(f"{name:<44}{median(timed(act) for _ in range(TURNS)):>9.1f}", flush=True)
    bare.engine.close()
    book.close()


def second_clock(folder: Path, customers: int, invoices: int) -> None:
    print(f"\n{'balances as known before so many changes':<44}{'ms':>9}{'now ms':>9}{'ratio':>7}")
    for share in (4, 1):
        size, documents = customers // share, invoices // share
        with filled(folder / f"clock{share}.duckdb", size, documents) as book:
            start = int(book.operations()["id"].iloc[0])
            for changed in (0, 1_000, 10_000, 100_000):
                if changed:
                    with book.operation("edit") as op:
                        moved = f"select id, amount + 1 as amount from entries where id <= {min(changed, documents)}"
                        op.update("entries", op.arrow(moved))
                moments = (start, None)
                pairs = [
                    [timed(partial(book.reports.balances, known_at=moment)) for moment in moments] for _ in range(TURNS)
                ]
                then, now = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
                name = f"{documents:,} invoices, {changed:,} changed since"
                print(f"{name:<44}{then:>9.1f}{now:>9.1f}{then / now:>7.2f}", flush=True)


def main() -> None:
    customers, invoices = (int(text) for text in sys.argv[1:3]) if len(sys.argv) > 2 else (200_000, 1_000_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trees(folder)
        single_changes(folder, customers, invoices)
        second_clock(folder, customers, invoices)


if __name__ == "__main__":
    main()
