"""The copy of postings that reports read: it changes nothing they say, is kept up, and may be thrown away.

Proves M1, M11.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.errors import InvoicekitError, PastCannotChange
from invoicekit.reports import definitions
from tests.actions import START, actions, perform
from tests.conftest import Ticking, empty_book

READING = [name for name, one in definitions().items() if "settled_entries" in one.text or "told_entries" in one.text]
DAYS = [(START + timedelta(days=days)).isoformat() for days in (0, 60, 150, 400)]


def said(book: Book, known_at: int | None = None) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return what every report says that reads the copy, on several days."""
    found = {}
    # The first customer need not be number 1: that one may have been undone.
    somebody = book.customers.list(include_inactive=True)["id"].tolist()[:1]
    for name in READING:
        for day in DAYS:
            of = {"tree": somebody[0]} if somebody and definitions()[name].of_somebody else {}
            if definitions()[name].of_somebody and not of:
                continue
            found[name, day] = book.reports.run(name, as_of=day, known_at=known_at, **of).table.to_pylist()
    return found


def view_of(book: Book) -> str:
    return str(book.sql("select sql from duckdb_views() where view_name = 'settled_entries'")["sql"][0])


@pytest.fixture
def owing(book: Book) -> Iterator[Book]:
    """Return a book of two customers with invoices that are open, paid and half paid, and its copy."""
    for name in ("Acme", "Zebra"):
        book.customers.add(display_name=name)
        for number in range(4):
            due = f"2026-0{number + 2}-10"
            book.invoices.record(
                name, number=f"{name}{number}", date=f"2026-0{number + 1}-10", due_date=due, total="100"
            )
    book.payments.record("Acme", amount="150", date="2026-03-01")
    book.reports.settle()
    yield book
    assert book.check().empty


@pytest.mark.file_only("the copy that makes reports of millions fast")
def test_M1_reports_say_the_same_with_the_copy_and_without(owing: Book, tmp_path: Path) -> None:
    path = owing.backup(tmp_path / "other.duckdb")
    with duckdb.connect(str(path)) as engine:
        settled = "select count(*) from derived.settled_entries where settled_on < '9999-01-01'"
        assert engine.execute(settled).fetchall() == [(2,)]
        engine.execute("drop view derived.told_entries; drop table derived.settled_entries")
    with ik.open(path) as book:
        assert "derived" not in view_of(book)
        assert said(book) == said(owing)
        book.reports.settle()
        assert "derived" in view_of(book)
        assert said(book) == said(owing)


CHANGES = {
    "a payment": lambda book: book.payments.record("Acme", amount="50", date="2026-04-01"),
    "an invoice": lambda book: book.invoices.record("Zebra", number="new", date="2026-02-01", total="7"),
    "a payment taken back": lambda book: book.payments.take_back(1, on="2026-05-01"),
    "a bounce": lambda book: book.payments.bounce(1, on="2026-05-01"),
    "another due date": lambda book: book.invoices.change_due_date(3, "2026-09-01", on="2026-04-01"),
    "a merge": lambda book: book.customers.merge("Zebra", into="Acme").confirm(),
    "an undo": lambda book: book.undo(int(book.operations()["id"].iloc[0])),
    "a closed invoice": lambda book: book.invoices.close(1, on="2026-06-01"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_M1_the_copy_is_kept_up_by_whatever_is_posted(owing: Book, change: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        CHANGES[change](owing)
    kept_up = said(owing)
    owing._store._place.settled._whole = None
    assert said(owing) == kept_up, "the view over the copy says something else"
    owing.reports.settle()
    assert said(owing) == kept_up


@pytest.mark.file_only("the copy that makes reports of millions fast")
def test_what_is_called_otherwise_is_called_so_in_every_report_at_once_and_when_it_is_opened_again(owing: Book) -> None:
    """A number that a file corrects is no posting: the copy must hear of it all the same."""
    with owing.operation("correct") as op:
        op.update("invoices", [{"id": 3, "number": "Acme2bis"}])
        op.update("payments", [{"id": 1, "reference": "cheque 7"}])
    with ik.open(owing.backup(owing.path.with_name("again.duckdb"))) as again:
        for book in (owing, again):
            items = book.reports.open_items(as_of="2026-12-31", customer="Acme").df["number"].tolist()
            assert items == ["Acme1", "Acme2bis", "Acme3"]
            told = book.reports.statement(as_of="2026-12-31", customer="Acme").df["number"].tolist()
            assert told == ["Acme0", "Acme1", "cheque 7", "Acme2bis", "Acme3"]
            assert book.check().empty


def test_the_past_makes_no_copy(owing: Book) -> None:
    with pytest.raises(PastCannotChange, match="book itself"):
        owing.at(3).reports.settle()


def test_an_operation_shows_what_it_has_posted_so_far(owing: Book) -> None:
    with owing.operation("two payments"):
        owing.payments.record("Acme", amount="20", date="2026-03-01")
        assert owing.reports.balances(as_of="2026-03-01", customer="Acme").df["balance"].tolist() == [30]
        assert len(owing.reports.open_items(as_of="2026-03-01", customer="Acme")) == 1


def test_M3_what_was_known_is_read_without_the_copy(owing: Book) -> None:
    operation = int(owing.operations()["id"].iloc[0])
    then = said(owing)
    owing.payments.record("Acme", amount="50", date="2026-03-01")
    assert said(owing) != then
    assert said(owing, known_at=operation) == then


@pytest.mark.file_only("the copy that makes reports of millions fast")
def test_a_copy_that_is_wrong_is_found(owing: Book, tmp_path: Path) -> None:
    path = owing.backup(tmp_path / "other.duckdb")
    with duckdb.connect(str(path)) as engine:
        engine.execute(
            "update derived.settled_entries set settled_on = date '2026-01-01' where settled_on > date '9000-01-01'"
        )
        engine.execute("update derived.settled_entries set amount = 1 where id = 1")
    with ik.open(path) as book:
        found = book.check()
        assert set(found["check"]) == {"settled postings"}
        assert "book.reports.settle()" in found["mend"].iloc[0]
        book.reports.settle()
        assert book.check().empty


@pytest.mark.file_only("the copy that makes reports of millions fast")
def test_a_book_that_posts_much_makes_its_copy_by_itself(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invoicekit.store.settled.WORTH", 3)
    book.customers.add(display_name="Acme")
    for number in range(3):
        assert "derived" not in view_of(book)
        book.invoices.record("Acme", number=str(number), date="2026-01-10", total="100")
    assert "derived" in view_of(book)
    assert book.check().empty


@given(st.lists(actions, min_size=4, max_size=14), st.integers(0, 12))
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_M1_whatever_happens_the_copy_says_what_was_posted(done: list[tuple[Any, ...]], when: int) -> None:
    agrees(done, when)


@pytest.mark.long
@given(st.lists(actions, min_size=4, max_size=40), st.integers(0, 30))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_M1_the_copy_at_length(done: list[tuple[Any, ...]], when: int) -> None:
    agrees(done, when)


def agrees(done: list[tuple[Any, ...]], when: int) -> None:
    with TemporaryDirectory() as folder, ik.open(empty_book(Path(folder) / "a.duckdb"), clock=Ticking()) as book:
        for place, action in enumerate(done):
            perform(book, action)
            if place == when:
                book.reports.settle()
            if place % 5 == 4 and len(book.operations()):
                try:
                    book.undo(int(book.operations()["id"].iloc[0]))
                except InvoicekitError:
                    continue
        kept_up = said(book)
        assert book.check().empty
        book._store._place.settled._whole = None
        assert said(book) == kept_up
        book.reports.settle()
        assert said(book) == kept_up
