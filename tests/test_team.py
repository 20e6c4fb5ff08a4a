"""A team's book: the same book in PostgreSQL, where many write at once."""

from __future__ import annotations

import re
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from typer.testing import CliRunner

import invoicekit as ik
from invoicekit.app import serve
from invoicekit.book import Book
from invoicekit.cli import app
from invoicekit.errors import BookError, BookNotFound, BookTooNew, InvalidValue, NotABook, NotAllowed
from invoicekit.store.copying import _tables
from tests.conftest import ROOT, Ticking
from tests.cutting import Wire
from tests.postgres import Postgres


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.url(postgres.database())


@pytest.fixture
def team(url: str) -> Iterator[Book]:
    with ik.open(url, actor="ana", clock=Ticking()) as book:
        yield book


def test_a_teams_book_is_the_same_book(team: Book, url: str) -> None:
    assert team.notes == ["A new book."]
    team.customers.add(display_name="Acme")
    team.customers.change("Acme", phone="1")
    team.invoices.record("Acme", number="F-1", date="2026-01-10", due_date="2026-02-10", total="100")
    team.payments.record("Acme", amount="40", date="2026-02-20", invoices=[1])
    assert team.reports.balances(as_of="2026-12-31").df["balance"].tolist() == [60]
    assert team.reports.balances(as_of="2026-02-19").df["balance"].tolist() == [100]
    assert team.at(1).customers.list()["phone"].isna().all()
    assert team.history("Acme")["field"].tolist()
    assert not len(team.check())
    assert team.address.removeprefix("postgresql://postgres@") in url
    with ik.open(team.address, actor="ben") as again:
        assert again.customers.list()["display_name"].tolist() == ["Acme"]
    team.close()
    with ik.open(url) as book:
        assert book.notes == []
        assert book.reports.balances(as_of="2026-12-31").df["balance"].tolist() == [60]


def test_postgresql_itself_holds_keys_references_and_choices(team: Book, url: str, postgres: Postgres) -> None:
    team.customers.add(display_name="Acme")
    database = url.rpartition("/")[2]
    for wrong, why in (
        ("insert into main.customers select * from main.customers", "customers_pkey"),
        ("update main.customers set parent = 99", "customers_parent"),
        ("update main.customers set kind = 'whatever'", "violates check constraint"),
    ):
        with pytest.raises(AssertionError, match=why):
            postgres.sql(database, wrong)


def test_a_text_that_postgresql_cannot_keep_is_refused_in_words(team: Book) -> None:
    with pytest.raises(
        InvalidValue, match='"add customer" was not kept in .*: one of its texts holds the character NUL'
    ):
        team.customers.add(display_name="nul\x00l")
    assert team.customers.list().empty
    team.customers.add(display_name="Acme")


def test_tables_of_an_older_invoicekit_are_brought_along_by_their_owner(url: str, postgres: Postgres) -> None:
    with ik.open(url, actor="ana") as book:
        book.customers.add(display_name="Acme", phone="1")
        sealed = book.seal
    database = url.rpartition("/")[2]
    # As one made them that knew no fax, fewer kinds, and no table of disputes; and as somebody finds them who may only read.
    postgres.sql(
        database,
        "alter table main.customers drop fax; alter table history.customers drop fax; drop index main.invoices_by_number; "
        "alter table main.customers drop constraint customers_kind, add constraint customers_kind check (kind in ('customer')); "
        "drop table main.stopwatches, history.stopwatches cascade; comment on schema main is 'invoicekit 8 of then'; "
        f"create role reader_{database} login; grant usage on schema main, history to reader_{database}; "
        f"grant select on all tables in schema main, history to reader_{database}",
    )
    with pytest.raises(
        NotAllowed, match=rf"are of an older invoicekit, and reader_{database} may not bring them along"
    ):
        ik.open(postgres.url(database, f"reader_{database}"))
    with ik.open(url, actor="ana") as book:
        assert book.notes == ["Its tables were brought along with this invoicekit."]
        assert book.check(seal=sealed).empty
        book.customers.change("Acme", fax="2")
        book.customers.add(display_name="Beta", kind="lead")
        assert book.stopwatches.list().empty
        assert book.at(1).customers.get("Acme")["fax"] is None
    with ik.open(url) as book:
        assert book.notes == []
    assert postgres.sql(database, "select count(*) from pg_indexes where indexname = 'invoices_by_number'") == "1"
    postgres.sql(database, "update main.migrations set version = 7")
    with pytest.raises(BookError, match=r"has layout 7, and this invoicekit writes layout \d+\. Copy it into a file"):
        ik.open(url)
    postgres.sql(database, "update main.migrations set version = 99")
    with pytest.raises(BookTooNew, match="has layout 99"):
        ik.open(url)


def test_it_lies_in_no_file(team: Book) -> None:
    with pytest.raises(BookError, match="is a database, and in no file"):
        _ = team.path


def test_an_address_where_nobody_answers_and_a_database_of_somebody_else(postgres: Postgres) -> None:
    with pytest.raises(BookNotFound, match=r"acme on 127\.0\.0\.1 does not answer") as refused:
        ik.open("postgresql://ana:hush-hush@127.0.0.1:1/acme")
    assert "hush" not in str(refused.value)
    with pytest.raises(
        BookNotFound, match='nowhere on 127.0.0.1 is not there: database "nowhere" does not exist. Check'
    ):
        ik.open(postgres.url("nowhere"))
    with pytest.raises(BookError, match=r"postgresql://ana@127\.0\.0\.1 names no database") as nameless:
        ik.open("postgresql://ana:hush-hush@127.0.0.1")
    assert "hush" not in str(nameless.value)
    with pytest.raises(BookError, match="Write / as %2F") as garbled:
        ik.open(f"postgresql://ana:hush/hush@127.0.0.1:{postgres.port}/acme")
    assert "hush" not in str(garbled.value)
    for odd in ("hu@sh/Word9", "hu@sh#Word9", "hu@sh?Word9"):
        with pytest.raises(BookError, match="Write / as %2F") as garbled:
            ik.open(f"postgresql://ana:{odd}@127.0.0.1:{postgres.port}/acme")
        assert "Word9" not in str(garbled.value)
    empty = postgres.database()
    with pytest.raises(BookNotFound, match="There is no book in"):
        ik.open(postgres.url(empty), create=False)
    postgres.sql(empty, "create schema main; create table main.theirs (id int)")
    with pytest.raises(NotABook, match="that is not a book's"):
        ik.open(postgres.url(empty))


def test_what_postgresql_leaves_open_is_said_and_the_book_goes_on_when_it_is_back(
    team: Book, postgres: Postgres
) -> None:
    team.customers.add(display_name="Acme")
    gone = r"does not answer: .*Connection refused.*Is PostgreSQL running there"
    with postgres.stopped():
        with pytest.raises(BookNotFound, match=gone):
            team.customers.list()
        with pytest.raises(BookNotFound, match=gone):
            team.customers.change("Acme", phone="1")
        with pytest.raises(BookNotFound, match=gone):
            team.sql("select * from customers")
    team.customers.change("Acme", phone="2")
    why = r'"two steps" was not kept in .*: PostgreSQL went away \(.*\)\. Nothing of it is in the book'
    with pytest.raises(BookError, match=why), team.operation("two steps"):
        team.customers.change("Acme", phone="3")
        with postgres.stopped():
            pass
        team.customers.change("Acme", phone="4")
    assert team.customers.get("Acme")["phone"] == "2"
    assert not len(team.check())


def test_who_may_only_read_there_is_told_so_and_reads(team: Book, url: str, postgres: Postgres) -> None:
    team.customers.add(display_name="Acme")
    database = url.rpartition("/")[2]
    postgres.sql(
        database,
        f"create role reader_{database} login; grant usage on schema main, history to reader_{database}; "
        f"grant select on all tables in schema main, history to reader_{database}",
    )
    with ik.open(postgres.url(database, f"reader_{database}")) as seen:
        assert seen.customers.list()["display_name"].tolist() == ["Acme"]
        with pytest.raises(
            NotAllowed, match=rf"reader_{database} cannot change customer in .*: PostgreSQL lets that role only read"
        ):
            seen.customers.change("Acme", phone="1")
    with pytest.raises(NotAllowed, match='does not let nobody_at_all in: role "nobody_at_all" does not exist'):
        ik.open(postgres.url(database, "nobody_at_all"))


def test_whoever_may_not_make_or_read_a_book_is_told_in_a_sentence_what_helps(postgres: Postgres, url: str) -> None:
    ik.open(url).close()
    database = url.rpartition("/")[2]
    postgres.sql("postgres", f"create role stranger_{database} login")
    told = rf"does not let stranger_{database} read the book: permission denied for schema main.*reassign owned by"
    with pytest.raises(NotAllowed, match=told):
        ik.open(postgres.url(database, f"stranger_{database}"))
    empty = postgres.database()
    with pytest.raises(NotAllowed, match=rf"does not let stranger_{database} make a book: .*alter database") as refused:
        ik.open(postgres.url(empty, f"stranger_{database}"))
    assert len(str(refused.value)) < 400
    postgres.sql(
        database,
        f"grant usage on schema main, history to stranger_{database}; "
        f"grant select on all tables in schema main, history to stranger_{database}; revoke all on main.passwords from public; "
        f"revoke select on main.passwords from stranger_{database}",
    )
    with pytest.raises(NotAllowed, match="read the book: permission denied for table passwords"):
        ik.open(postgres.url(database, f"stranger_{database}"))


def test_a_database_that_cannot_hold_every_text_is_refused(postgres: Postgres) -> None:
    postgres.sql("postgres", "create database latin encoding 'LATIN1' locale 'C' template template0")
    with pytest.raises(BookError, match="keeps texts as LATIN1, which cannot hold them all.*encoding 'UTF8'"):
        ik.open(postgres.url("latin"))


def test_a_large_import_comes_into_a_book_that_is_in_use(
    team: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Into a file a copy of it is kept before; PostgreSQL has its own.
    monkeypatch.setattr("invoicekit.imports.plan.LARGE", 2)
    team.customers.add(display_name="Acme")
    (tmp_path / "in.csv").write_text("Name\nBeta\nGamma\nDelta\n")
    plan = team.imports.read(tmp_path / "in.csv", into="customers")
    announced = plan.preview
    receipt = plan.apply()
    assert receipt.created == {"customers": 3}
    assert team.imports.receipt(receipt.number).rows.equals(announced)


def test_a_key_is_of_a_file(url: str) -> None:
    with pytest.raises(BookError, match="key= encrypts the file of a book, and a team's book is in none"):
        ik.open(url, key="a key of some length")


def test_an_address_without_a_host_is_that_of_this_machine(postgres: Postgres, url: str) -> None:
    ik.open(url).close()
    database, folder = url.rpartition("/")[2], postgres.socket
    with ik.open(
        f"postgresql:///{database}?host={quote(str(folder), safe='')}&port={postgres.port}&user=postgres"
    ) as book:
        assert book.customers.add(display_name="Acme") == 1
        with ik.open(book.address) as again:
            assert again.customers.list()["display_name"].tolist() == ["Acme"]


def test_a_password_is_nowhere_to_be_seen(team: Book, url: str, postgres: Postgres) -> None:
    database = url.rpartition("/")[2]
    secret = "p:a\\ss/word"
    postgres.sql("postgres", f"create role owner_{database} superuser login password 'p:a\\ss/word'")
    postgres.ask_for_passwords(f"owner_{database}")
    with ik.open(
        f"postgresql://owner_{database}:{quote(secret, safe='')}@127.0.0.1:{postgres.port}/{database}"
    ) as book:
        book.customers.add(display_name="Acme")
        shown = (book, book.notes, book._store.address, book.operations().to_csv(), book.sql("select * from settings"))
        engine = book._store.rows("select * from duckdb_databases()")
        for seen in map(str, (*shown, engine)):
            assert secret not in seen
            assert quote(secret, safe="") not in seen
    with pytest.raises(NotAllowed) as refused:
        ik.open(f"postgresql://owner_{database}:other-word@127.0.0.1:{postgres.port}/{database}")
    assert "password authentication failed" in str(refused.value)
    assert "other-word" not in str(refused.value)


def everything(book: Book) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, those of the past and of the book's own keeping among them."""
    with book._store.cursor() as cursor:
        return {
            f"{schema}.{table}": sorted(
                cursor.execute(f"select {names} from book.{schema}.{table}").fetchall(), key=repr
            )
            for schema, table, names in _tables()
        }


def test_a_book_goes_to_the_team_and_back_with_all_that_ever_happened_in_it(
    issued: tuple[Book, dict[str, int]], url: str, tmp_path: Path
) -> None:
    file, _ = issued
    file.copy_to(url)
    with pytest.raises(BookError, match=r"holds a book of \d+ operations already, and a copy never overwrites"):
        file.copy_to(url)
    with ik.open(url, actor="ana") as team:
        assert everything(team) == everything(file)
        assert not len(team.diff(file))
        assert not len(team.check(seal=file.seal))
        for name in ("balances", "aging", "open_items"):
            ours, theirs = (getattr(book.reports, name)(as_of="2026-12-31").table for book in (file, team))
            assert ours.to_pylist() == theirs.to_pylist()
        assert team.customers.add(display_name="Only there") > 0
        assert team.undo(int(team.operations()["id"].iloc[0]))
        team.copy_to(tmp_path / "back.duckdb")
        with pytest.raises(BookError, match="exists already, and a copy never overwrites"):
            team.copy_to(tmp_path / "back.duckdb")
        with ik.open(tmp_path / "back.duckdb", actor="ana") as back:
            assert everything(back) == everything(team)
            assert not len(back.check(seal=file.seal))
            assert back.sql("select * from balances").equals(team.sql("select * from balances"))


def test_the_command_line_and_the_pages_take_an_address(url: str, tmp_path: Path) -> None:
    with ik.open(tmp_path / "acme.duckdb", actor="ana") as book:
        book.customers.add(display_name="Acme")
        book.invoices.record("Acme", number="F-1", date="2026-01-10", total="100")
    file = str(tmp_path / "acme.duckdb")
    for arguments, said in (
        (["copy", file, url], "equal to the book row for row"), (["diff", file, url], "say the same"),
        (["check", url], "nothing is wrong"), (["report", url, "balances", "--as-of", "2026-12-31"], "Acme"),
        (["undo", url], "add customer"), (["backup", url], "is not copied into a file"),
        (["restore", url], "kept by PostgreSQL's own pg_dump"),
    ):  # fmt: skip
        done = CliRunner().invoke(app, arguments)
        assert said in " ".join(done.output.split()), done.output
    with ik.open(url) as team:
        served = serve(team)
        served.start()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        page = browser.open(served.url, timeout=30).read().decode()
        served.stop()
    assert "ik-main" in page


@pytest.mark.parametrize("cut", ["before", "after"])
def test_an_operation_that_was_cut_off_when_it_was_to_be_kept_is_not_known_to_be(
    cut: str, postgres: Postgres, url: str
) -> None:
    ik.open(url).close()
    with Wire(postgres.port).laid() as wire, ik.open(url.replace(f":{postgres.port}/", f":{wire.port}/")) as book:
        book.customers.add(display_name="Acme")
        wire.cut = cut
        with pytest.raises(BookError, match=r'Whether "add customer" was kept in .* is not known') as told:
            book.customers.add(display_name="Beta")
        assert "Look at book.operations() before you do it again" in str(told.value)
        # The same book goes on, and says what became of it.
        held = book.customers.list()["display_name"].tolist()
        assert held == (["Acme", "Beta"] if cut == "after" else ["Acme"])
        assert len(book.operations()) == len(held)
        book.customers.add(display_name="Gamma")
        assert book.check().empty


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has loaded is listed by Linux")
def test_a_book_that_is_opened_again_and_again_loads_the_extension_once(url: str) -> None:
    for _ in range(3):
        ik.open(url).close()
    loaded = {
        line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "postgres_scanner" in line
    }
    assert len(loaded) == 1


def test_whatever_is_tested_of_files_alone_is_told_of_with_its_reason() -> None:
    told = (ROOT / "docs" / "team.md").read_text(encoding="utf-8").partition("## What differs")[2]
    modules = [
        path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)
    ]
    named = {what for module in modules for what in re.findall(r'mark\.file_only\("([^"]+)"\)', module)}
    assert named
    assert [what for what in named if what not in told] == []
