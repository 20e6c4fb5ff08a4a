"""M6: a full disk, a folder that cannot be written, a file taken away, little memory, a clock set back: said, and nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import invoicekit as ik
from invoicekit.errors import BookError
from tests.conftest import contents, empty_book

SCRIPT = """
import hashlib, sys
import invoicekit as ik
from invoicekit.errors import BookError
{before}
path, done = sys.argv[1], 0
book = ik.open(path, actor="ana")
{after}
try:
    while True:
        text = "".join(hashlib.sha256(f"{{done}} {{part}}".encode()).hexdigest() for part in range({parts}))
        book.customers.add(display_name=f"Customer {{done}}", notes=text)
        done += 1
except BookError as full:
    print(done)
    print(full)
assert len(book.customers.list()) == done, "it goes on reading, and what was refused is not there"
assert len(book.check()) == 0
"""


def refused(path: Path, before: str = "", after: str = "", parts: int = 3000) -> tuple[int, str]:
    """Write in another process until it is refused; return how many customers were acknowledged, and what was said."""
    script = SCRIPT.format(before=before, after=after, parts=parts)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    count, said = done.stdout.strip().splitlines()
    return int(count), said


def must_be_whole(path: Path, count: int) -> None:
    with ik.open(path, actor="ana") as book:
        assert len(book.customers.list()) == count
        assert book.check().to_dict("records") == []
        book.customers.add(display_name="After all")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 10 MB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip(
            "a small disk can be made by root on Linux alone; a limit on the size of files is tried everywhere else"
        )
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=10m", "tmpfs", str(folder)], check=False, capture_output=True
    ).returncode:
        pytest.skip("no small disk can be made here: mount is not allowed")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_M6_a_full_disk_is_said_and_everything_acknowledged_is_there(small: Path) -> None:
    path = empty_book(small / "acme.duckdb")
    count, said = refused(path)
    assert count > 3
    assert '"add customer" was not kept in acme.duckdb: the file cannot be written (No space left on device)' in said
    assert said.endswith("Nothing of it is in the book, and all that was there is.")
    subprocess.run(["mount", "-o", "remount,size=40m", str(small)], check=True)
    must_be_whole(path, count)


def test_M6_a_backup_that_does_not_fit_is_not_left_half(small: Path, tmp_path: Path) -> None:
    with ik.open(empty_book(tmp_path / "acme.duckdb"), actor="ana") as book:
        (small / "ballast").write_bytes(b"x" * 9_900_000)
        before = contents(book)
        with pytest.raises(BookError, match="No backup was made.*No space left on device"):
            book.backup(small / "copies")
        assert list((small / "copies").iterdir()) == []
        assert contents(book) == before


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_M6_a_file_that_may_not_grow_is_said(tmp_path: Path) -> None:
    path = empty_book(tmp_path / "acme.duckdb")
    limit = path.stat().st_size + 3_000_000
    after = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
    )
    count, said = refused(path, after=after)
    assert count > 3
    assert "the file cannot be written (File too large)" in said
    must_be_whole(path, count)


def test_M6_too_little_memory_is_said_and_the_book_goes_on(tmp_path: Path) -> None:
    with ik.open(empty_book(tmp_path / "acme.duckdb"), actor="ana") as book:
        book.customers.add(display_name="Acme")
        before = contents(book)
        with (
            pytest.raises(
                BookError, match='"too much" was not kept in acme.duckdb: it takes more memory than there is'
            ),
            book.operation("too much") as op,
        ):
            book.customers.add(display_name="Beta")
            # What an engine of 64 MB says, whatever this machine has.
            _exhaust(op.cursor)
        assert contents(book) == before
        book.customers.add(display_name="Gamma")
        assert not len(book.check())


def _exhaust(cursor: object) -> None:
    import duckdb

    with duckdb.connect(config={"memory_limit": "16MB", "max_temp_directory_size": "1MB"}) as engine:
        engine.execute(
            "select count(*) from (select range as a, md5(range::varchar) as b from range(5000000) order by b)"
        ).fetchall()
        raise AssertionError("it fitted")


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be taken away there")
def test_M6_a_file_that_is_taken_away_is_still_there_for_who_has_it(tmp_path: Path) -> None:
    path = empty_book(tmp_path / "acme.duckdb")
    with ik.open(path, actor="ana") as book:
        book.customers.add(display_name="Acme")
        path.unlink()
        book.customers.add(display_name="Beta")
        kept = book.backup(tmp_path / "kept.duckdb")
        assert not len(book.check())
    with ik.open(kept) as book:
        assert book.customers.list()["display_name"].tolist() == ["Acme", "Beta"]


def test_M6_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    empty_book(tmp_path / "acme.duckdb")
    (tmp_path / "file").write_text("")
    with pytest.raises(BookError, match="file"):
        ik.open(tmp_path / "file" / "acme.duckdb")
    with ik.open(tmp_path / "acme.duckdb") as book, pytest.raises((BookError, OSError)):
        book.backup(tmp_path / "file" / "copies")


def test_M6_a_clock_that_is_set_back_changes_no_order(tmp_path: Path) -> None:
    clock = [datetime(2026, 5, 1)]
    with ik.open(empty_book(tmp_path / "acme.duckdb"), clock=lambda: clock[0], actor="ana") as book:
        book.customers.add(display_name="Acme")
        clock[0] -= timedelta(days=400)
        book.customers.change("Acme", phone="1")
        kept = book.backup()
        book.customers.change("Acme", phone="2")
        moments = book.sql("select recorded_at from operations order by id")["recorded_at"].tolist()
        assert moments == sorted(set(moments))
        assert book.at(2).customers.get("Acme")["phone"] == "1"
        assert not len(book.check(seal=book.seal))
        assert kept.exists()
