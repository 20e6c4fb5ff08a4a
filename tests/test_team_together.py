"""Several processes write in one team's book: no update is lost, no number is given twice or left out, nothing is billed twice."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from pathlib import Path

import pytest

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.errors import NotFound
from tests.conftest import ready_to_bill
from tests.postgres import Postgres
from tests.test_eight_threads import ROUND, asked, counted, paid, prove

PROCESSES = 4


def work(url: str, number: int, turns: int, until: float) -> tuple[Counter[str], float]:
    """Work for some turns or until a moment, and return what was done and the longest that anything took."""
    done: Counter[str] = Counter()
    longest = 0.0
    with ik.open(url, actor=f"user {number}") as book:
        while sum(done.values()) < turns and time.time() < until:
            act = ROUND[(sum(done.values()) + number) % len(ROUND)]
            start = time.monotonic()
            act(book, number, sum(done.values()))
            longest = max(longest, time.monotonic() - start)
            done[act.__name__] += 1
    return done, longest


def together(url: str, turns: int, seconds: float) -> tuple[Counter[str], float]:
    until = time.time() + seconds
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as processes:
        told = processes.starmap(work, [(url, number, turns, until) for number in range(PROCESSES)])
    done = sum((one for one, _ in told), Counter())
    with ik.open(url, actor="ana") as book:
        prove(book, done)
        seal = book.seal
        assert not len(book.check(seal=seal))
    return done, max(longest for _, longest in told)


@pytest.fixture
def shared(postgres: Postgres) -> str:
    url = postgres.url(postgres.database(postgres.empty_book()))
    with ik.open(url, actor="ana") as book:
        ready_to_bill(book)
        book.customers.add(display_name="Acme")
    return url


def test_four_processes_lose_nothing(shared: str) -> None:
    done, _ = together(shared, 12, 300)
    assert sum(done.values()) == PROCESSES * 12


# Each in a role of their own


def importing(book: Book, number: int, turn: int, folder: str) -> Counter[str]:
    """Import customers, most of them twice, and merge two that are the same."""
    path = Path(folder) / f"{number}.csv"
    path.write_text("Name;Number\n" + "".join(f"Client {turn} {nth};{turn}-{nth}\n" for nth in range(ROWS)))
    for _ in range(2):
        book.imports.read(path, into="customers").apply()
    book.customers.merge(f"Client {turn} 0", into=f"Client {turn} 1").confirm()
    return Counter({"imported": ROWS, "merged": 1})


def saving(book: Book, number: int, turn: int, folder: str) -> Counter[str]:
    """Save what is typed in a form, field by field."""
    for field in ("email", "city", "notes"):
        book.customers.change("Acme", **{field: f"{turn}@example.org"})
    counted(book, number, turn)
    return Counter({"counted": 1, "saved": 4})


def billing(book: Book, number: int, turn: int, folder: str) -> Counter[str]:
    """Note work, and bill whatever nobody has billed."""
    book.activities.add("Lease", worked="1h", date="2026-01-05", description=f"Call {number}-{turn}")
    try:
        numbers = book.invoices.billing_run(date="2026-01-31").finalize()
    except NotFound:
        # Somebody else's run had it already.
        numbers = []
    return Counter({"worked": 1, "invoiced": len(numbers)})


def collecting(book: Book, number: int, turn: int, folder: str) -> Counter[str]:
    """Record a payment, and ask what is owed."""
    paid(book, number, turn)
    asked(book, number, turn)
    assert len(book.reports.aging(as_of="2026-12-31").df) <= 1
    return Counter({"paid": 1, "asked": 2})


ROLES = (importing, saving, billing, billing, collecting)
ROWS = 10


def work_in_role(url: str, number: int, turns: int, until: float, folder: str) -> tuple[Counter[str], float, int]:
    """Do what one's role does, and return what that came to, the longest that one turn took, and how many there were."""
    done: Counter[str] = Counter()
    longest, turn = 0.0, 0
    with ik.open(url, actor=f"user {number}") as book:
        while turn < turns and time.time() < until:
            start = time.monotonic()
            done += ROLES[number](book, number, turn, folder)
            longest = max(longest, time.monotonic() - start)
            turn += 1
    return done, longest, turn


def in_roles(url: str, turns: int, seconds: float, folder: Path) -> str:
    """Let everybody work, prove that nothing was lost or done twice, and say how much it was."""
    with ik.open(url, actor="ana") as book:
        book.matters.open("Lease", customers="Acme", rate="100", opened_on="2026-01-01")
    until = time.time() + seconds
    with multiprocessing.get_context("spawn").Pool(len(ROLES)) as processes:
        told = processes.starmap(
            work_in_role, [(url, number, turns, until, str(folder)) for number in range(len(ROLES))]
        )
    done = sum((one for one, _, _ in told), Counter())
    with ik.open(url, actor="ana") as book:
        # Work that was noted while the last run was under way.
        left = len(book.activities.list(state="unbilled"))
        if left:
            done["invoiced"] += len(book.invoices.billing_run(date="2026-01-31").finalize())
        prove(book, done)
        [held] = book._store.rows(
            "select (select count(*) from activities) as worked, (select count(distinct activity) from invoice_lines) as billed, "
            "(select count(activity) from invoice_lines) as lines, (select count(*) from contacts where name <> 'Acme') as people"
        )
        assert (held["worked"], held["billed"], held["lines"]) == (done["worked"],) * 3
        assert held["people"] == done["imported"] - done["merged"]
        operations = len(book.operations())
        assert not len(book.check(seal=book.seal))
    return f"{operations} operations by {len(ROLES)} processes, {dict(done)}; the longest turns took " + ", ".join(
        f"{role.__name__} {longest:.1f} s of {turns}" for role, (_, longest, turns) in zip(ROLES, told, strict=True)
    )


def test_S1_2_C13_processes_in_roles_lose_nothing_and_bill_once(shared: str, tmp_path: Path) -> None:
    in_roles(shared, 4, 300, tmp_path)


@pytest.mark.long
def test_processes_in_roles_for_five_minutes(shared: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = in_roles(shared, 1_000_000, 300, tmp_path)
    with capsys.disabled():
        print(f"\n{told}")  # noqa: T201 - a figure somebody asked for
