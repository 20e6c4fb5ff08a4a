"""Bringing an older book to today's layout.

A new field or table needs no migration: what the registry declares and the file lacks is
added on opening. A migration is for what must be rewritten. Each is a numbered function that
runs in a transaction of its own and is recorded; before one that rewrites data, a copy of the
book is kept among its backups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from invoicekit.errors import BookTooNew, NotABook
from invoicekit.schema import TABLES, versioned
from invoicekit.store import settled
from invoicekit.store.backup import copy_to, dated, folder_of
from invoicekit.store.ddl import add_column, columns, create_table, create_tables
from invoicekit.store.sealing import seal_all

__all__ = ["MIGRATIONS", "Migration", "migrate"]


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from a version of the layout to the next.

    Attributes
    ----------
    rewrites
        Whether rows are changed: then a copy of the book is kept first.
    """

    version: int
    name: str
    apply: Callable[[duckdb.DuckDBPyConnection], None]
    rewrites: bool = False


def _people_and_origins(cursor: duckdb.DuckDBPyConnection) -> None:
    """Call people at customers contact persons, and note of documents whom they were recorded for."""
    for schema in ("main", "history"):
        cursor.execute(f"alter table if exists book.{schema}.contacts rename to contact_persons")
        for table in ("invoices", "payments"):
            cursor.execute(f"alter table book.{schema}.{table} add column if not exists recorded_for bigint")
    cursor.execute("update book.main.counters set name = 'contact_persons' where name = 'contacts'")
    for schema in ("main", "history"):
        for table in ("invoices", "payments"):
            cursor.execute(f"update book.{schema}.{table} set recorded_for = customer where recorded_for is null")


def _users_and_work_in_progress(cursor: duckdb.DuckDBPyConnection) -> None:
    """Make users of the names of those who worked, keep time in seconds, and post what is not billed."""
    for schema in ("main", "history"):
        for table, name in (("matters", "responsible"), ("activities", "worked_by")):
            cursor.execute(f"alter table book.{schema}.{table} rename {name} to {name}_name")
            cursor.execute(f"alter table book.{schema}.{table} add column {name} bigint")
        for column in ("worked decimal(18, 4)", "billed decimal(18, 4)", "rate_from varchar", "taxable boolean"):
            cursor.execute(f"alter table book.{schema}.activities add column {column}")
    names = " union all ".join(
        f"select {name}_name as name, operation from book.{schema}.{table} where {name}_name is not null"
        for schema in ("main", "history")
        for table, name in (("matters", "responsible"), ("activities", "worked_by"))
    )
    cursor.execute(
        "create table book.main.users as select row_number() over (order by min(operation), min(name)) as id, "
        f"min(name) as name, min(operation) as operation from ({names}) group by name_key(name)"
    )
    cursor.execute(
        "create table book.history.users as select *, null::bigint as ended_by from book.main.users where false"
    )
    for schema in ("main", "history"):
        for table, name in (("matters", "responsible"), ("activities", "worked_by")):
            cursor.execute(
                f"update book.{schema}.{table} old set {name} = users.id from book.main.users users "
                f"where name_key(users.name) = name_key(old.{name}_name)"
            )
        cursor.execute(
            f"update book.{schema}.matters set currency = coalesce(currency, "
            "(select max(value) from book.main.settings where name = 'currency'), 'EUR')"
        )
        # Hours had six decimals: 1.333333 were 4,800 seconds.
        exact, whole = "(quantity * 3600)::decimal(18, 4)", "round(quantity * 3600, 0)::decimal(18, 4)"
        lasted = (
            f"case when kind = 'time' then case when abs({exact} - {whole}) < 0.002 then {whole} else {exact} end end"
        )
        cursor.execute(
            f"update book.{schema}.activities set rate_from = case when rate is not null then 'given' end, "
            "taxable = kind <> 'disbursement', quantity = case when kind <> 'time' then quantity end, "
            f"worked = {lasted}, billed = {lasted}"
        )
    _keys_tell_seconds(cursor)
    versions = (
        "select id, operation from book.main.activities union all select id, operation from book.history.activities"
    )
    cursor.execute(
        "create temp table first_versions as select row_number() over (order by id) as entry, id, min(operation) as operation "
        f"from ({versions}) group by id"
    )
    for schema, ended in (("main", ""), ("history", ", a.ended_by")):
        cursor.execute(
            f"create table book.{schema}.wip_entries as select f.entry as id, a.id as activity, 'recorded' as event, "
            "null::bigint as invoice, a.date as entry_date, o.recorded_at::date as recorded_on, a.date as work_date, a.matter, "
            "a.customer, a.worked_by, a.kind, coalesce(m.currency, 'EUR') as currency, "
            "coalesce(a.billed, 0)::decimal(18, 4) as seconds, coalesce(a.amount, 0)::decimal(18, 4) as amount, "
            f"a.operation{ended} from book.{schema}.activities a join first_versions f on f.id = a.id "
            "left join book.main.matters m on m.id = a.matter join book.main.operations o on o.id = f.operation "
            "where a.billable and (coalesce(a.amount, 0) <> 0 or coalesce(a.billed, 0) <> 0)"
        )
    cursor.execute("drop table first_versions")
    if ("main", "import_mappings") in _present(cursor):
        for schema in ("main", "history"):
            cursor.execute(
                f"update book.{schema}.import_mappings set mapping = replace(mapping, '\"quantity\"', '\"worked\"') "
                "where target = 'activities'"
            )
    for table in ("users", "wip_entries"):
        cursor.execute(
            f"insert into book.main.counters select '{table}', max(id) from (select id from book.main.{table} union all "
            f"select id from book.history.{table}) having count(*) > 0"
        )


def _keys_tell_seconds(cursor: duckdb.DuckDBPyConnection) -> None:
    """Say in seconds what a file's time without a number is known by, so that the same file is known when it is read again."""
    present = _present(cursor)
    named = r"'^(\d{4}-\d\d-\d\d time (?:.*? )?)(\d+\.\d{6})((?: \d+\.\d+)* [0-9a-f]{32} #\d+)$'"
    told, hours, rest = (f"regexp_extract(external_id, {named}, {nth})" for nth in (1, 2, 3))
    for schema in ("main", "history"):
        # Books of the first layout have no such field yet.
        if "external_id" in present[schema, "activities"]:
            cursor.execute(
                f"update book.{schema}.activities set external_id = {told} || ({hours}::decimal(18, 6) * 3600)::decimal(18, 4) || "
                f"{rest} where regexp_matches(external_id, {named})"
            )


def _no_names_beside_users(cursor: duckdb.DuckDBPyConnection) -> None:
    """Leave the texts out that became users; the engine does not let one transaction fill a table and alter it."""
    for schema in ("main", "history"):
        cursor.execute(f"alter table book.{schema}.matters drop column responsible_name")
        cursor.execute(f"alter table book.{schema}.activities drop column worked_by_name")


def _places_in_series(cursor: duckdb.DuckDBPyConnection) -> None:
    """Keep the count that numbers were written from: until now they were that count."""
    for schema in ("main", "history"):
        cursor.execute(f"alter table book.{schema}.invoices add column if not exists sequence bigint")
    for schema in ("main", "history"):
        cursor.execute(
            f"update book.{schema}.invoices set sequence = try_cast(number as bigint) where series = 'own' and number is not null"
        )


def _lines_free_their_work(cursor: duckdb.DuckDBPyConnection) -> None:
    """Say of each line of a credit note whether it frees its work, where only the note says it of all of them."""
    # What is declared is added after this: books of the first layouts have none of these yet.
    for schema in ("main", "history"):
        for column in ("activity bigint", "frees_work boolean"):
            cursor.execute(f"alter table book.{schema}.invoice_lines add column if not exists {column}")
        cursor.execute(f"alter table book.{schema}.invoices add column if not exists frees_work boolean")
    for schema in ("main", "history"):
        cursor.execute(
            f"update book.{schema}.invoice_lines as lines set frees_work = true from book.main.invoices as notes "
            "where notes.id = lines.invoice and notes.frees_work and lines.activity is not null and lines.frees_work is null"
        )


def _notes_say_nothing_of_work(cursor: duckdb.DuckDBPyConnection) -> None:
    """Leave out what the lines say now; the engine does not let one transaction read a column and drop it."""
    for schema in ("main", "history"):
        cursor.execute(f"alter table book.{schema}.invoices drop column if exists frees_work")


def _seals(cursor: duckdb.DuckDBPyConnection) -> None:
    """Seal what was done before there were seals, as it is found."""
    for column in ("wrote", "seal"):
        cursor.execute(f"alter table book.main.operations add column if not exists {column} varchar")
    _seal_as_found(cursor)


def _seal_as_found(cursor: duckdb.DuckDBPyConnection) -> None:
    present = _present(cursor)
    # A field that is not there yet is empty in every row, and what is empty is not sealed.
    held = (
        replace(table, fields=tuple(field for field in table.fields if field.name in present["main", table.name]))
        for table in versioned()
        if ("main", table.name) in present
    )
    seal_all(cursor, held)


MIGRATIONS: tuple[Migration, ...] = (
    Migration(1, "first layout", lambda _: None),
    Migration(2, "documents keep whom they were recorded for", _people_and_origins, rewrites=True),
    Migration(
        3,
        "who works is a user, time is kept in seconds, and work is posted",
        _users_and_work_in_progress,
        rewrites=True,
    ),
    Migration(4, "names of users stand with the users alone", _no_names_beside_users),
    Migration(5, "numbers know their place in their series", _places_in_series, rewrites=True),
    Migration(6, "lines of credit notes say whether they free their work", _lines_free_their_work, rewrites=True),
    Migration(7, "credit notes no longer say it for all of their lines", _notes_say_nothing_of_work),
    Migration(8, "operations are sealed", _seals, rewrites=True),
)
_FIRST_SEALED = 8


def migrate(
    cursor: duckdb.DuckDBPyConnection,
    path: Path,
    now: datetime,
    migrations: Sequence[Migration] = MIGRATIONS,
    key: str | None = None,
) -> list[str]:
    """Create or update the layout and return what was done, a sentence each.

    Raises
    ------
    NotABook
        If the file is a DuckDB database with tables that are not a book's.
    BookTooNew
        If a later invoicekit wrote it.
    """
    latest = migrations[-1].version
    present = _counts(cursor)
    if not present:
        _in_transaction(cursor, [*create_tables(), *_record(migrations[-1:], now)])
        return ["A new book."]
    if ("main", "migrations") not in present:
        raise NotABook(
            f"{path} is a DuckDB database, but not a book: it holds {_some(present)}. "
            "Give the path of a book, or of a file that does not exist yet."
        )
    version = int(cursor.execute("select max(version) from book.main.migrations").fetchall()[0][0])
    if version > latest:
        raise BookTooNew(
            f"{path} has layout {version}, and this invoicekit knows layouts up to {latest}. "
            "Nothing was changed; open it with a newer invoicekit."
        )
    pending = [migration for migration in migrations if migration.version > version]
    notes = []
    if any(migration.rewrites for migration in pending):
        folder = folder_of(path)
        folder.mkdir(exist_ok=True)
        kept = copy_to(cursor, dated(folder, path, now, f"before layout {latest}"), key)
        notes.append(f"A copy of the book as it was is kept in {folder.name}/{kept.name}.")
    for migration in pending:
        cursor.execute("begin transaction")
        try:
            settled.forget(cursor)
            migration.apply(cursor)
            if migration.rewrites and migration.version > _FIRST_SEALED:
                _seal_as_found(cursor)
            for statement in _record([migration], now):
                cursor.execute(statement)
        except BaseException:
            # What went wrong first is what must be told.
            with suppress(duckdb.Error):
                cursor.execute("rollback")
            raise
        cursor.execute("commit")
        notes.append(f"Layout {migration.version}: {migration.name}.")
    return notes + _add_what_is_declared(cursor, _counts(cursor) if pending else present)


def _add_what_is_declared(cursor: duckdb.DuckDBPyConnection, counts: dict[tuple[str, str], int]) -> list[str]:
    # What a book no longer has a migration leaves out: tables with as many columns as are declared have those.
    if all(counts.get(("main", table.name)) == len(columns(table)) for table in TABLES.values()):
        return []
    present = _present(cursor)
    statements: list[str] = []
    notes = []
    for table in TABLES.values():
        held = present.get(("main", table.name))
        if held is None:
            statements += create_table(table)
            notes.append(f"Table {table.name} was added.")
            continue
        for field in table.fields:
            if field.name not in held:
                statements += add_column(table, field)
                notes.append(f"Field {table.name}.{field.name} was added.")
    _in_transaction(cursor, statements)
    return notes


def _in_transaction(cursor: duckdb.DuckDBPyConnection, statements: Sequence[str]) -> None:
    if not statements:
        return
    cursor.execute("begin transaction")
    try:
        for statement in statements:
            cursor.execute(statement)
    except BaseException:
        cursor.execute("rollback")
        raise
    cursor.execute("commit")


def _record(migrations: Sequence[Migration], now: datetime) -> list[str]:
    return [
        f"insert into book.main.migrations values ({step.version}, '{step.name}', timestamp '{now}')"
        for step in migrations
    ]


def _counts(cursor: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], int]:
    """Return how many columns each table has: their names take the engine three times as long, at every opening."""
    rows = cursor.execute(
        "select schema_name, table_name, column_count from duckdb_tables() where database_name = 'book'"
    ).fetchall()
    return {(schema, table): count for schema, table, count in rows}


def _present(cursor: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], set[str]]:
    rows = cursor.execute(
        "select schema_name, table_name, list(column_name) from duckdb_columns() "
        "where database_name = 'book' and not internal "
        "and table_name in (select table_name from duckdb_tables() where database_name = 'book') "
        "group by schema_name, table_name"
    ).fetchall()
    return {(schema, table): set(names) for schema, table, names in rows}


def _some(present: Iterable[tuple[str, str]]) -> str:
    names = sorted(table for _, table in present)
    return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")
