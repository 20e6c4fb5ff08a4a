"""A lake: what was published of a book says what the book said, to many readers, by both clocks."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.cli import app
from invoicekit.errors import (
    BookError,
    BookNotFound,
    BookTooNew,
    NotABook,
    NotAllowed,
    OperationFailed,
    PastCannotChange,
)
from invoicekit.reports import definitions
from invoicekit.schema import TABLES
from invoicekit.store.ddl import columns
from tests.actions import actions, perform
from tests.conftest import ROOT, Ticking, contents, empty_book
from tests.postgres import Postgres, missing
from tests.test_settled import said

WITHHELD = {"passwords", "sign_ins"}


def of_all(book: Book) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table and its history, but for how users sign in."""
    found = {}
    with book._store.cursor() as cursor:
        for table in TABLES.values():
            names = ", ".join(f'"{name}"' for name, _ in columns(table))
            for schema, more in (("main", ""), ("history", ", ended_by")) if table.versioned else (("main", ""),):
                if table.name not in WITHHELD:
                    rows = cursor.execute(f'select {names}{more} from book.{schema}."{table.name}" order by all')
                    found[f"{schema}.{table.name}"] = rows.fetchall()
    return found


@pytest.fixture(autouse=True)
def _lakes() -> None:
    if importlib.util.find_spec("duckdb_extension_ducklake") is None or not duckdb.__version__.startswith("1.5.5"):
        missing("DuckDB's extension for lakes is not here: pip install 'invoicekit[team]'")


@pytest.fixture
def lake(tmp_path: Path) -> str:
    return f"ducklake:{tmp_path / 'firm.ducklake'}"


def read(lake: str) -> Book:
    return ik.open(lake, read_only=True, actor="zoe")


def test_a_lake_answers_everything_the_book_answers(practice: Book, lake: str) -> None:
    made = practice.publish(lake)
    last = int(practice.operations()["id"].iloc[0])
    assert (made.operation, made.since) == (last, None)
    assert str(made) == f"{lake} is published up to operation {last}: all {made.rows:,} rows."
    with read(lake) as copy:
        assert f"up to operation {last}" in copy.notes[0]
        assert of_all(copy) == of_all(practice)
        for name in definitions():
            for known_at in (None, last // 2) if name in {"aging", "statement", "wip", "revenue"} else (None,):
                given: dict[str, Any] = {"as_of": "2026-06-30"}
                if definitions()[name].of_somebody:
                    given["tree"] = 1
                here, there = (book.reports.run(name, known_at=known_at, **given).table for book in (practice, copy))
                assert there.to_pylist() == here.to_pylist(), (name, known_at)
        assert copy.at(1).customers.list().to_dict() == practice.at(1).customers.list().to_dict()
        assert copy.history(1).to_dict() == practice.history(1).to_dict()
        assert copy.sql("select count(*) as n from open_items")["n"].tolist() == [
            *practice.sql("select count(*) as n from open_items")["n"]
        ]
        assert not len(practice.diff(copy))
        assert not len(copy.check(seal=practice.seal))
    assert not len(practice.diff(lake))


def test_from_then_on_what_was_written_since_goes_over(book: Book, lake: str) -> None:
    book.customers.add(display_name="Acme")
    book.publish(lake)
    assert book.publish(lake).rows == 0
    assert "nothing new since" in str(book.publish(lake))
    book.customers.add(display_name="Acme Ltd")
    book.invoices.record("Acme Ltd", number="F-1", date="2026-01-10", total="100")
    book.customers.merge("Acme Ltd", into="Acme").confirm()
    undone = book.operations()["id"].iloc[0]
    with read(lake) as before:
        assert book.publish(lake).since == 1
        book.undo(int(undone))
        book.publish(lake)
        with read(lake) as after:
            assert of_all(after) == of_all(book)
            assert after.check().empty
        # Who opened it earlier goes on seeing what they saw.
        assert before.customers.list()["display_name"].tolist() == ["Acme"]
        assert len(before.operations()) == 1


@given(st.lists(actions, min_size=3, max_size=12), st.sets(st.integers(0, 12), max_size=4))
@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_M1_M3_whatever_happens_the_lake_says_what_the_book_says(done: list[tuple[Any, ...]], when: set[int]) -> None:
    follows(done, when)


@pytest.mark.long
@given(st.lists(actions, min_size=3, max_size=40), st.sets(st.integers(0, 40), max_size=12))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_M1_M3_the_lake_at_length(done: list[tuple[Any, ...]], when: set[int]) -> None:
    follows(done, when)


def follows(done: list[tuple[Any, ...]], when: set[int]) -> None:
    with TemporaryDirectory() as folder, ik.open(empty_book(Path(folder) / "a.duckdb"), clock=Ticking()) as book:
        lake = f"ducklake:{folder}/a.ducklake"
        for place, action in enumerate(done):
            perform(book, action)
            if place in when:
                book.publish(lake)
        book.publish(lake)
        with read(lake) as copy:
            assert of_all(copy) == of_all(book)
            assert said(copy) == said(book)


def test_M1_the_copy_that_reports_read_is_on_the_lake_and_kept_up(
    book: Book, lake: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("invoicekit.store.settled.WORTH", 6)

    def is_right(*, whole: bool) -> None:
        with read(lake) as copy:
            # Its view says whether something was posted that the copy has not.
            view = copy.sql("select sql from duckdb_views() where view_name = 'settled_entries'")["sql"][0]
            assert ("union all" not in str(view).lower()) == whole
            assert said(copy) == said(book)
            assert copy.check().empty

    for name in ("Acme", "Zebra"):
        book.customers.add(display_name=name)
        for number in range(3):
            book.invoices.record(name, number=f"{name}{number}", date="2026-01-10", due_date="2026-02-10", total="100")
    book.publish(lake)
    is_right(whole=True)
    book.payments.record("Acme", amount="150", date="2026-03-01")
    book.publish(lake)
    is_right(whole=True)
    monkeypatch.setattr("invoicekit.store.settled.FEW", 0)
    book.payments.record("Zebra", amount="50", date="2026-03-01")
    book.publish(lake)
    is_right(whole=False)


@pytest.mark.file_only("book.backup")
def test_a_book_that_a_backup_was_put_in_the_place_of_is_published_anew(book: Book, lake: str) -> None:
    book.customers.add(display_name="Acme")
    kept = book.backup()
    book.customers.add(display_name="Oops")
    book.publish(lake)
    book.restore(kept)
    book.customers.add(display_name="Beta")
    assert book.publish(lake).since is None
    with read(lake) as copy:
        assert of_all(copy) == of_all(book)


def test_how_users_sign_in_is_not_on_it(book: Book, lake: str) -> None:
    book.users.add(name="ana")
    book.access.grant("ana", "owner")
    book.passwords.set("ana", "correct horse battery")
    book.publish(lake)
    with read(lake) as copy:
        held = copy._store.rows(
            "select (select count(*) from passwords) + (select count(*) from sign_ins) as n, "
            "(select count(*) from permissions) as p"
        )
        assert held == [{"n": 0, "p": 1}]
        assert copy.users.list()["name"].tolist() == ["ana"]


def test_nothing_is_changed_on_it(book: Book, lake: str) -> None:
    book.customers.add(display_name="Acme")
    book.publish(lake)
    with read(lake) as copy:
        with pytest.raises(PastCannotChange, match=r'"add customer" cannot be done in firm\.ducklake: it is a lake'):
            copy.customers.add(display_name="Beta")
        with pytest.raises(PastCannotChange), copy.what_if():
            pass
        for asked in (copy.backup, lambda: copy.restore(lake), lambda: copy.path):
            with pytest.raises(BookError, match=r"firm\.ducklake"):
                asked()
        with pytest.raises(duckdb.Error, match="read-only"):
            copy._store.cursor().execute("delete from lake.main.customers")
        with pytest.raises(ik.errors.QueryRefused):
            copy.sql(f"select * from read_text('{__file__}')")


def test_a_book_that_is_opened_to_be_read_is_not_changed(book: Book) -> None:
    book.customers.add(display_name="Acme")
    with ik.open(book._store.address, actor="zoe", read_only=True) as same:
        assert same.customers.list()["display_name"].tolist() == ["Acme"]
        with pytest.raises(PastCannotChange, match="zoe cannot add customer here: this is opened to be read"):
            same.customers.add(display_name="Beta")
    with pytest.raises(BookNotFound):
        ik.open("nowhere.duckdb", read_only=True)


def test_what_is_no_lake_is_said_in_words(book: Book, lake: str, tmp_path: Path) -> None:
    with pytest.raises(BookError, match="is a lake, which is only read: open it with read_only=True"):
        ik.open(lake)
    with pytest.raises(BookNotFound, match=r"There is no lake at .*firm\.ducklake.*book\.publish"):
        read(lake)
    with pytest.raises(BookError, match="is no lake"):
        book.publish(str(tmp_path / "firm.duckdb"))
    book.customers.add(display_name="Acme")
    with pytest.raises(PastCannotChange, match="the whole book"):
        book.at(1).publish(lake)
    with book.what_if(), pytest.raises(OperationFailed, match="only tried out"):
        book.publish(lake)
    assert not list(tmp_path.glob("firm*"))
    book.publish(lake)
    with ik.open(tmp_path / "other.duckdb") as other:
        other.customers.add(display_name="Beta")
        with pytest.raises(BookError, match="is of another book"):
            other.publish(lake)
    (tmp_path / "text.ducklake").write_text("nothing of the kind")
    with pytest.raises(BookNotFound, match=r"text\.ducklake"):
        read(f"ducklake:{tmp_path / 'text.ducklake'}")
    with pytest.raises(BookError, match="stays as it was"):
        book.publish(f"ducklake:{tmp_path / 'text.ducklake'}")
    assert (tmp_path / "text.ducklake").read_text() == "nothing of the kind"


def other_tables(folder: Path, statements: str) -> str:
    """Make a lake by the engine alone, and return its address."""
    with duckdb.connect() as engine:
        package = Path(str(importlib.util.find_spec("duckdb_extension_ducklake").origin))  # type: ignore[union-attr]
        engine.execute(f"load '{next(package.parent.glob('extensions/*/*.duckdb_extension'))}'")
        engine.execute(
            f"attach 'ducklake:{folder}/theirs.ducklake' as theirs (data_path '{folder}/theirs.ducklake.files')"
        )
        engine.execute(f"use theirs; {statements}")
    return f"ducklake:{folder}/theirs.ducklake"


def test_a_lake_of_somebody_else_and_of_another_layout(book: Book, tmp_path: Path) -> None:
    theirs = other_tables(tmp_path, "create table shops (id int)")
    with pytest.raises(NotABook, match="but not of a book"):
        read(theirs)
    with pytest.raises(BookError, match="but not of a book"):
        book.publish(theirs)
    other_tables(tmp_path, "create table migrations (version bigint); insert into migrations values (1)")
    other_tables(tmp_path, "create table operations (id bigint, recorded_at timestamp)")
    with pytest.raises(BookError, match="Publish the book anew"):
        read(theirs)
    other_tables(tmp_path, "insert into migrations values (999)")
    with pytest.raises(BookTooNew, match="has layout 999"):
        read(theirs)
    with pytest.raises(BookTooNew, match="newer invoicekit"):
        book.publish(theirs)


def test_a_lake_may_be_moved(book: Book, lake: str, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme")
    book.publish(lake)
    (tmp_path / "elsewhere").mkdir()
    for path in (*tmp_path.glob("firm.ducklake*"),):
        shutil.move(path, tmp_path / "elsewhere")
    moved = f"ducklake:{tmp_path / 'elsewhere' / 'firm.ducklake'}"
    with read(moved) as copy:
        assert of_all(copy) == of_all(book)
    book.customers.add(display_name="Beta")
    assert book.publish(moved).since == 1
    with read(moved) as copy:
        assert of_all(copy) == of_all(book)


def test_a_lake_becomes_a_book_again(book: Book, lake: str, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme")
    book.customers.change("Acme", phone="1")
    book.publish(lake)
    with read(lake) as copy:
        copy.copy_to(tmp_path / "again.duckdb")
    with ik.open(tmp_path / "again.duckdb") as again:
        assert of_all(again) == of_all(book)
        assert again.check().empty
        again.customers.add(display_name="Beta")


def test_files_are_put_together_after_many_publications(book: Book, lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invoicekit.store.publishing._TIDIED", 4)
    monkeypatch.setattr("invoicekit.store.publishing.KEPT_DAYS", 0)
    rows = Path(f"{lake.removeprefix('ducklake:')}.files") / "main" / "customers"
    held = []
    for number in range(5):
        book.customers.add(display_name=f"Customer {number}")
        book.publish(lake)
        held.append(len(list(rows.glob("*.parquet"))))
    assert held == [1, 2, 3, 1, 2]
    with read(lake) as copy:
        assert of_all(copy) == of_all(book)


def test_what_a_lake_does_not_know_is_taken_away_only_where_nobody_else_puts_files(
    book: Book, lake: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("invoicekit.store.publishing._TIDIED", 1)
    monkeypatch.setattr("invoicekit.store.publishing.KEPT_DAYS", 0)
    shared = f"ducklake:{tmp_path / 'shared.ducklake'}"
    book.publish(lake)
    book.publish(shared, data=tmp_path / "rows")
    left = [Path(f"{lake.removeprefix('ducklake:')}.files") / "left.parquet", tmp_path / "rows" / "somebodys.parquet"]
    for file in left:
        file.write_bytes(b"")
    book.customers.add(display_name="Acme")
    book.publish(lake)
    book.publish(shared)
    assert [file.exists() for file in left] == [False, True]


def test_other_programs_read_its_files(book: Book, lake: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("polars")
    told = (ROOT / "docs" / "team.md").read_text(encoding="utf-8")
    [code] = [
        block.partition("```")[0] for block in told.split("```python\n")[1:] if "polars" in block.partition("```")[0]
    ]
    monkeypatch.chdir(tmp_path)

    def invoices() -> Any:
        known: dict[str, Any] = {}
        exec(code, known)
        return known["invoices"]

    book.customers.add(display_name="Acme")
    book.invoices.record("Acme", number="F-0", date="2026-01-10", total="100")
    book.publish(lake)
    assert invoices()["number"].to_list() == ["F-0"]
    for number in (1, 2):
        book.invoices.record("Acme", number=f"F-{number}", date="2026-01-10", total=str(100 + number))
        book.publish(lake)
    book.undo(3)
    book.publish(lake)
    assert sorted(invoices()["number"].to_list()) == ["F-0", "F-2"]
    assert invoices()["total"].sum() == 202


def test_a_lake_takes_the_place_of_no_book_and_makes_nothing_where_its_rows_cannot_lie(
    book: Book, lake: str, tmp_path: Path, postgres: Postgres
) -> None:
    other = empty_book(tmp_path / "other.duckdb")
    before = other.read_bytes()
    with pytest.raises(BookError, match=r"other\.duckdb is there already, and is no lake"):
        book.publish(f"ducklake:{other}")
    assert other.read_bytes() == before
    (tmp_path / "file").write_text("")
    database = postgres.database()
    with pytest.raises(
        BookError, match=r"Nothing was published: the rows cannot be put into .*file.lake .*Make that folder"
    ):
        book.publish(f"ducklake:{postgres.url(database)}", data=tmp_path / "file" / "lake")
    assert postgres.sql(database, "select count(*) from pg_tables where schemaname = 'public'") == "0"
    book.publish(f"ducklake:{postgres.url(database)}", data=tmp_path / "lake")
    with pytest.raises(
        BookError, match=r"lake holds rows already \([\w-]+\.parquet\), of another lake .* Name another folder"
    ):
        book.publish(lake, data=tmp_path / "lake")
    with pytest.raises(
        NotABook, match=r"holds other tables already, such as ducklake_\w+, and no book is made among them"
    ):
        ik.open(postgres.url(database))
    team = postgres.url(postgres.empty_book())
    with pytest.raises(BookError, match=r"holds other tables already, such as \w+, and no lake is made among them"):
        book.publish(f"ducklake:{team}", data=tmp_path / "other lake")
    with pytest.raises(NotAllowed, match="does not let nobody_here in"):
        read(f"ducklake:{postgres.url(database, 'nobody_here')}")
    with pytest.raises(NotAllowed, match="does not let nobody_here in"):
        book.publish(f"ducklake:{postgres.url(database, 'nobody_here')}")
    postgres.sql("postgres", f"create role blind_{database} login")
    with pytest.raises(NotAllowed, match=r"does not let you read the lake: permission denied .* grant select"):
        read(f"ducklake:{postgres.url(database, f'blind_{database}')}")


# A catalogue in PostgreSQL: any number of machines


@pytest.fixture
def catalogue(postgres: Postgres) -> str:
    return f"ducklake:{postgres.url(postgres.database())}"


def test_a_catalogue_in_postgresql(book: Book, catalogue: str, tmp_path: Path, postgres: Postgres) -> None:
    book.customers.add(display_name="Acme")
    with pytest.raises(BookError, match="data="):
        book.publish(catalogue)
    made = book.publish(catalogue, data=tmp_path / "rows")
    assert made.address == catalogue
    with read(catalogue) as before:
        book.customers.add(display_name="Beta")
        assert book.publish(catalogue).since == 1
        with read(catalogue) as copy:
            assert of_all(copy) == of_all(book)
            assert copy.check().empty
        assert before.customers.list()["display_name"].tolist() == ["Acme"]
    # Whoever only reads needs no more of PostgreSQL.
    database = catalogue.rpartition("/")[2]
    role = f"reader_of_{database}"
    postgres.sql(
        database, f"create role {role} login; grant usage on schema public to {role}; "
        f"grant select on all tables in schema public to {role}")  # fmt: skip
    with read(f"ducklake:{postgres.url(database, role)}") as copy:
        assert of_all(copy) == of_all(book)


def test_a_password_of_the_catalogue_is_not_to_be_seen(book: Book, postgres: Postgres, tmp_path: Path) -> None:
    database = postgres.database()
    postgres.sql(database, "create role lou login password 'hush-hush'; grant all on schema public to lou")
    postgres.ask_for_passwords("lou")
    address = f"ducklake:{postgres.url(database, 'lou:hush-hush')}"
    book.customers.add(display_name="Acme")
    made = book.publish(address, data=tmp_path / "rows")
    assert "hush" not in str(made)
    with read(address) as copy:
        assert of_all(copy) == of_all(book)
        told = str(copy.notes) + repr(copy) + str(copy._store.cursor().execute("from duckdb_databases()").fetchall())
        assert "hush" not in told
    with pytest.raises(NotAllowed) as refused:
        read(f"ducklake:{postgres.url(database, 'lou:wrong-hush')}")
    assert "wrong-hush" not in str(refused.value)


def publishes(url: str, lake: str, rows: str, number: int) -> int:
    """Write in a team's book and publish it, several times; return how often all of it had to be published."""
    anew = 0
    with ik.open(url, actor=f"user {number}") as book:
        for turn in range(2):
            book.customers.add(display_name=f"Customer {number}-{turn}")
            anew += book.publish(lake, data=rows).since is None
    return anew


def test_several_processes_publish_a_teams_book(postgres: Postgres, catalogue: str, tmp_path: Path) -> None:
    url = postgres.url(postgres.database(postgres.empty_book()))
    with multiprocessing.get_context("spawn").Pool(3) as processes:
        told = processes.starmap(publishes, [(url, catalogue, str(tmp_path / "rows"), number) for number in range(3)])
    assert sum(told) == 1
    with ik.open(url) as book, read(catalogue) as copy:
        assert len(copy.customers.list()) == 6
        assert of_all(copy) == of_all(book)
        assert copy.check().empty


# Trouble

PUBLISH = """
import sys
import invoicekit as ik

book, lake = sys.argv[1:]
with ik.open(book, actor="ana") as held:
    print("ready", flush=True)
    while True:
        held.customers.add(display_name=f"Customer {len(held.operations())}")
        print(held.publish(lake).operation, flush=True)
"""


def killed(folder: Path, after: int) -> None:
    """Kill who publishes, after some publications, and see that what was acknowledged is there, and goes on."""
    book, lake = folder / "a.duckdb", f"ducklake:{folder / 'a.ducklake'}"
    with subprocess.Popen(
        [sys.executable, "-c", PUBLISH, str(book), lake],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready", process.stdout.read()
        acknowledged = 0
        for _ in range(after):
            acknowledged = int(process.stdout.readline())
        # Some way into the next one, wherever that is.
        process.send_signal(signal.SIGKILL)
        acknowledged = max([acknowledged, *map(int, process.stdout.read().split())])
    with ik.open(book) as held:
        if acknowledged:
            with read(lake) as copy:
                assert acknowledged <= len(copy.operations()) <= len(held.operations())
        held.publish(lake)
        with read(lake) as copy:
            assert of_all(copy) == of_all(held)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_who_publishes_is_killed(tmp_path: Path) -> None:
    for after in range(3):
        killed(tmp_path, after)


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_who_publishes_is_killed_two_hundred_times(tmp_path: Path) -> None:
    for nth in range(200):
        if nth % 20 == 0:
            (tmp_path / str(nth)).mkdir()
        killed(tmp_path / str(nth - nth % 20), nth % 3)


# An object store


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return a bucket of a real server of S3 on this machine, or skip."""
    server_of = pytest.importorskip("moto.server", reason="there is no server of S3 here: pip install 'moto[server]'")
    import boto3

    server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "hush-hush", "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    boto3.client("s3", region_name="eu-west-1").create_bucket(
        Bucket="firm", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    yield "s3://firm/lake"
    server.stop()


def test_rows_lie_in_an_object_store(book: Book, lake: str, bucket: str, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme")
    book.publish(lake, data=bucket)
    book.customers.add(display_name="Beta")
    assert book.publish(lake).since == 1
    assert not list(tmp_path.rglob("*.parquet"))
    with pytest.raises(
        BookError, match=r"s3://firm/lake holds rows already \([\w-]+\.parquet\), of another lake or of"
    ):
        book.publish(f"ducklake:{tmp_path / 'second.ducklake'}", data=bucket)
    with read(lake) as copy:
        assert of_all(copy) == of_all(book)
        assert "hush" not in str(copy._store.cursor().execute("from duckdb_secrets()").fetchall())


def test_the_command_line_publishes_and_reads(book: Book, lake: str) -> None:
    book.customers.add(display_name="Acme")
    book.invoices.record("Acme", number="F-1", date="2026-01-10", total="100")
    address = book._store.address
    book.close()
    done = CliRunner().invoke(app, ["publish", address, lake])
    assert done.exit_code == 0, done.output
    assert "is published up to operation 2" in done.output.replace("\n", "")
    told = CliRunner().invoke(app, ["report", lake, "aging", "--as-of", "2026-06-30"])
    assert told.exit_code == 0, told.output
    assert "100.00" in told.output
    refused = CliRunner().invoke(app, ["undo", lake, "1"])
    assert refused.exit_code == 1
    assert "which is only read" in refused.output.replace("\n", " ")


def test_contents_are_compared(book: Book, lake: str) -> None:
    """What compares books above would notice a difference."""
    book.customers.add(display_name="Acme")
    book.publish(lake)
    book.customers.add(display_name="Beta")
    with read(lake) as copy:
        assert of_all(copy) != of_all(book)
        assert contents(copy) != contents(book)
