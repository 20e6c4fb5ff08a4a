"""The one write path: an operation is one transaction, and one row that says what was done.

Rows carry the operation that wrote them. The version a change replaces moves to
``history.<table>`` with the operation that ended it, one version per row and operation, so
that the audit trail, undo and ``known_at`` all come from the same rows.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from invoicekit.errors import NotFound, OperationFailed
from invoicekit.schema import TABLES
from invoicekit.store.ddl import columns
from invoicekit.store.frames import arrow, rows, rows_of
from invoicekit.store.sealing import seal, written
from invoicekit.store.sql import bind, narrowed, quoted

if TYPE_CHECKING:
    import duckdb

__all__ = ["Operation", "local_day", "now", "whoever"]

Rows: TypeAlias = "pa.Table | Iterable[Mapping[str, Any]]"


class Operation:
    """An open transaction, and the only thing that inserts, updates or deletes.

    Attributes
    ----------
    id
        Its number; operations are numbered in the order they were committed.
    kind, summary, parameters
        What is being done; ``summary`` may be set until the end.
    wrote, tables
        Whether anything was written, and into which tables.
    """

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        kind: str,
        summary: str,
        parameters: dict[str, Any],
        clock: Callable[[], datetime],
    ) -> None:
        self.cursor = cursor
        self._clock = clock
        self.kind = kind
        self.summary = summary
        self.parameters = parameters
        self.undoes: int | None = None
        self.wrote = False
        self.tables: set[str] = set()
        self.on_trial = False
        self.failure: BaseException | None = None
        self._staged: dict[str, str] = {}
        self.id = self.next_number("operations")

    @property
    def moment(self) -> datetime:
        """Now, in UTC, by the clock of the book."""
        return self._clock()

    @property
    def today(self) -> date:
        """The day it is here, by the clock of the book."""
        return local_day(self._clock())

    def next_number(self, counter: str, count: int = 1) -> int:
        """Take the next numbers of a counter and return the first of them.

        The counter is updated before it is read, so that a second writer meets the conflict
        at once; a rolled-back operation gives its numbers back.
        """
        given = self.cursor.execute(
            "update book.main.counters set value = value + $count where name = $counter",
            {"count": count, "counter": counter},
        ).fetchall()
        if given == [(0,)]:
            self.cursor.execute(
                "insert into book.main.counters values ($counter, $count)",
                {"count": count, "counter": counter},
            )
        last = self.cursor.execute(
            "select value from book.main.counters where name = $counter", {"counter": counter}
        ).fetchall()
        return int(last[0][0]) - count + 1

    def arrow(self, sql: str, **parameters: Any) -> pa.Table:
        """Run a query that sees what this operation has written so far."""
        self._sound()
        return arrow(self.cursor, sql, parameters)

    def rows(self, sql: str, **parameters: Any) -> list[dict[str, Any]]:
        """Run a query that sees what this operation has written so far, and return dicts."""
        self._sound()
        return rows(self.cursor, sql, parameters)

    def stage(self, name: str, rows: pa.Table) -> None:
        """Let queries of this operation read an Arrow table under a name."""
        self._forget(name)
        self.cursor.register(name, rows)
        self._staged[name] = "view"

    def derive(self, name: str, sql: str, **parameters: Any) -> None:
        """Keep the result of a query under a name, for this operation's later queries."""
        self._sound()
        bound = bind(sql, parameters)
        text = narrowed(self.cursor, sql, bound)
        if name not in self._staged:
            self.cursor.execute(f"create temp table {quoted(name)} as {text}", bound)
            self._staged[name] = "table"
            return
        # The query may read what the name stood for before.
        self.cursor.execute(f"create or replace temp table _derived as {text}", bound)
        self._forget(name)
        self.cursor.execute(f"alter table _derived rename to {quoted(name)}")
        self._staged[name] = "table"

    def insert(self, table: str, rows: Rows) -> list[int]:
        """Add rows, numbering those that have no id, and return their ids in order."""
        self._sound()
        staged = _table(table, rows)
        if not staged.num_rows:
            return []
        declared = TABLES[table]
        if "id" in declared.names and "id" not in staged.column_names:
            first = self.next_number(table, staged.num_rows)
            staged = staged.add_column(0, "id", pa.array(range(first, first + staged.num_rows), pa.int64()))
        names = ", ".join(quoted(name) for name in staged.column_names)
        target = f"book.main.{quoted(table)}"
        self.stage("_rows", staged)
        if declared.versioned:
            self.cursor.execute(
                f"insert into {target} ({names}, operation) select {names}, $operation from _rows",
                {"operation": self.id},
            )
        else:
            self.cursor.execute(f"insert into {target} ({names}) select {names} from _rows")
        self._forget("_rows")
        self._has_written(table)
        return staged.column("id").to_pylist() if "id" in staged.column_names else []

    def insert_from(self, table: str, sql: str, **parameters: Any) -> None:
        """Add the rows of a query, which numbers them itself; they never leave the engine."""
        self._sound()
        names = ", ".join(
            quoted(name) for name in self.arrow(f"select * from ({sql}) limit 0", **parameters).column_names
        )
        self.cursor.execute(
            f"insert into book.main.{quoted(table)} ({names}, operation) select {names}, {self.id} from ({sql})",
            bind(sql, parameters),
        )
        self._has_written(table)

    def update(self, table: str, rows: Rows) -> int:
        """Change the named columns of rows, found by id, and return how many differ now.

        A row that already holds the values keeps its version: nothing is written for it.

        Raises
        ------
        NotFound
            If an id does not exist.
        """
        self._sound()
        staged = _table(table, rows)
        if not staged.num_rows:
            return 0
        changed = [quoted(name) for name in staged.column_names if name != "id"]
        target = f"book.main.{quoted(table)}"
        self.stage("_rows", staged)
        differs = " or ".join(f"old.{name} is distinct from new.{name}" for name in changed) or "false"
        self._forget("_changes")
        self.derive(
            "_changes",
            f"select new.*, ({differs}) as differs from _rows new join {target} old on old.id = new.id\n"
            "-- few: old.id = _rows.id\n",
        )
        counted = "select count(*), count(*) filter (not differs) from _changes"
        found, alike = self.cursor.execute(counted).fetchall()[0]
        if found < staged.num_rows:
            self._must_exist(table, "_rows")
        self._forget("_rows")
        if alike:
            self.cursor.execute("delete from _changes where not differs")
        return self._write_changes(table, changed, found - alike)

    def refer(self, table: str, fields: Sequence[str], ids: Sequence[int], to: int) -> int:
        """Let the references in some fields go to another record, and return how many rows that changes."""
        self._sound()
        columns = [quoted(name) for name in fields]
        moved = ", ".join(f"case when {column} in $ids then $to else {column} end as {column}" for column in columns)
        touched = " or ".join(f"{column} in $ids" for column in columns)
        rows = f"select id, {moved} from book.main.{quoted(table)} where {touched}"
        self._forget("_changes")
        self.derive("_changes", rows, ids=[*ids], to=to)
        return self._write_changes(table, columns, self._count("_changes"))

    def delete(self, table: str, ids: Iterable[int]) -> int:
        """Take rows out of the table into its history, and return how many.

        Raises
        ------
        NotFound
            If an id does not exist.
        """
        self._sound()
        staged = pa.table({"id": pa.array(ids, pa.int64())})
        if not staged.num_rows:
            return 0
        self.stage("_rows", staged)
        self._must_exist(table, "_rows")
        self.derive("_changes", "select distinct id from _rows")
        self._forget("_rows")
        count = self._count("_changes")
        self._archive(table)
        self._carry_out(
            f"delete from book.main.{quoted(table)} where id in (select id from _changes)\n-- few: id = _changes.id\n"
        )
        return count

    def finish(self, actor: str) -> None:
        """Write the operation's own row, last, so that it never has to change."""
        self._sound()
        before = f"select recorded_at, seal from book.main.operations where id = {self.id - 1}"
        [(last, sealed)] = self.cursor.execute(before).fetchall() or [(None, None)]
        moment = self._clock()
        row = {
            "id": self.id,
            "kind": self.kind,
            "summary": self.summary,
            "actor": actor,
            # Recorded time never runs backwards, even if the machine's clock does.
            "recorded_at": moment if last is None or moment > last else last + timedelta(microseconds=1),
            "parameters": json.dumps(self.parameters, default=_plain, ensure_ascii=False),
            "undoes": self.undoes,
            "wrote": written(self.cursor, self.tables, self.id),
        }
        row["seal"] = seal(row, sealed)
        self.cursor.execute(
            f"insert into book.main.operations ({', '.join(row)}) values ({', '.join(f'${name}' for name in row)})", row
        )

    def _write_changes(self, table: str, changed: Sequence[str], count: int) -> int:
        if count:
            self._archive(table)
            assignments = ", ".join(f"{name} = new.{name}" for name in changed)
            self._carry_out(
                f"update book.main.{quoted(table)} set {assignments}, operation = $operation from _changes new "
                f"where {quoted(table)}.id = new.id\n-- few: {quoted(table)}.id = _changes.id\n",
                operation=self.id,
            )
        return count

    def _forget(self, name: str) -> None:
        kind = self._staged.pop(name, None)
        if kind == "view":
            self.cursor.unregister(name)
        elif kind == "table":
            self.cursor.execute(f"drop table {quoted(name)}")

    def _archive(self, table: str) -> None:
        self._has_written(table)
        if not TABLES[table].versioned:
            return
        # A version this very operation wrote is overwritten: nobody ever saw it.
        names = ", ".join(f"old.{quoted(name)}" for name, _ in columns(TABLES[table]))
        bare = names.replace("old.", "")
        self._carry_out(
            f"insert into book.history.{quoted(table)} ({bare}, ended_by) select {names}, $operation "
            f"from book.main.{quoted(table)} old where old.operation <> $operation and old.id in (select id from _changes)\n"
            "-- few: old.id = _changes.id\n",
            operation=self.id,
        )

    def _carry_out(self, sql: str, **parameters: Any) -> None:
        self.cursor.execute(narrowed(self.cursor, sql, parameters), parameters)

    def _has_written(self, table: str) -> None:
        self.wrote = True
        self.tables.add(table)

    def _must_exist(self, table: str, staged: str) -> None:
        # The join is built on the few rows that were given, not on the many there are.
        told = f"select count(*), (select count(distinct id) from {staged}) from book.main.{quoted(table)} "
        held, given = self.cursor.execute(f"{told} where id in (select id from {staged})").fetchall()[0]
        if held < given:
            missing = self.cursor.execute(
                f"select id from {staged} where id not in (select id from book.main.{quoted(table)}) limit 3"
            ).fetchall()
            numbers = ", ".join(str(row[0]) for row in missing)
            raise NotFound(f"The {table} hold no record {numbers}. List them to see which ids exist.")

    def _count(self, name: str) -> int:
        return int(self.cursor.execute(f"select count(*) from {quoted(name)}").fetchall()[0][0])

    def _sound(self) -> None:
        if self.failure is not None:
            raise OperationFailed(
                f'"{self.kind}" cannot go on: a step of it failed ({self.failure}). '
                "Nothing of it was kept; correct the cause and start it again."
            ) from self.failure


def local_day(moment: datetime) -> date:
    """Return the day of the local calendar on which a moment in UTC falls."""
    return moment.replace(tzinfo=UTC).astimezone().date()


def now() -> datetime:
    """Return the moment by the machine's clock, in UTC and without saying so."""
    return datetime.now(UTC).replace(tzinfo=None)


def whoever() -> str:
    """Return who uses the machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "unknown"


def _table(name: str, rows: Rows) -> pa.Table:
    return rows if isinstance(rows, pa.Table) else rows_of(name, rows)


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot stand in an operation's parameters")
