"""Several processes write in one team's book: no update is lost, no number is given twice or left out, nothing is billed twice."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter

import pytest

import invoicekit as ik
from tests.conftest import ready_to_bill
from tests.postgres import Postgres
from tests.test_eight_threads import ROUND, prove

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


@pytest.mark.long
def test_four_processes_for_five_minutes(shared: str, capsys: pytest.CaptureFixture[str]) -> None:
    done, longest = together(shared, 1_000_000, 300)
    with capsys.disabled():
        print(f"\n{dict(done)} by {PROCESSES} processes in five minutes; the longest took {longest:.1f} s")  # noqa: T201 - a figure somebody asked for
