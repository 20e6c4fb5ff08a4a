"""S3.11: time measured by a stopwatch that lives in the book."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.errors import InvalidValue, MatterClosed, MatterOpen, NotFound, StopwatchRunning, UndoRefused
from tests.conftest import empty_book


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def on(self, **passed: float) -> None:
        self.now += timedelta(**passed)


def local(*when: int) -> datetime:
    """Return a local moment as the naive UTC that books are told."""
    return datetime(*when).astimezone(UTC).replace(tzinfo=None)  # type: ignore[arg-type]


@pytest.fixture
def clock() -> Clock:
    return Clock(local(2026, 1, 5, 9, 0))


@pytest.fixture
def watched(tmp_path: Path, clock: Clock) -> Book:
    book = ik.open(empty_book(tmp_path / "acme.duckdb"), actor="ann", clock=clock)
    book.users.add("ann", rate="120")
    book.users.add("bo", rate="60")
    book.matters.open("Lease", number="M-1")
    return book


def test_S3_11_start_and_stop_give_a_time_activity(watched: Book, clock: Clock) -> None:
    watched.stopwatches.start("M-1", description="Reading")
    clock.on(minutes=30, seconds=5)
    listed = watched.stopwatches.list("ann").iloc[0]
    assert (listed["matter"], listed["is_running"], listed["seconds"]) == ("M-1 Lease", True, 1805)
    held = watched.activities.get(watched.stopwatches.stop(description="Reading the lease"))
    assert (held["worked"], held["description"], held["date"]) == (1805, "Reading the lease", date(2026, 1, 5))
    assert held["amount"] == ik_amount(1805, 120)
    assert len(watched.stopwatches.list()) == 0
    assert watched.check().empty
    watched.close()


def test_S3_11_what_is_measured_is_of_the_category_that_was_named(watched: Book, clock: Clock) -> None:
    hearing = watched.categories.add("Hearing", kind="time", rate="320")
    watched.stopwatches.start("M-1", category="Hearing")
    clock.on(hours=1)
    held = watched.activities.get(watched.stopwatches.stop())
    assert (held["category"], held["amount"]) == (hearing, 320)
    watched.close()


def ik_amount(seconds: int, rate: int) -> object:
    from decimal import ROUND_HALF_UP, Decimal

    return (Decimal(seconds) * rate / 3600).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_S3_11_it_survives_that_the_kernel_is_started_anew(tmp_path: Path, watched: Book, clock: Clock) -> None:
    watched.stopwatches.start("M-1")
    clock.on(minutes=10)
    watched.close()
    clock.on(minutes=5)
    with ik.open(tmp_path / "acme.duckdb", actor="ann", clock=clock) as again:
        assert again.activities.get(again.stopwatches.stop())["worked"] == 900


def test_S3_11_paused_time_is_not_counted(watched: Book, clock: Clock) -> None:
    watch = watched.stopwatches.start("M-1")
    clock.on(minutes=10)
    watched.stopwatches.pause()
    clock.on(hours=2)
    watched.stopwatches.resume(watch)
    clock.on(minutes=3)
    assert watched.activities.get(watched.stopwatches.stop(watch))["worked"] == 780
    watched.close()


def test_S3_11_a_second_one_is_refused_while_another_runs(watched: Book, clock: Clock) -> None:
    first = watched.stopwatches.start("M-1", description="Call")
    clock.on(minutes=5)
    before = len(watched.operations())
    with pytest.raises(StopwatchRunning, match="ann measures Call already, 0:05 so far. Stop or pause it first"):
        watched.stopwatches.start("M-1")
    assert len(watched.operations()) == before
    watched.stopwatches.start("M-1", worked_by="bo")  # somebody else's is no hindrance
    watched.stopwatches.pause()
    second = watched.stopwatches.start("M-1", description="Letter")
    with pytest.raises(StopwatchRunning, match="ann measures Letter already"):
        watched.stopwatches.resume(first)
    watched.stopwatches.pause()
    with pytest.raises(NotFound, match=f"2 stopwatches are paused: {first}, {second}. Say which one is meant"):
        watched.stopwatches.stop()
    watched.stopwatches.discard(second)
    assert watched.activities.get(watched.stopwatches.stop())["worked"] == 300
    watched.close()


def test_S3_11_midnight_is_crossed_on_the_day_it_was_started(watched: Book, clock: Clock) -> None:
    clock.now = local(2026, 1, 31, 23, 30)
    watched.stopwatches.start("M-1")
    clock.now = local(2026, 2, 1, 0, 45)
    held = watched.activities.get(watched.stopwatches.stop())
    assert (held["worked"], held["date"]) == (75 * 60, date(2026, 1, 31))
    watched.close()


def test_S3_11_a_clock_that_was_set_back_takes_nothing_away(watched: Book, clock: Clock) -> None:
    watched.stopwatches.start("M-1")
    clock.on(minutes=10)
    watched.stopwatches.pause()
    watched.stopwatches.resume()
    clock.on(minutes=-30)
    assert watched.activities.get(watched.stopwatches.stop())["worked"] == 600
    watched.close()


def test_S3_11_wrong_input_is_refused(tmp_path: Path, watched: Book, clock: Clock) -> None:
    with pytest.raises(NotFound, match="There is no running stopwatch. book.stopwatches.list"):
        watched.stopwatches.pause()
    with pytest.raises(NotFound, match="There is no stopwatch 99"):
        watched.stopwatches.stop(99)
    watched.stopwatches.start()
    with pytest.raises(InvalidValue, match="It measured less than a second. Discard it"):
        watched.stopwatches.stop()
    clock.on(minutes=1)
    with pytest.raises(NotFound, match="An activity needs a matter"):
        watched.stopwatches.stop()
    assert len(watched.stopwatches.list()) == 1  # what was measured is not lost by that
    other = watched.matters.open("Other")
    watched.matters.close(other)
    with pytest.raises(MatterClosed, match="The matter Other was closed"):
        watched.stopwatches.stop(matter=other)
    watched.stopwatches.stop(matter="M-1")
    with pytest.raises(MatterClosed, match="The matter Other was closed on .* no work is measured on it"):
        watched.stopwatches.start(other)
    watched.stopwatches.start("M-1")
    with pytest.raises(MatterOpen, match="M-1 Lease cannot be closed: a stopwatch measures work on it"):
        watched.matters.close("M-1")
    watched.close()
    other_book = ik.open(empty_book(tmp_path / "other.duckdb"), actor="zoe")
    with pytest.raises(NotFound, match='zoe is no user of this book.* book.users.add\\("zoe", rate=...\\)'):
        other_book.stopwatches.start()
    other_book.close()


def test_S3_11_undo_brings_a_discarded_one_back_unless_another_runs(watched: Book, clock: Clock) -> None:
    watched.stopwatches.start("M-1", description="Call")
    watched.stopwatches.discard()
    watched.stopwatches.start("M-1", description="Letter")
    with pytest.raises(UndoRefused, match="running stopwatch of user"):
        watched.undo(int(watched.operations()["id"].iloc[1]))
    watched.stopwatches.pause()
    watched.undo(int(watched.operations().query("kind == 'discard stopwatch'")["id"].iloc[0]))
    assert sorted(watched.stopwatches.list()["description"]) == ["Call", "Letter"]
    watched.close()


def test_a_stopwatch_goes_by_its_number(book: Book) -> None:
    with pytest.raises(NotFound, match="There is no stopwatch 'Lease': it goes by its number"):
        book.stopwatches.stop("Lease")  # type: ignore[arg-type]
