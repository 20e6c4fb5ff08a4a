"""Work in progress, a transfer and the list of a matter, each beside the bare SQL that does the same.

    python benchmarks/work.py [activities ...]

In books of 10,000, 100,000 and 1,000,000 activities, fifty on a matter, work in progress is summed up by matter as of a
day, 10,000 activities are transferred to another matter and back (a tenth of the smallest book's), one matter is listed,
and one activity is noted. Beside each stand the bare statements that answer the same or change the same rows and keep the
same versions, on a copy of the same file, in turns: no rule is asked there, nothing is looked up by name, and nothing is
told about the rows.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import duckdb

import invoicekit as ik

TURNS = 7
AS_OF = "2026-06-30"


def timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def filled(path: Path, activities: int) -> ik.Book:
    """Make a book: fifty activities on each matter, over a year, by twenty users, for a customer for every four matters."""
    book = ik.open(path, actor="user 1")
    matters, customers = activities // 50, max(activities // 200, 1)
    with book.operation("fill") as op:
        op.insert("customers", op.arrow(
            f"select 'Customer ' || i as display_name, 'customer' as kind from range(1, {customers} + 1) t(i)"
        ))  # fmt: skip
        op.insert("users", op.arrow("select 'user ' || i as name, 100 + i as rate from range(1, 21) t(i)"))
        op.insert("matters", op.arrow(
            "select 'M-' || i as number, 'Matter ' || i as title, 'EUR' as currency, date '2025-01-01' as opened_on "
            f"from range(1, {matters} + 1) t(i)"
        ))  # fmt: skip
        op.insert("matter_clients", op.arrow(
            f"select i as matter, 1 + i % {customers} as customer from range(1, {matters} + 1) t(i)"
        ))  # fmt: skip
        op.insert("activities", op.arrow(
            f"select 1 + i % {matters} as matter, 'time' as kind, date '2026-01-01' + (i * 7 % 365)::int as date, "
            "1 + i % 20 as worked_by, 'Work ' || i as description, (600 + i % 7000)::decimal(18, 4) as worked, worked as billed, "
            "100::decimal(18, 6) as rate, 'user' as rate_from, true as taxable, "
            f"(20 + i % 200)::decimal(18, 4) as amount, true as billable from range({activities}) t(i)"
        ))  # fmt: skip
        op.insert("wip_entries", op.arrow(
            "select id as activity, 'recorded' as event, date as entry_date, date as recorded_on, date as work_date, "
            "matter, worked_by, "
            "kind, 'EUR' as currency, billed as seconds, amount from activities order by id"
        ))  # fmt: skip
    return book


class Bare:
    """The statements an operation comes down to, and nothing else."""

    def __init__(self, path: Path) -> None:
        self.engine = duckdb.connect(str(path))
        self.operation = 1000

    def wip(self) -> None:
        """Sum work in progress up by matter and currency."""
        self.engine.sql(
            "select matter, currency, sum(seconds)::decimal(18, 4), sum(amount)::decimal(18, 4) from wip_entries "
            f"where entry_date <= date '{AS_OF}' group by all"
        ).to_arrow_table()

    def transfer(self, ids: list[int], to: int) -> None:
        """Give activities another matter, keep their versions, and post both legs of each."""
        self._begin()
        self.engine.execute("create or replace temp table moved as select unnest($ids) as id", {"ids": ids})
        names = self._names("activities")
        self.engine.execute(
            f"insert into history.activities ({names}, ended_by) select {names}, {self.operation} from activities "
            "where id in (select id from moved)"
        )
        legs = (
            "select activity, 'transferred' as event, date '2026-12-31' as entry_date, date '2026-12-31' as recorded_on, "
            "work_date, "
            "matter, worked_by, kind, currency, sum(seconds)::decimal(18, 4) as seconds, sum(amount)::decimal(18, 4) as amount "
            "from wip_entries where activity in (select id from moved) group by all having sum(amount) <> 0"
        )
        self.engine.execute(f"create or replace temp table legs as {legs}")
        both = (
            "select * replace (-seconds as seconds, -amount as amount) from legs union all "
            f"select * replace ({to} as matter) from legs"
        )
        columns = (
            "activity, event, entry_date, recorded_on, work_date, matter, worked_by, kind, currency, seconds, amount"
        )
        self.engine.execute(
            f"insert into wip_entries (id, operation, {columns}) select (select max(id) from wip_entries) + row_number() over (), "
            f"{self.operation}, {columns} from ({both})"
        )
        self.engine.execute(
            f"update activities set matter = {to}, operation = {self.operation} where id in (select id from moved)"
        )
        self._end()

    def list(self, matter: int) -> None:
        """Read the activities of a matter, newest first."""
        self.engine.sql(
            f"select * from activities where matter = {matter} order by date desc, id desc"
        ).to_arrow_table()

    def note(self) -> None:
        """Write one activity and its entry."""
        self._begin()
        self.engine.execute(
            "insert into activities (id, matter, kind, date, worked_by, worked, billed, rate, amount, billable, operation) "
            f"select max(id) + 1, 1, 'time', date '2026-06-01', 1, 3600, 3600, 101, 101, true, {self.operation} from activities"
        )
        self.engine.execute(
            "insert into wip_entries (id, activity, event, entry_date, recorded_on, work_date, matter, worked_by, kind, "
            "currency, seconds, amount, operation) "
            "select max(id) + 1, 1, 'recorded', date '2026-06-01', date '2026-06-01', date '2026-06-01', "
            f"1, 1, 'time', 'EUR', 3600, 101, {self.operation} from wip_entries"
        )
        self._end()

    def _names(self, table: str) -> str:
        return ", ".join(f'"{row[0]}"' for row in self.engine.execute(f"describe {table}").fetchall())

    def _begin(self) -> None:
        self.operation += 1
        self.engine.execute("begin transaction")

    def _end(self) -> None:
        self.engine.execute(
            "insert into operations (id, kind, actor, recorded_at) values (?, 'bare', 'bench', now()::timestamp)",
            [self.operation],
        )
        self.engine.execute("commit")


def measure(folder: Path, activities: int) -> None:
    book = filled(folder / f"{activities}.duckdb", activities)
    bare = Bare(book.backup(folder / f"{activities}.bare.duckdb"))
    moved = list(range(1, min(10_000, activities // 10) + 1))
    there = iter((2, 3) * 20)
    pairs: dict[str, list[tuple[float, float]]] = {}
    for _ in range(TURNS):
        to = next(there)
        for name, ours, beside in (
            ("work in progress by matter", lambda: book.reports.wip(as_of=AS_OF), bare.wip),
            (
                f"transfer of {len(moved):,}",
                lambda: book.activities.transfer(moved, to, on="2026-12-31"),  # noqa: B023 - done at once
                lambda: bare.transfer(moved, to),  # noqa: B023
            ),
            ("list of one matter", lambda: book.activities.list(40), lambda: bare.list(40)),
            ("one activity noted", lambda: book.activities.add(1, worked=1, date="2026-06-01"), bare.note),
        ):
            pairs.setdefault(name, []).append((timed(ours), timed(beside)))
    print(f"\n{activities:,} activities, {activities // 50:,} matters{'':<12}{'ours ms':>10}{'bare ms':>9}{'ratio':>7}")
    for name, measured in pairs.items():
        mine, floor = median(pair[0] for pair in measured), median(pair[1] for pair in measured)
        print(f"{name:<46}{mine:>9.1f}{floor:>9.1f}{mine / floor:>7.1f}", flush=True)
    bare.engine.close()
    book.close()


def main() -> None:
    sizes = [int(text) for text in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    with tempfile.TemporaryDirectory() as name:
        for size in sizes:
            measure(Path(name), size)


if __name__ == "__main__":
    main()
