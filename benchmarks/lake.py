"""Aging of ten million invoices on a lake beside the same book in a file, and of a hundred million written straight on one.

    pip install -e ".[test,team]"
    python benchmarks/lake.py [in both] [straight]

The book of benchmarks/reports.py: 100,000 customers, nineteen of twenty invoices paid. Rows of the large one are made by the engine
where they are to lie, as publishing would have left them. Milliseconds, medians of questions asked in turns; beside them the
floor: the bare scan of what is open, in the file and in the Parquet files.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
from customers import timed
from reports import AS_OF, CUSTOMERS, filled
from team import in_turns, told

import invoicekit as ik
from invoicekit.store.lake import Catalogue
from invoicekit.store.publishing import _attached

IN_BOTH, STRAIGHT = 10_000_000, 100_000_000
TURNS, CHUNKS = 7, 20

# Every invoice and the payment that settles it, as benchmarks/reports.py makes them, of some of the customers.
POSTED = """
with invoices as (
    select
        i as id, 1 + (hash(i) % {customers})::bigint as customer, date '2021-07-01' + (i * 1825 // {invoices})::integer as day,
        (((hash(i + 1) % 90000)::bigint + 1000)::decimal(12, 2) * 0.05 * 1.2)::decimal(18, 4) as total
    from range(1, {invoices} + 1) numbers (i)
    where (1 + (hash(i) % {customers})::bigint) % {chunks} = {chunk}
),

known as (
    select
        *, day + 30 as due_date, case
            when hash(id + 3) % 20 <> 0 and day + 20 + (hash(id + 2) % 130)::integer <= date '{as_of}'
                then day + 20 + (hash(id + 2) % 130)::integer
        end as paid_on
    from invoices
)

select
    2 * id - 1 as id, customer, id as invoice, id as document, null::bigint as payment, null::bigint as allocation,
    'invoice' as kind, day as entry_date, day as invoice_date, due_date, 'EUR' as currency, total as amount, 1 as operation,
    coalesce(paid_on, date '9999-12-31') as settled_on, 'F' || id as number, total
from known
union all
select
    2 * id, customer, id, null, id, id, 'payment', paid_on, day, due_date, 'EUR', -total, 1, paid_on, 'F' || id, null
from known
where paid_on is not null
"""


def asked(books: dict[str, ik.Book], scans: dict[str, Callable[[int], object]]) -> None:
    """Time aging of each, and the floor."""

    def asking(book: ik.Book, **how: object) -> Callable[[int], object]:
        return lambda _: book.reports.aging(as_of=AS_OF, **how).table  # type: ignore[arg-type]

    for what, how in (("aging", {"by": "currency"}), ("aging by customer", {})):
        told(what, in_turns({name: asking(book, **how) for name, book in books.items()}, TURNS), next(iter(books)))
    told("a bare scan of what is open", in_turns(scans, TURNS), next(iter(scans)))


def scan(engine: duckdb.DuckDBPyConnection, rows: str) -> Callable[[int], object]:
    """Return what adds up what is open."""
    sql = (
        f"select due_date, sum(amount) from {rows} where settled_on > date '{AS_OF}' and entry_date <= date '{AS_OF}' "
        "group by due_date"
    )
    return lambda _: engine.execute(sql).fetchall()


def in_both(folder: Path, invoices: int) -> None:
    """Ask the same of a file and of a lake that was published from it."""
    print(f"\n{invoices:,} invoices; DuckDB {duckdb.__version__}")
    file = filled(folder / "book.duckdb", invoices)
    lake = f"ducklake:{folder / 'book.ducklake'}"
    print(f"published in {timed(lambda: file.publish(lake)) / 1000:.1f} s", flush=True)
    with ik.open(lake, read_only=True) as shared, closing(duckdb.connect()) as engine:
        files = f"read_parquet('{folder}/book.ducklake.files/derived/settled_entries/*.parquet')"
        # The file itself is open: a cursor of its own engine scans it.
        scans = {"file": scan(file._store.cursor(), "book.derived.settled_entries"), "lake": scan(engine, files)}
        asked({"file": file, "lake": shared}, scans)
    file.close()


def straight(folder: Path, invoices: int) -> None:
    """Ask the same of a lake whose rows were never in a book."""
    print(f"\n{invoices:,} invoices, straight on a lake; DuckDB {duckdb.__version__}")
    lake = f"ducklake:{folder / 'large.ducklake'}"
    with ik.open(folder / "empty.duckdb", currency="EUR") as book:
        with book.operation("fill") as op:
            op.insert("customers", op.arrow(
                "select i as id, 'Customer ' || (hash(i) % 1000000007) || ' ' || i as display_name, 'customer' as kind, "
                f"'self' as bill_to from range(1, {CUSTOMERS} + 1) numbers (i)"
            ))  # fmt: skip
        book.publish(lake)
    print(f"written in {timed(lambda: write(lake, invoices)) / 1000:.0f} s", flush=True)
    files = folder / "large.ducklake.files"
    print(f"{sum(path.stat().st_size for path in files.rglob('*.parquet')) / 1e9:.1f} GB of Parquet files")
    rows = f"read_parquet('{files}/derived/settled_entries/*.parquet')"
    with ik.open(lake, read_only=True) as shared, closing(duckdb.connect()) as engine:
        asked({"lake": shared}, {"lake": scan(engine, rows)})
        [[due]] = engine.execute(
            f"select sum(amount) from {rows} where entry_date <= date '{AS_OF}' and settled_on > date '{AS_OF}'"
        ).fetchall()
        assert shared.reports.aging(as_of=AS_OF, by="currency").table.column("balance").to_pylist() == [due]


def write(lake: str, invoices: int) -> None:
    """Write postings, and the copy of them that reports read, where a lake keeps its rows."""
    catalogue = Catalogue(lake)
    told = POSTED.format(invoices=invoices, customers=CUSTOMERS, chunks=CHUNKS, as_of=AS_OF, chunk="{chunk}")
    entry = "id, customer, invoice, document, payment, allocation, kind, entry_date, invoice_date, due_date, currency, amount"
    with (
        tempfile.TemporaryDirectory() as folder, closing(duckdb.connect()) as engine,
        _attached(engine, catalogue, Path(folder), None),
    ):  # fmt: skip
        names = [row[0] for row in engine.execute("describe book.main.entries").fetchall()]
        added = [name for name in names if name not in {*entry.split(", "), "operation"}]
        empty = "".join(f", null as {name}" for name in added)
        copied = ", ".join([*names, "settled_on", "number", "total"])
        engine.execute("create schema if not exists book.derived")
        engine.execute(
            f"create table book.derived.settled_entries as select {copied} "
            f"from (select *{empty} from ({told.format(chunk=0)})) limit 0"
        )
        engine.execute("comment on table book.derived.settled_entries is '2 2'")
        # What is open first, and then customer by customer, as publishing leaves it.
        for condition in ("settled_on = date '9999-12-31'", "settled_on <> date '9999-12-31'"):
            for chunk in range(CHUNKS):
                posted = f"(select *{empty} from ({told.format(chunk=chunk)}) where {condition})"
                engine.execute(
                    f"insert into book.derived.settled_entries select {copied} from {posted} order by customer, entry_date, id"
                )
        for chunk in range(CHUNKS):
            engine.execute(
                f"insert into book.main.entries ({entry}, operation) select {entry}, operation from ({told.format(chunk=chunk)})"
            )


def main() -> None:
    sizes = [int(said) for said in sys.argv[1:]] or [IN_BOTH, STRAIGHT]
    for size, measure in zip(sizes, (in_both, straight), strict=False):
        with tempfile.TemporaryDirectory() as name:
            if size:
                measure(Path(name), size)


if __name__ == "__main__":
    main()
