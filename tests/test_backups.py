"""M12: backups are made while the book is in use, proven, rotated, looked at and put back; nothing is lost by it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import duckdb
import pytest

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.errors import (
    BookError,
    BookInUse,
    BookNotFound,
    NotABook,
    NotAllowed,
    OperationFailed,
    PastCannotChange,
    QuestionsOpen,
)
from invoicekit.store import backup as copies
from tests.conftest import Ticking, contents, empty_book

pytestmark = pytest.mark.file_only("book.backup")


def names(book: Book) -> list[str]:
    return book.customers.list()["display_name"].tolist()


# Making them


def test_a_backup_goes_beside_the_book_and_says_when_it_was_made(book: Book) -> None:
    book.customers.add(display_name="Acme")
    made = book.backup()
    assert made.parent == book.path.with_name("acme.backups")
    assert made.name.startswith("acme-20260101-0000")
    [listed] = book.backups().to_dict("records")
    assert (listed["path"], listed["reason"], listed["bytes"]) == (str(made), "", made.stat().st_size)
    with ik.open(made) as copy:
        assert contents(copy) == contents(book)
        assert not len(copy.check(seal=book.seal))


def test_a_backup_goes_into_a_folder_or_a_file_that_is_named(book: Book, tmp_path: Path) -> None:
    assert book.backup(tmp_path / "far" / "away").parent == tmp_path / "far" / "away"
    assert book.backup(tmp_path / "one.duckdb") == tmp_path / "one.duckdb"
    with pytest.raises(BookError, match="never overwrites"):
        book.backup(tmp_path / "one.duckdb")
    assert len(book.backups(tmp_path / "far" / "away")) == 1


def test_the_oldest_go_and_the_last_of_every_month_stays(tmp_path: Path) -> None:
    clock = [datetime(2026, 1, 30)]
    with ik.open(empty_book(tmp_path / "acme.duckdb"), clock=lambda: clock[0]) as book:
        other = book.path.with_name("acme.backups") / "not-ours-20250101-000000.duckdb"
        for _ in range(8):
            book.backup(keep=3)
            other.touch()
            clock[0] += timedelta(days=9)
        kept = [path.name for path in sorted(other.parent.iterdir())]
    assert kept == [
        "acme-20260130-000000.duckdb", "acme-20260226-000000.duckdb", "acme-20260316-000000.duckdb", "acme-20260325-000000.duckdb",
        "acme-20260403-000000.duckdb", "not-ours-20250101-000000.duckdb",
    ]  # fmt: skip


def test_two_in_one_second_are_two(tmp_path: Path) -> None:
    with ik.open(empty_book(tmp_path / "acme.duckdb"), clock=lambda: datetime(2026, 1, 1)) as book:
        first, second = book.backup(), book.backup()
        assert [Path(path).name for path in book.backups()["path"]] == [second.name, first.name]
        assert second.name == "acme-20260101-000000-2.duckdb"


def test_of_many_in_one_second_the_newest_stay(tmp_path: Path) -> None:
    with ik.open(empty_book(tmp_path / "acme.duckdb"), clock=lambda: datetime(2026, 1, 1)) as book:
        made = [book.backup(keep=2) for _ in range(5)]
        assert [Path(path) for path in book.backups()["path"]] == [made[4], made[3]]


def test_what_a_killed_process_left_unfinished_goes_with_the_next(book: Book) -> None:
    folder = book.backup().parent
    half = folder / ".acme-20251231-235959-before-restore.duckdb.unfinished"
    others = folder / ".acme-eu-20251231-235959.duckdb.unfinished"
    half.touch()
    others.touch()
    made = book.backup()
    assert sorted(folder.glob(".*")) == [others]
    assert made.exists()


def test_one_made_by_a_clock_that_was_set_back_stays(tmp_path: Path) -> None:
    when = [datetime(2026, 1, 1, 12)]
    with ik.open(empty_book(tmp_path / "acme.duckdb"), clock=lambda: when[0]) as book:
        kept = [book.backup(keep=2), book.backup(keep=2)]
        when[0] -= timedelta(hours=3)
        made = book.backup(keep=2)
        assert {Path(path) for path in book.backups()["path"]} == {*kept, made}


def test_a_copy_that_differs_from_the_book_is_not_kept(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.customers.add(display_name="Acme")
    real = copies._sums
    monkeypatch.setattr(
        copies, "_sums",
        lambda cursor, database: {**real(cursor, database), **({"main.customers": (0, 0)} if database != "book" else {})},
    )  # fmt: skip
    with pytest.raises(BookError, match=r"does not say what the book says \(main\.customers\), and was taken away"):
        book.backup(tmp_path / "copies")
    assert list((tmp_path / "copies").iterdir()) == []
    monkeypatch.undo()
    book.backup(tmp_path / "copies")


def test_others_write_while_a_backup_is_made_and_it_is_of_one_moment(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    stop = Event()

    def work() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            book.invoices.record(acme, number=f"F-{number}", date="2026-01-10", total="100")

    writer = Thread(target=work)
    writer.start()
    try:
        made = [book.backup() for _ in range(4)]
    finally:
        stop.set()
        writer.join()
    for path in made:
        with ik.open(path) as copy:
            assert not len(copy.check())


def test_others_ask_what_tables_there_are_while_backups_are_made(book: Book) -> None:
    # The engine keeps every file open for as long as such a question takes, the copy too.
    stop = Event()

    def ask() -> None:
        while not stop.is_set():
            book.sql("select count(*) from duckdb_tables(), range(300_000)")

    asker = Thread(target=ask)
    asker.start()
    try:
        made = [book.backup(keep=99) for _ in range(6)]
    finally:
        stop.set()
        asker.join()
    assert len(book.backups()) == len(made)


def test_several_at_once_are_made_one_after_the_other(book: Book) -> None:
    book.customers.add(display_name="Acme")
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: book.backup(keep=99), range(12)))
    assert len(set(made)) == len(book.backups()) == 12
    for path in made:
        with ik.open(path) as copy:
            assert contents(copy) == contents(book)


@pytest.mark.skipif(
    sys.platform == "win32" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_folder_that_may_not_be_written_is_said_in_words(book: Book, tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir(mode=0o555)
    with pytest.raises(BookError, match="No backup was made"):
        book.backup(tmp_path / "shut")


def test_before_a_large_import_a_copy_is_kept(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invoicekit.imports.plan.LARGE", 3)
    (tmp_path / "few.csv").write_text("Name\nAcme\nBeta\n")
    (tmp_path / "many.csv").write_text("Name\nGamma\nDelta\nEpsilon\n")
    book.imports.read(tmp_path / "many.csv", into="customers").apply()
    assert not len(book.backups()), "there was nothing to keep"
    book.imports.read(tmp_path / "few.csv", into="customers").apply()
    assert not len(book.backups())
    (tmp_path / "refused.csv").write_text(
        "Invoice no;Customer;Date;Total\n1;A;1/1/26;1,50\n2;B;1/1/26;2.50\n3;C;1/1/26;3\n"
    )
    with pytest.raises(QuestionsOpen):
        book.imports.read(tmp_path / "refused.csv", into="invoices").apply()
    assert not len(book.backups()), "what is refused must not push older backups out"
    (tmp_path / "more.csv").write_text("Name\nZeta\nEta\nTheta\n")
    before = contents(book)
    with book.what_if():
        book.imports.read(tmp_path / "more.csv", into="customers").apply()
    assert not len(book.backups())
    book.imports.read(tmp_path / "more.csv", into="customers").apply()
    [kept] = book.backups().to_dict("records")
    assert kept["reason"] == "before import"
    with ik.open(kept["path"]) as copy:
        assert contents(copy) == before


# Putting one back


def test_a_backup_is_put_in_the_place_of_the_book_and_everybody_goes_on_with_it(book: Book) -> None:
    book.customers.add(display_name="Acme")
    made = book.backup()
    book.customers.add(display_name="Oops")
    told = []
    book._store.watch(lambda: told.append(names(book)))
    with ik.open(book.path, actor="ben") as other:
        put_away = book.restore(made)
        assert names(book) == names(other) == ["Acme"]
        assert told[0] == ["Acme"]
        other.customers.add(display_name="Beta")
        assert names(book) == ["Acme", "Beta"]
    last = book.operations().iloc[1]
    assert (last["kind"], last["actor"]) == ("restore", "ana")
    assert made.name in last["summary"]
    assert not len(book.check())
    # And back again.
    book.restore(put_away)
    assert names(book) == ["Acme", "Oops"]
    done = subprocess.run(
        [sys.executable, "-c", f"import invoicekit as ik; ik.open({str(book.path)!r})"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "BookInUse" in done.stderr


def test_what_others_write_while_a_backup_is_put_back_is_in_the_book_or_in_what_was_put_away(book: Book) -> None:
    book.customers.add(display_name="Acme")
    made = book.backup()
    stop, added = Event(), []

    def work() -> None:
        while not stop.is_set():
            added.append(f"Customer {len(added)}")
            book.customers.add(display_name=added[-1])

    writer = Thread(target=work)
    writer.start()
    try:
        while len(added) < 5:
            pass
        put_away = book.restore(made)
        seen = len(added)
        while len(added) < seen + 3:
            pass
    finally:
        stop.set()
        writer.join()
    with ik.open(put_away) as before:
        kept = names(before)
    assert sorted(kept + names(book)) == sorted([*added, "Acme", "Acme"])
    assert not len(book.check())


def test_the_newest_is_taken_unless_another_is_named(book: Book) -> None:
    with pytest.raises(BookNotFound, match="There is no backup of acme.duckdb"):
        book.restore()
    book.customers.add(display_name="Acme")
    book.backup()
    book.customers.change("Acme", phone="12")
    book.restore()
    assert book.customers.get("Acme")["phone"] is None
    with pytest.raises(BookNotFound, match=r"nowhere\.duckdb"):
        book.restore("nowhere.duckdb")


def test_what_is_no_backup_changes_nothing(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme")
    (tmp_path / "letter.duckdb").write_bytes(b"Dear all")
    with duckdb.connect(tmp_path / "other.duckdb") as engine:
        engine.execute("create table t (a int)")
    for name in ("letter.duckdb", "other.duckdb"):
        with pytest.raises(NotABook):
            book.restore(tmp_path / name)
    with pytest.raises(BookInUse):
        book.restore(book.path)
    assert names(book) == ["Acme"]
    book.customers.add(display_name="Beta")


def test_nothing_is_restored_inside_an_operation_nor_in_the_past(book: Book) -> None:
    book.customers.add(display_name="Acme")
    made = book.backup()
    with pytest.raises(OperationFailed, match="inside an operation"), book.operation("two things"):
        book.restore(made)
    with pytest.raises(PastCannotChange):
        book.at(1).restore(made)
    with pytest.raises(PastCannotChange):
        book.at(1).backup()


def test_only_an_owner_of_all_customers_puts_another_book_in_its_place(book: Book) -> None:
    for user in ("ana", "ben"):
        book.users.add(user)
    book.access.grant("ana", "owner")
    made = book.backup()
    with ik.open(book.path, actor="ben") as ben, pytest.raises(NotAllowed, match="ben cannot restore a backup"):
        ben.restore(made)
    book.restore(made)


@pytest.mark.parametrize("harm", [b"damaged", None])
def test_a_book_that_is_damaged_or_gone_is_put_back_and_the_damaged_file_kept(
    tmp_path: Path, harm: bytes | None
) -> None:
    path = empty_book(tmp_path / "acme.duckdb")
    with ik.open(path, actor="ana", clock=Ticking()) as book:
        book.customers.add(display_name="Acme")
        book.backup()
    path.unlink() if harm is None else path.write_bytes(harm)
    if harm:
        with pytest.raises(NotABook, match=r"invoicekit\.restore"):
            ik.open(path)
    with ik.restore(path) as book:
        assert names(book) == ["Acme"]
        assert any("was put in its place" in note for note in book.notes)
    assert (tmp_path / "acme.damaged.duckdb").exists() == (harm is not None)
    if harm:
        assert (tmp_path / "acme.damaged.duckdb").read_bytes() == harm


# Looking at one while another process has the book

HOLDING = """
import sys, invoicekit as ik
book = ik.open(sys.argv[1], actor="ben")
print("open", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def held_elsewhere(tmp_path: Path) -> Path:
    """A book that another process has open, with a backup from before; closed when the test ends."""
    path = empty_book(tmp_path / "acme.duckdb")
    with ik.open(path, actor="ana") as book:
        book.customers.add(display_name="Acme")
    return path


def test_a_second_process_looks_at_the_newest_backup_and_changes_nothing(held_elsewhere: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(held_elsewhere)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(BookInUse, match=f"process {holder.pid} .*There is none yet"):
            ik.open(held_elsewhere, or_backup=True)
        with pytest.raises(BookInUse, match=f"process {holder.pid} .*, since 20.*Close it there"):
            ik.open(held_elsewhere)
        if sys.platform != "win32":
            os.kill(holder.pid, signal.SIGSTOP)
            try:
                # The signal is acted upon in its own time.
                while ik_psutil_status(holder.pid) != "stopped":
                    pass
                with pytest.raises(BookInUse, match="is suspended and does nothing. Continue or end it"):
                    ik.open(held_elsewhere)
            finally:
                os.kill(holder.pid, signal.SIGCONT)
    finally:
        holder.communicate(b"\n")
    with ik.open(held_elsewhere) as book:
        book.backup()
        book.customers.add(display_name="Beta")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(held_elsewhere)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with ik.open(held_elsewhere, actor="ana", or_backup=True) as seen:
            assert names(seen) == ["Acme"]
            [note] = seen.notes
            assert f"is open in process {holder.pid}" in note
            assert "This is its backup of 20" in note
            with pytest.raises(PastCannotChange, match="this is a backup, to look at only"):
                seen.customers.add(display_name="Gamma")
            assert len(seen.reports.balances()) == 0
    finally:
        holder.communicate(b"\n")


def ik_psutil_status(pid: int) -> str:
    import psutil

    return str(psutil.Process(pid).status())


# After a crash


def test_a_book_whose_process_was_killed_is_checked_when_it_is_opened_again(tmp_path: Path) -> None:
    path = empty_book(tmp_path / "acme.duckdb")
    script = (
        "import os, signal, sys, invoicekit as ik\n"
        "book = ik.open(sys.argv[1], actor='ana'); book.customers.add(display_name='Acme')\n"
        "os.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    with ik.open(path) as book:
        assert names(book) == ["Acme"]
        [note] = book.notes
        assert "ended without closing it" in note
        assert "the book is sound" in note
    with ik.open(path) as book:
        assert book.notes == []


def test_what_is_wrong_after_a_crash_is_said_at_once(tmp_path: Path) -> None:
    path = empty_book(tmp_path / "acme.duckdb")
    with ik.open(path, actor="ana") as book:
        book.customers.add(display_name="Acme")
    script = (
        "import os, signal, sys, duckdb\n"
        "engine = duckdb.connect(sys.argv[1]); engine.execute(\"update customers set display_name = 'X'\")\n"
        "os.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    with ik.open(path) as book:
        assert "1 things are wrong: book.check() lists them" in book.notes[0]
