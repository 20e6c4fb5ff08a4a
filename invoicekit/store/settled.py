"""Postings in the order reports read them: what is open first, then customer by customer, each with the day it was settled.

A copy of ``entries`` that may be thrown away at any time (``derived.settled_entries``). What is settled for good by a day
adds nothing to any balance of that day, so a report of what is owed reads the few postings that are open and not the
millions that were; and what one customer did lies in one place, with the numbers of its documents. The first report after
something was posted takes the customers concerned out of the copy and puts them in anew; what is much is left to the next copy.
The view `settled_entries` is right whatever became of the copy: it puts beside it what was posted, changed or taken out since it
was made, and without a copy it is all postings. What was known at an earlier moment is read without it, and `check` proves it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from duckdb import TransactionException

from invoicekit.schema import TABLES
from invoicekit.store.ddl import columns
from invoicekit.store.definitions import own_views, write_views
from invoicekit.store.sql import quoted

if TYPE_CHECKING:
    from threading import RLock

    import duckdb

__all__ = ["Settled", "follow", "forget", "proofs", "standing"]

_NAME = "settled_entries"
_COPY = f"book.derived.{_NAME}"
_NEVER = "date '9999-12-31'"

# From how many postings on a copy is worth making, and how many of a hundred may have been written since the last; up to
# how many an operation takes into it by itself.
WORTH = 50_000
STALE = 20
FEW = 5_000

_COLUMNS = [name for name, _ in columns(TABLES["entries"])]
_NAMES = ", ".join(map(quoted, _COLUMNS))
_OWN = ["settled_on", "number", "total"]

# What is settled together: an invoice, or money or a credit note that waits; by due date, because aging tells these apart.
_ITEM = (
    "customer, currency, due_date, case when invoice is not null then 3 * invoice when document is not null "
    "then 3 * document + 1 else 3 * payment + 2 end as item"
)
_KEYS = "customer, currency, due_date, item"

# What changes the copy, and what its postings are called.
_READ = frozenset({"entries", "invoices", "payments", "allocations"})

# A comment on the copy says after which operation it was made, and until which one it was kept up.
_MADE = f"select comment from duckdb_tables() where database_name = 'book' and schema_name = 'derived' and table_name = '{_NAME}'"

# Postings, from some rows with their names, as the copy holds them.
_SETTLED = f"""
with numbered as (select *, {_ITEM} from {{rows}}),

items as (
    select {_KEYS}, max(entry_date) as last
    from numbered
    group by {_KEYS}
    having sum(amount) = 0
)

select {", ".join(f"numbered.{quoted(name)}" for name in _COLUMNS)}, coalesce(items.last, {_NEVER}) as settled_on,
    numbered.number, numbered.total
from numbered
left join items
    on items.item = numbered.item and items.customer = numbered.customer and items.currency = numbered.currency
    and items.due_date is not distinct from numbered.due_date
order by settled_on = {_NEVER} desc, numbered.customer, numbered.entry_date, numbered.id
"""

_VIEW = """
-- Every posting with the day from which on its item is settled for good: what is looked up as of that day or later need
-- not read it. A copy in the order reports read, what was written since operation {operation} beside it.
with moved as (
    select customer from entries where operation > {operation}
    union
    select customer from history.entries where ended_by > {operation}
),

ended as (select distinct id from history.entries where ended_by > {operation})

select {columns}, settled_on
from derived.settled_entries as settled
where settled.operation <= {operation} and not exists (select 1 from moved where moved.customer = settled.customer)
union all
select {columns}, {never} as settled_on
from derived.settled_entries as settled
where
    settled.operation <= {operation} and customer in (select customer from moved)
    and not exists (select 1 from ended where ended.id = settled.id)
union all
select {columns}, {never} as settled_on
from entries
where operation > {operation}
"""


class Settled:
    """Whether there is such a copy of a book, whether it holds all that was posted, and the making of it."""

    def __init__(self, writing: RLock, cursor: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._writing, self._cursor = writing, cursor
        # Whether there is a copy that can be kept up, and which copy holds all postings; nothing where none does.
        self._is_there = False
        self._whole: object | None = None

    def opened(self, cursor: duckdb.DuckDBPyConnection, views: Mapping[str, str]) -> dict[str, str]:
        """Look whether a book that was opened has a copy, and return its views as they must stand in the file."""
        made = _made(cursor)
        if made is None:
            return {**views}
        self._is_there = True
        if _written_since(cursor, made[1]) == 0:
            self._whole = object()
        return {**views, _NAME: _over_copy(made[0])}

    def written(self, tables: Collection[str]) -> None:
        """Note, before an operation is made public, what it wrote into."""
        if not _READ.isdisjoint(tables):
            self._whole = None

    def is_behind(self, sql: str) -> bool:
        """Say whether a query reads the copy, and the copy does not hold all postings."""
        return self._is_there and self._whole is None and ("settled_entries" in sql or "told_entries" in sql)

    def begin(self, cursor: duckdb.DuckDBPyConnection, known: int | None) -> None:
        """Begin to read. Where the copy holds all postings, their name leads to it alone: that is sooner planned.

        What begins to read before an operation is committed does not see it; so the copy must have been whole before and
        be so still.
        """
        whole = self._whole
        cursor.execute("begin transaction read only")
        if known is None and whole is not None and whole is self._whole:
            cursor.execute("set search_path = 'book.derived,book.main,memory.main'")

    def catch_up(self) -> None:
        """Take what was posted since into the copy, if that is little.

        Who reads never waits for who writes: while somebody does, the view is read beside the copy.
        """
        if not self._writing.acquire(blocking=False):
            return
        try:
            with self._transaction() as cursor:
                made = _made(cursor)
                written = _written_since(cursor, made[1]) if made else 0
                if made is None or written > FEW:
                    # The next copy brings what is too much.
                    self._is_there = False
                    return
                _keep_up(cursor, made, written)
            self._whole = object()
        finally:
            self._writing.release()

    def make(self, *, only_if_due: bool) -> bool:
        """Make the copy anew, and say whether that was done."""
        with self._writing:
            with self._transaction() as cursor:
                if only_if_due and not _is_due(cursor):
                    return False
                last = _make(cursor)
                cursor.execute(f"create or replace view book.derived.told_entries as select * from {_COPY}")
                write_views(cursor, {_NAME: _over_copy(last)})
            self._is_there, self._whole = True, object()
            return True

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._cursor()
        cursor.execute("begin transaction")
        try:
            yield cursor
            cursor.execute("commit")
        except BaseException:
            # A failed commit has rolled back already.
            with suppress(TransactionException):
                cursor.execute("rollback")
            raise
        finally:
            cursor.close()


def follow(cursor: duckdb.DuckDBPyConnection) -> None:
    """Bring the copy of a lake along, within a transaction of the caller's: anew where it is due, else with what is little."""
    if _is_due(cursor):
        _make(cursor)
    elif (made := _made(cursor)) is not None and (written := _written_since(cursor, made[1])) <= FEW:
        _keep_up(cursor, made, written)


def standing(cursor: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the views of a book that nobody writes in, over its copy if it has one; a lake has said what that is."""
    made = _made(cursor, "lake")
    if made is None:
        return {}
    if _written_since(cursor, made[1]):
        return {_NAME: _over_copy(made[0])}
    return dict.fromkeys((_NAME, "told_entries"), f"select * from derived.{_NAME}")


def _make(cursor: duckdb.DuckDBPyConnection) -> int:
    """Make the copy anew, and return after which operation it was made."""
    [[last]] = cursor.execute("select coalesce(max(id), 0) from book.main.operations").fetchall()
    cursor.execute("create schema if not exists book.derived")
    cursor.execute(f"create or replace table {_COPY} as {_SETTLED.format(rows='(' + _told('book.main.entries') + ')')}")
    cursor.execute(f"comment on table {_COPY} is '{last} {last}'")
    return int(last)


def _keep_up(cursor: duckdb.DuckDBPyConnection, made: tuple[int, int], written: int) -> None:
    """Take into the copy what was posted since it was last kept up."""
    if written:
        _replace(cursor, made[1])
    [[last]] = cursor.execute("select max(id) from book.main.operations").fetchall()
    cursor.execute(f"comment on table {_COPY} is '{made[0]} {last}'")


def _replace(cursor: duckdb.DuckDBPyConnection, since: int) -> None:
    """Put the postings of all customers anew to whom anything was posted, or is called otherwise, since an operation."""
    # Found first, because the engine then knows how few they are when their names are looked up.
    cursor.execute(
        f"create or replace temp table _anew as select * from book.main.entries where id in (select id from ({_anew(since)}))"
    )
    cursor.execute(f"create or replace temp table _moved as {_moved('_anew', since)}")
    cursor.execute(
        f"create or replace temp table _theirs as select {_NAMES}, number, total from {_COPY} as copy "
        "where customer in (select customer from _moved) and id not in (select id from _anew) "
        f"and not exists (select 1 from book.history.entries as old where old.ended_by > {since} and old.id = copy.id) "
        f"union all select {_NAMES}, number, total from ({_told('_anew')})"
    )
    cursor.execute(f"delete from {_COPY} where customer in (select customer from _moved)")
    cursor.execute(f"insert into {_COPY} {_SETTLED.format(rows='_theirs')}")


def forget(cursor: duckdb.DuckDBPyConnection) -> None:
    """Throw the copy away, if there is one."""
    if cursor.execute(_MADE).fetchall():
        cursor.execute("drop view if exists book.derived.told_entries")
        cursor.execute(f"drop table {_COPY}")


def proofs(rows: Callable[[str], list[dict[str, Any]]]) -> list[str]:
    """Return the queries of what is wrong with the copy, if there is one: it says what was posted, and what is settled is."""
    found = rows(_MADE)
    if not found or (made := _said(found[0]["comment"])) is None:
        return []
    until = made[1]
    mend = "make the copy anew: book.reports.settle()"
    named = f"{_NAMES}, number, total"
    posted = f"(select * from book.main.entries where operation <= {until})"
    return [
        f"""
        with anew as ({_anew(until)}),
        moved as ({_moved("anew", until)}),
        stood as (
            select {named} from ({_told(posted)}) where customer not in (select customer from moved)
        ),
        copied as (select {named} from derived.settled_entries where customer not in (select customer from moved)),
        differing as (
            (select * from copied except all select * from stood)
            union all
            (select * from stood except all select * from copied)
        ),
        items as (
            select {_KEYS}, min(id) as id, sum(amount) as amount, max(entry_date) as last, min(settled_on) as settled_on
            from (select *, {_ITEM} from derived.settled_entries)
            group by {_KEYS}
        )
        select 'settled postings' as "check", 'entries' as "table", id as record,
            'the copy reports read differs from what is posted' as finding, '{mend}' as mend
        from differing
        union all
        select 'settled postings', 'entries', id, 'it counts as settled from ' || settled_on || ', and is not', '{mend}'
        from items
        where settled_on < case when amount = 0 then last else {_NEVER} end
        """
    ]


def _told(rows: str) -> str:
    """Return the query of some postings with their names, which are those of the view: it is told what to read."""
    return own_views()["told_entries"].replace("from settled_entries\n", f"from {rows} as settled_entries\n")


def _anew(since: int) -> str:
    """Return the query of the postings that were written since an operation, or that are called otherwise since."""
    return f"""
        with invoices_changed as ({_changed("invoices", since, "number", "total")}),
        payments_changed as ({_changed("payments", since, "reference", "invoice_number")}),
        allocations_changed as (
            {_changed("allocations", since, "invoice")}
            union all
            select id from book.main.allocations where invoice in (select id from invoices_changed)
        )
        select id, customer from book.main.entries where operation > {since}
        union
        select id, customer from book.main.entries where document in (select id from invoices_changed)
        union
        select id, customer from book.main.entries
        where kind = 'due_date' and invoice in (select id from invoices_changed)
        union
        select id, customer from book.main.entries where payment in (select id from payments_changed)
        union
        select id, customer from book.main.entries where allocation in (select id from allocations_changed)
    """


def _changed(table: str, since: int, *names: str) -> str:
    """Return the query of the records of which one of some fields says something else since an operation."""
    differs = " or ".join(f"new.{name} is distinct from old.{name}" for name in names)
    return (
        f"select new.id from book.history.{table} as old join book.main.{table} as new on new.id = old.id "
        f"where old.ended_by > {since} and ({differs})"
    )


def _moved(anew: str, since: int) -> str:
    """Return the query of the customers whose postings are not those of then."""
    return f"select customer from {anew} union select customer from book.history.entries where ended_by > {since}"


def _said(comment: object) -> tuple[int, int] | None:
    """Return after which operation a copy was made, and until which it was kept up, as its comment says."""
    numbers = str(comment).split(" ")
    return (int(numbers[0]), int(numbers[1])) if len(numbers) == 2 and all(one.isdecimal() for one in numbers) else None


def _made(cursor: duckdb.DuckDBPyConnection, of: str = "book") -> tuple[int, int] | None:
    """Return the same for the copy of a book; None where there is none that fits the postings as they are kept."""
    found = cursor.execute(_MADE.replace("'book'", f"'{of}'")).fetchall()
    made = _said(found[0][0]) if found else None
    if made is None:
        return None
    held = {row[0] for row in cursor.execute(f"describe {_COPY}").fetchall()}
    return made if held == {*_COLUMNS, *_OWN} else None


def _written_since(cursor: duckdb.DuckDBPyConnection, operation: int) -> int:
    """Return how many postings were written, named otherwise or taken out since an operation."""
    [[written]] = cursor.execute(
        f"select (select count(*) from ({_anew(operation)})) + "
        f"(select count(*) from book.history.entries where ended_by > {operation})"
    ).fetchall()
    return int(written)


def _is_due(cursor: duckdb.DuckDBPyConnection) -> bool:
    """Say whether so much was posted since the last copy that a new one is worth making; asked after every operation."""
    made = _made(cursor)
    [[posted]] = cursor.execute(
        f"select count(*) from book.main.entries where operation > {made[0] if made else 0}"
    ).fetchall()
    if posted < WORTH:
        return False
    [[held]] = cursor.execute("select count(*) from book.main.entries").fetchall()
    return bool(posted * 100 >= held * STALE)


def _over_copy(operation: int) -> str:
    return _VIEW.format(operation=operation, columns=_NAMES, never=_NEVER)
