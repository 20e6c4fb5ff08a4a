"""The file: opening, sharing, keeping others out; operations, and what they leave behind."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.errors import (
    BookClosed,
    BookError,
    BookInUse,
    BookNotFound,
    BookTooNew,
    NotABook,
    NotFound,
    OperationFailed,
    QueryRefused,
    UndoRefused,
)
from invoicekit.store import Store
from invoicekit.store.backup import backups
from invoicekit.store.migrations import MIGRATIONS, Migration
from invoicekit.store.sql import narrowed
from tests.conftest import Ticking, contents, empty_book


def in_another_process(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def kept_out(path: Path) -> bool:
    done = in_another_process(f"import invoicekit as ik; ik.open({str(path)!r})")
    return done.returncode != 0 and "BookInUse" in done.stderr


# Opening


def test_a_new_book_says_so_and_an_old_one_is_quiet(tmp_path: Path) -> None:
    with ik.open(tmp_path / "a.duckdb") as book:
        assert book.notes == ["A new book."]
    with ik.open(tmp_path / "a.duckdb") as book:
        assert book.notes == []


@pytest.mark.file_only("book.path")
def test_a_second_process_is_kept_out_with_one_sentence_that_names_the_holder(book: Book) -> None:
    before = contents(book)
    done = in_another_process(f"import invoicekit as ik; ik.open({str(book.path)!r})")
    [line] = [line for line in done.stderr.splitlines() if "BookInUse" in line]
    assert f"acme.duckdb is open in process {os.getpid()} (python" in line
    assert "Close it there, then open it here; nothing was changed." in line
    assert contents(book) == before


@pytest.mark.file_only("book.path")
def test_a_plain_shell_is_kept_out_too(book: Book) -> None:
    done = in_another_process(f"import duckdb; duckdb.connect({str(book.path)!r}, read_only=True)")
    assert done.returncode != 0


@pytest.mark.file_only("book.path")
def test_the_lock_outlives_backup_snapshot_reopening_and_refusals(book: Book, tmp_path: Path) -> None:
    """Whatever this process does with the live file, a second process stays out."""
    book.customers.add(display_name="Acme")
    book.backup(tmp_path / "backup.duckdb")
    assert kept_out(book.path)
    with ik.open(book.path) as again:
        assert len(again.customers.list()) == 1
    assert kept_out(book.path)
    link = tmp_path / "link.duckdb"
    link.symlink_to(book.path)
    with ik.open(link) as same:
        assert len(same.customers.list()) == 1
    assert kept_out(book.path)
    hard = tmp_path / "hard.duckdb"
    os.link(book.path, hard)
    with ik.open(hard) as same:
        assert len(same.customers.list()) == 1
    assert kept_out(book.path)
    with ik.open(tmp_path / "backup.duckdb") as snapshot:
        assert snapshot.customers.list()["display_name"].tolist() == ["Acme"]
    assert kept_out(book.path)
    book.close()
    assert not kept_out(book.path)


@pytest.mark.file_only("book.path")
def test_the_live_file_is_touched_by_nothing_but_the_engine(book: Book, tmp_path: Path) -> None:
    """Python itself opens no descriptor of the file, through a backup, an import and a report."""
    opened: list[str] = []
    watching = True

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event in ("open", "os.rename", "shutil.copyfile", "os.truncate"):
            opened.extend(str(argument) for argument in arguments if isinstance(argument, str | bytes | os.PathLike))

    sys.addaudithook(watch)
    (tmp_path / "names.csv").write_text("Name\nAcme\n")
    book.imports.read(tmp_path / "names.csv", into="customers").apply()
    book.backup(tmp_path / "copy.duckdb")
    book.reports.balances().to_excel(tmp_path / "balances.xlsx")
    watching = False
    assert any("names.csv" in path for path in opened)
    assert not any("acme.duckdb" in path for path in opened)


def test_the_same_file_opened_twice_is_one_book_until_both_are_closed(tmp_path: Path) -> None:
    first = ik.open(empty_book(tmp_path / "a.duckdb"))
    second = ik.open(tmp_path / "a.duckdb")
    first.customers.add(display_name="Acme")
    first.close()
    assert len(second.customers.list()) == 1
    second.close()
    with pytest.raises(BookClosed, match="Open it again"):
        second.customers.list()


def test_a_book_that_was_let_go_is_closed_without_being_told(tmp_path: Path) -> None:
    book = ik.open(empty_book(tmp_path / "a.duckdb"))
    del book
    assert not kept_out(tmp_path / "a.duckdb")


@pytest.mark.parametrize("name", ["history", "main", "book", "memory", "with space", "é'quote"])
def test_a_book_may_be_called_anything(tmp_path: Path, name: str) -> None:
    with ik.open(empty_book(tmp_path / f"{name}.duckdb")) as book:
        book.customers.add(display_name="Acme")
        book.customers.change("Acme", phone="1")
        book.backup(tmp_path / f"{name} copy.duckdb")
    with ik.open(tmp_path / f"{name}.duckdb") as book:
        assert len(book.reports.balances().df) == 0
        assert book.check().empty


def test_a_file_of_another_kind_is_refused_and_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "letter.duckdb"
    other.write_text("Dear Sir, " * 1000)
    with pytest.raises(NotABook, match="its bytes are not those of a DuckDB database"):
        ik.open(other)
    assert other.read_text() == "Dear Sir, " * 1000


def test_somebody_elses_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "sales.duckdb"
    with duckdb.connect(str(path)) as engine:
        engine.execute("create table sales (amount int)")
    with pytest.raises(NotABook, match="it holds sales"):
        ik.open(path)
    with duckdb.connect(str(path)) as engine:
        assert engine.execute("select table_name from duckdb_tables()").fetchall() == [("sales",)]


def test_a_newer_book_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = empty_book(tmp_path / "a.duckdb")
    ik.open(path).close()
    with duckdb.connect(str(path)) as engine:
        engine.execute("insert into migrations values (99, 'from the future', now()::timestamp)")
    with pytest.raises(BookTooNew, match="layout 99.*Nothing was changed; open it with a newer invoicekit"):
        ik.open(path)


def test_a_missing_book_or_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(BookNotFound, match="There is no book at"):
        ik.open(tmp_path / "none.duckdb", create=False)
    with pytest.raises(BookNotFound, match="The folder .* does not exist"):
        ik.open(tmp_path / "no" / "where.duckdb")
    with pytest.raises(BookError):
        ik.open(tmp_path)


# Layout

NEXT = MIGRATIONS[-1].version + 1


def test_what_the_registry_declares_and_the_file_lacks_is_added(tmp_path: Path) -> None:
    path = empty_book(tmp_path / "a.duckdb")
    with ik.open(path) as book:
        book.customers.add(display_name="Acme", fax="12")
        book.customers.change("Acme", phone="1")
    with duckdb.connect(str(path)) as engine:
        for view in engine.execute("select view_name from duckdb_views() where not internal").fetchall():
            engine.execute(f"drop view {view[0]}")
        engine.execute("alter table customers drop fax")
        engine.execute("alter table history.customers drop fax")
        engine.execute("drop table contact_persons")
    with ik.open(path) as book:
        assert "Field customers.fax was added." in book.notes
        assert "Table contact_persons was added." in book.notes
        book.customers.change("Acme", fax="34")
        assert book.customers.get("Acme")["fax"] == "34"
        assert len(book.reports.balances().df) == 0


def test_a_migration_that_rewrites_keeps_a_copy_and_is_recorded(tmp_path: Path) -> None:
    path = empty_book(tmp_path / "a.duckdb")
    with ik.open(path) as book:
        book.customers.add(display_name="acme")

    def shout(cursor: duckdb.DuckDBPyConnection) -> None:
        cursor.execute("update book.main.customers set display_name = upper(display_name)")

    store = Store.open(path, migrations=[*MIGRATIONS, Migration(NEXT, "names in capitals", shout, rewrites=True)])
    assert store.notes[-1] == f"Layout {NEXT}: names in capitals."
    assert store.rows("select display_name from customers") == [{"display_name": "ACME"}]
    assert [row["version"] for row in store.rows("select version from migrations order by version")] == [NEXT - 1, NEXT]
    assert store.breaches() == []
    [copy] = backups(path)
    assert copy.reason == f"before layout {NEXT}"
    store.release()
    with ik.open(copy.path) as kept:
        assert kept.customers.list()["display_name"].tolist() == ["acme"]


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = empty_book(tmp_path / "a.duckdb")
    with ik.open(path) as book:
        book.customers.add(display_name="acme")

    def fail(cursor: duckdb.DuckDBPyConnection) -> None:
        cursor.execute("update book.main.customers set display_name = 'gone'")
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        Store.open(path, migrations=[*MIGRATIONS, Migration(NEXT, "fails", fail)])
    with ik.open(path) as book:
        assert book.customers.list()["display_name"].tolist() == ["acme"]


def test_a_plain_shell_reads_the_public_views(tmp_path: Path) -> None:
    path = empty_book(tmp_path / "acme.duckdb")
    with ik.open(path) as book:
        customer = book.customers.add(display_name="Acme")
        book.invoices.record(customer, number="1", date="2026-01-01", total="10")
    done = in_another_process(
        f"import duckdb; c = duckdb.connect({str(path)!r}, read_only=True)\n"
        "for v in ('balances', 'open_items', 'aging', 'inactive_customers', 'closed_invoices'):\n"
        "    print(v, c.execute(f'select count(*) from {v}').fetchone()[0])"
    )
    assert done.stdout.split() == [
        "balances", "1", "open_items", "1", "aging", "1", "inactive_customers", "0", "closed_invoices", "0",
    ]  # fmt: skip


# Operations


def test_nested_operations_join_the_outer_one(book: Book) -> None:
    with book.operation("move in", "two customers"):
        book.customers.add(display_name="A")
        book.customers.add(display_name="B")
    [row] = book.operations().to_dict("records")
    assert (row["kind"], row["actor"]) == ("move in", "ana")
    assert len(book.customers.list()) == 2


def test_a_failure_inside_rolls_everything_back_and_numbers_with_it(book: Book) -> None:
    with pytest.raises(ZeroDivisionError), book.operation("half"):
        book.customers.add(display_name="A")
        raise ZeroDivisionError
    assert book.customers.list().empty
    assert book.operations().empty
    assert book.customers.add(display_name="B") == 1


def test_a_failure_that_was_caught_inside_still_dooms_the_operation(book: Book) -> None:
    with pytest.raises(OperationFailed, match="a step of it failed.*Nothing of it was kept"), book.operation("half"):
        book.customers.add(display_name="A")
        with pytest.raises(ik.errors.NameTaken):
            book.customers.add(display_name="a")
    assert book.customers.list().empty


def test_nothing_can_be_written_after_a_failure_was_caught(book: Book) -> None:
    with pytest.raises(OperationFailed), book.operation("half"):
        with pytest.raises(ik.errors.NameTaken), book.operation("inner"):
            raise ik.errors.NameTaken("x")
        book.customers.add(display_name="B")
    assert book.customers.list().empty


def test_a_change_that_changes_nothing_leaves_no_trace(book: Book) -> None:
    acme = book.customers.add(display_name="Acme", phone="1")
    book.customers.change(acme, phone="1")
    assert len(book.operations()) == 1


def test_one_version_for_each_row_and_operation(book: Book) -> None:
    acme = book.customers.add(display_name="Acme", phone="1")
    with book.operation("twice"):
        book.customers.change(acme, phone="2")
        book.customers.change(acme, phone="3")
    past = book._store.rows("select phone, operation, ended_by from book.history.customers")
    assert past == [{"phone": "1", "operation": 1, "ended_by": 2}]
    assert book.customers.get(acme)["phone"] == "3"


def test_a_row_that_does_not_exist_cannot_be_changed_or_deleted(book: Book) -> None:
    with pytest.raises(NotFound, match="no record 7"), book.operation("wrong") as op:
        op.update("customers", [{"id": 7, "phone": "1"}])
    with pytest.raises(NotFound, match="no record 7"), book.operation("wrong") as op:
        op.delete("customers", [7])


def test_recorded_time_never_runs_backwards(tmp_path: Path) -> None:
    clock = iter([datetime(2026, 1, 1, 12) - timedelta(hours=hour) for hour in range(9)])
    with ik.open(empty_book(tmp_path / "a.duckdb"), clock=lambda: next(clock)) as book:
        for name in "abcd":
            book.customers.add(display_name=name)
        times = book.operations().sort_values("id")["recorded_at"].tolist()
    assert times == sorted(times)
    assert len(set(times)) == 4


def test_threads_take_turns_and_lose_nothing(book: Book) -> None:
    counter = book.customers.add(display_name="Counter", notes="0")
    failures: list[BaseException] = []

    def work(name: int) -> None:
        try:
            for step in range(15):
                with book.operation("count"):
                    held = int(book.customers.get(counter)["notes"])
                    book.customers.change(counter, notes=str(held + 1))
                book.customers.add(display_name=f"{name}-{step}")
                book.reports.balances()
                book.customers.find(f"{name}-")
        except BaseException as failure:  # noqa: BLE001 - shown below, in the main thread
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]
    assert book.customers.get(counter)["notes"] == "90"
    assert len(book.customers.list()) == 91
    assert book.check().empty


def test_what_was_committed_survives_a_kill(tmp_path: Path) -> None:
    path = empty_book(tmp_path / "a.duckdb")
    code = (
        f"import invoicekit as ik, os\nbook = ik.open({str(path)!r})\n"
        "book.customers.add(display_name='Kept')\n"
        "with book.operation('half'):\n    book.customers.add(display_name='Lost')\n    os._exit(9)"
    )
    assert in_another_process(code).returncode == 9
    with ik.open(path) as book:
        assert book.customers.list()["display_name"].tolist() == ["Kept"]
        assert book.check().empty


# Reading


@pytest.mark.parametrize(
    "statement",
    [
        "insert into customers (id) values (1)",
        "delete from customers",
        "drop table customers",
        "attach 'x.duckdb'",
        "copy customers to 'x.csv'",
        "set threads = 1",
        "select 1; drop table customers",
        "",
    ],
)
def test_sql_reads_and_nothing_else(book: Book, statement: str) -> None:
    with pytest.raises(QueryRefused, match="book.sql reads"):
        book.sql(statement)


def test_sql_takes_parameters_and_keeps_decimals(book: Book) -> None:
    customer = book.customers.add(display_name="Acme")
    book.invoices.record(customer, number="1", date="2026-01-01", total="1000.10")
    found = book.sql("select amount from open_items where amount > $least", {"least": 1000})
    assert str(found["amount"].iloc[0]) == "1000.1000"
    assert "decimal128" in str(found["amount"].dtype)


def test_a_trial_leaves_nothing_and_is_refused_inside_an_operation(book: Book) -> None:
    with book._store.trial("try"):
        book.customers.add(display_name="Acme")
    assert book.customers.list().empty
    assert book.operations().empty
    with pytest.raises(OperationFailed, match="cannot be tried inside an operation"):  # noqa: SIM117
        with book.operation("outer"), book._store.trial("try"):
            pass


@pytest.mark.file_only("book.backup")
def test_a_backup_never_overwrites(book: Book, tmp_path: Path) -> None:
    book.backup(tmp_path / "b.duckdb")
    with pytest.raises(BookError, match="exists already"):
        book.backup(tmp_path / "b.duckdb")


def test_a_healthy_book_checks_clean_and_a_tampered_one_does_not(tmp_path: Path) -> None:
    path = empty_book(tmp_path / "a.duckdb")
    with ik.open(path, clock=Ticking()) as book:
        acme = book.customers.add(display_name="Acme")
        book.invoices.record(acme, number="1", date="2026-01-01", total="10")
        book.payments.record(acme, amount="4", date="2026-01-02")
        book.customers.change(acme, phone="1")
        assert book.check().empty
    with duckdb.connect(str(path)) as engine:
        engine.execute("update invoices set total = 11 where id = 1")
        engine.execute("insert into customers (id, display_name, operation) values (1, 'ACME', 77)")
        engine.execute("update entries set customer = 9 where payment is not null")
        engine.execute("delete from history.customers")
        engine.execute("update payments set amount = 40")
    with ik.open(path) as book:
        found = set(book.check()["check"])
    assert {
        "document posted", "net and tax make the total", "id given once", "unique", "reference", "payment posted",
        "version written by an operation",
    } <= found  # fmt: skip


def test_an_unknown_operation_cannot_be_undone(book: Book) -> None:
    with pytest.raises(UndoRefused, match="There is no operation 5"):
        book.undo(5)


def test_another_error_of_the_engine_is_passed_on_with_the_path(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    target = locked / "a.duckdb"
    target.mkdir()
    with pytest.raises(BookError, match=r"a\.duckdb cannot be opened"):
        ik.open(target)


def test_both_lines_of_the_engine_say_a_holder_in_the_same_words() -> None:
    from invoicekit.store.explain import explained

    messages = [
        'IO Error: Could not set lock on file "/x/a.duckdb": lock is held in /usr/bin/python3.11 (PID 9999999). See',
        'IO Error: Could not set lock on file "/x/a.duckdb": lock is held in /usr/bin/python3.11 (PID 9999999) by user ana.',
        'IO Error: Cannot open file "/x/a.duckdb": The process cannot access the file because it is being used by another process.'
        "\n\nFile is already open in \nC:\\Program Files\\python3.11 (PID 9999999)",
    ]
    said = {str(explained(Path("/x/a.duckdb"), message)) for message in messages}
    assert said == {
        "a.duckdb is open in process 9999999 (python3.11), which is not to be seen from here: it runs in another container or "
        "on another machine. Close it there, then open it here; nothing was changed. To look at its newest backup meanwhile: "
        "invoicekit.open(..., or_backup=True)."
    }
    assert isinstance(explained(Path("a"), messages[0]), BookInUse)


# The lock, whatever this process is asked to do


@pytest.mark.file_only("book.path")
@pytest.mark.parametrize(
    "query",
    [
        "select octet_length(content) from read_blob('{path}')",
        "select * from read_text('{path}')",
        "select * from read_csv('{path}')",
        "select * from '{path}'",
        "select (select count(*) from glob('/*')) as n",
        "with a as (select * from sniff_csv('{path}')) select * from a",
        "select * from query('select 1')",
        "select * from checkpoint('book')",
        "pivot customers on id using count(*)",
        "select * from nowhere",
    ],
)
def test_sql_reads_the_book_alone_and_keeps_its_lock(book: Book, query: str) -> None:
    with pytest.raises(QueryRefused):
        book.sql(query.format(path=book.path))
    if "{path}" in query:
        assert kept_out(book.path)


def test_the_engine_itself_reaches_no_other_file(book: Book, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    cursor = book._store.cursor()
    with pytest.raises(duckdb.PermissionException):
        cursor.execute(f"select * from read_csv('{tmp_path / 'secret.csv'}')")


@pytest.mark.file_only("book.path")
def test_a_live_book_is_no_file_to_import_or_to_write_over(book: Book) -> None:
    with pytest.raises(ik.errors.NotAWorkbook, match="is a book that is open here"):
        book.imports.read(book.path)
    with pytest.raises(BookInUse, match="Write elsewhere"):
        book.reports.balances().to_excel(book.path)
    assert kept_out(book.path)


@pytest.mark.parametrize("name", ["new.csv", "new.json", "new.parquet", "new.xlsx"])
def test_a_book_may_be_named_like_another_file_and_is_kept(tmp_path: Path, name: str) -> None:
    with ik.open(tmp_path / name) as book:
        book.customers.add(display_name="Acme")
    with ik.open(tmp_path / name) as book:
        assert len(book.customers.list()) == 1


@pytest.mark.parametrize("name", ["table.csv", "table.json", "table.parquet"])
def test_a_table_of_another_kind_is_no_book(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a,b\n1,2\n" * 2000)
    with pytest.raises(NotABook):
        ik.open(tmp_path / name)
    assert (tmp_path / name).read_text() == "a,b\n1,2\n" * 2000


@pytest.mark.file_only("book.path")
def test_closing_waits_for_whoever_is_writing_and_is_refused_inside_an_operation(book: Book) -> None:
    writing, go_on = threading.Event(), threading.Event()

    def write() -> None:
        with book.operation("slow"):
            book.customers.add(display_name="Slow")
            writing.set()
            go_on.wait(10)

    writer = threading.Thread(target=write)
    writer.start()
    writing.wait(10)
    closer = threading.Thread(target=book.close)
    closer.start()
    assert kept_out(book.path)
    go_on.set()
    writer.join()
    closer.join()
    with ik.open(book.path) as again:
        assert again.customers.list()["display_name"].tolist() == ["Slow"]
        with pytest.raises(OperationFailed, match="cannot be closed inside an operation"), again.operation("x"):
            again.customers.add(display_name="Lost")
            again._store.release()
        assert len(again.customers.list()) == 1


def test_a_part_keeps_its_book_open(tmp_path: Path) -> None:
    assert ik.open(empty_book(tmp_path / "a.duckdb")).customers.list().empty
    customers = ik.open(tmp_path / "a.duckdb").customers
    customers.add(display_name="Acme")
    assert len(customers.list()) == 1
    del customers
    assert not kept_out(tmp_path / "a.duckdb")


def test_a_wrong_currency_leaves_no_file_behind(tmp_path: Path) -> None:
    with pytest.raises(ik.errors.InvalidValue, match="ISO 4217"):
        ik.open(tmp_path / "a.duckdb", currency="EURO")
    assert not (tmp_path / "a.duckdb").exists()


@pytest.mark.parametrize("given", [-1, "soon"])
def test_a_moment_that_makes_no_sense_is_refused(book: Book, given: object) -> None:
    with pytest.raises(ik.errors.InvalidValue):
        book.reports.balances(known_at=given)


def test_a_failed_migration_can_be_tried_again(tmp_path: Path) -> None:
    path = empty_book(tmp_path / "a.duckdb")
    ik.open(path).close()

    def fail(cursor: duckdb.DuckDBPyConnection) -> None:
        raise RuntimeError("half way")

    for _ in range(2):
        with pytest.raises(RuntimeError, match="half way"):
            Store.open(path, migrations=[*MIGRATIONS, Migration(NEXT, "fails", fail, rewrites=True)])
    ik.open(path).close()


def test_many_threads_read_and_write_one_book(book: Book) -> None:
    """Screens ask and save from threads of their own."""
    customers = [book.customers.add(display_name=f"C{n}") for n in range(4)]

    def work(customer: int) -> None:
        for turn in range(60):
            book.customers.get(customer)
            if turn % 20 == 0:
                book.customers.change(customer, phone=str(turn))

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work, customer) for customer in customers * 2]:
            done.result()
    assert set(book.sql("select phone from customers")["phone"]) == {"40"}


def test_few_values_are_named_one_by_one_and_many_are_not(book: Book) -> None:
    sql = "select * from customers join given using (id)\n-- few: customers.display_name = given.said\nwhere true"

    def named(*said: str | None) -> str:
        given = pa.table({"id": pa.array(range(len(said)), pa.int64()), "said": pa.array(said, pa.string())})
        with book.operation("look") as op:
            op.stage("given", given)
            return narrowed(op.cursor, sql).split("\n")[1]

    assert named("it's $x -- all") == "and customers.display_name in ('it''s $x -- all')"
    assert named(None, None) == "and false"
    assert named() == "and false"
    # The engine takes no such text in a statement.
    assert named("nul\0l") == ""
    assert named(*map(str, range(201))) == ""
    assert named(*map(str, range(200))).count(",") == 199
    book.customers.add(display_name="it's $x -- all")
    book.invoices.record(1, number="$by_hand -- '", date="2026-01-10", total="1")
    with pytest.raises(ik.errors.InvalidValue, match="holds an invoice"):
        book.invoices.record(1, number="$by_hand -- '", date="2026-01-10", total="1")


def test_a_statement_says_itself_which_few_it_is_about(book: Book) -> None:
    acme, beta = (book.customers.add(display_name=name) for name in ("Acme", "Beta"))
    owed = [
        book.invoices.record(who, number=f"F{n}", date="2026-01-10", total="1")
        for n, who in enumerate([acme, beta, acme])
    ]
    sql = """-- few documents: select id from invoices where customer = $customer order by id
-- few documents: select id from invoices where number = $number
-- few entries: select id from entries where invoice in (documents) order by id
-- few: invoices.id = documents.id
-- few: entries.id = entries.id"""

    def named(**given: object) -> list[str]:
        with book.operation("look") as op:
            return narrowed(op.cursor, sql, {"customer": None, "number": None, **given}).split("\n")[3:]

    assert named(customer=acme)[0] == f"and invoices.id in ({owed[0]}, {owed[2]})"
    assert named(customer=acme)[1].count(",") == 1
    assert named(number="F1")[0] == f"and invoices.id in ({owed[1]})"
    # What nothing is said of is not narrowed; of what there is none, nothing is asked for.
    assert named() == ["", ""]
    assert named(number="F7") == ["and false", "and false"]
    assert list(book.invoices.pages(customer=beta).window()[1][0].values())[2] == "F1"
    assert book.invoices.pages().window()[0] == 3
