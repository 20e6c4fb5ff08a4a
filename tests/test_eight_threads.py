"""M6: eight threads work on one book while another process keeps trying to open it: no update is lost, and each try is answered."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import invoicekit as ik
from invoicekit.book import Book
from tests.conftest import empty_book, ready_to_bill

KNOCKING = """
import sys
from collections import Counter
import invoicekit as ik
from invoicekit.errors import BookInUse

path, answers = sys.argv[1], Counter()
while sys.stdin.readline() == "again\\n":
    try:
        with ik.open(path, actor="ben", or_backup=True) as seen:
            assert "This is its backup of" in seen.notes[0], seen.notes
            assert len(seen.check()) == 0
            answers["backup"] += 1
    except BookInUse as busy:
        assert "is open in process" in str(busy), busy
        answers["message"] += 1
    print(sum(answers.values()), flush=True)
print(answers["message"], answers["backup"], flush=True)
"""


def counted(book: Book, thread: int, turn: int) -> None:
    """Take what somebody wrote last and write one more: a lost update would be missing in the end."""
    with book.operation("count one more"):
        held = int(book.customers.get("Acme")["phone"] or 0)
        book.customers.change("Acme", phone=str(held + 1))


def invoiced(book: Book, thread: int, turn: int) -> None:
    draft = book.invoices.draft(customer="Acme", lines=[{"unit_price": "10"}], date="2026-01-31")
    book.invoices.finalize(draft)


def paid(book: Book, thread: int, turn: int) -> None:
    book.payments.record("Acme", amount="1", date="2026-02-01")


def asked(book: Book, thread: int, turn: int) -> None:
    found = book.reports.balances(as_of="2026-12-31").df
    assert len(found) <= 1
    assert book.sql("select count(*) as n from entries")["n"][0] >= 0


def kept(book: Book, thread: int, turn: int) -> None:
    book.backup(keep=3)


# What each thread does in turn; a backup now and then, or there would be time for nothing else.
ROUND: list[Callable[[Book, int, int], None]] = [counted, invoiced, counted, asked, counted, paid]


def together(path: Path, go_on: Callable[[int], bool]) -> tuple[Counter[str], list[int]]:
    """Let eight threads work as long as they shall, and another process knock; return what was done, and how it was answered."""
    knocking = subprocess.Popen(
        [sys.executable, "-c", KNOCKING, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert knocking.stdin is not None
    assert knocking.stdout is not None
    try:
        with ik.open(path, actor="ana") as book:

            def work(thread: int) -> Counter[str]:
                done: Counter[str] = Counter()
                turn = 0
                while go_on(turn):
                    act = kept if thread == 0 and turn % 10 == 9 else ROUND[(turn + thread) % len(ROUND)]
                    act(book, thread, turn)
                    done[act.__name__] += 1
                    turn += 1
                return done

            with ThreadPoolExecutor(8) as pool:
                working = [pool.submit(work, thread) for thread in range(8)]
                while not all(one.done() for one in working):
                    knocking.stdin.write("again\n")
                    assert knocking.stdout.readline().strip(), "who knocked had no answer"
            done = sum((one.result() for one in working), Counter())
            prove(book, done)
    finally:
        said, _ = knocking.communicate("enough\n")
    assert knocking.returncode == 0
    return done, [int(one) for one in said.split()[-2:]]


def prove(book: Book, done: Counter[str]) -> None:
    """Every update that was made is there, once."""
    assert int(book.customers.get("Acme")["phone"] or 0) == done["counted"]
    numbers = [int(number) for number in book.sql("select number from invoices order by id")["number"]]
    assert sorted(numbers) == list(range(1, done["invoiced"] + 1))
    held: dict[str, Any] = book._store.rows("select count(*) as payments, sum(amount) as paid from payments")[0]
    assert (held["payments"], held["paid"] or 0) == (done["paid"], done["paid"])
    assert book.check().to_dict("records") == []


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    path = empty_book(tmp_path / "acme.duckdb")
    with ik.open(path, actor="ana") as book:
        ready_to_bill(book)
        book.customers.add(display_name="Acme")
    return path


def test_M6_eight_threads_lose_nothing_and_whoever_knocks_is_answered(shared: Path) -> None:
    done, answers = together(shared, lambda turn: turn < 12)
    assert sum(done.values()) == 8 * 12
    assert sum(answers) > 0


@pytest.mark.long
def test_M6_eight_threads_for_five_minutes(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    end = time.monotonic() + 300
    done, (messages, backups) = together(shared, lambda _: time.monotonic() < end)
    with capsys.disabled():
        answers = f"told {messages} times, and shown the newest backup {backups} times"
        print(f"\n{dict(done)} in five minutes; a second process was {answers}")  # noqa: T201 - a figure somebody asked for
