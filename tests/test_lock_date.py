"""The lock date: what was posted up to it stays. Proves C13."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from invoicekit.book import Book
from invoicekit.errors import InvalidValue, PeriodLocked, UndoRefused
from tests.conftest import contents


@pytest.fixture
def locked(book: Book) -> Book:
    """Return a book with an invoice of January, one of March and a payment of March, locked up to the end of January."""
    book.customers.add(display_name="Acme")
    book.invoices.record("Acme", number="1", date="2026-01-10", total="100")
    book.invoices.record("Acme", number="2", date="2026-03-10", total="50")
    book.settings.lock_date = "2026-01-31"
    return book


def test_C13_nothing_is_recorded_on_a_locked_day(locked: Book) -> None:
    before = contents(locked)
    with pytest.raises(
        PeriodLocked, match="Invoice 3 of 2026-01-31 cannot be recorded: the book is locked up to 2026-01-31"
    ):
        locked.invoices.record("Acme", number="3", date="2026-01-31", total="1")
    with pytest.raises(PeriodLocked, match="A payment of 2026-01-15 cannot be recorded.*Date it later, or set"):
        locked.payments.record("Acme", amount="1", date="2026-01-15")
    assert contents(locked) == before
    locked.payments.record("Acme", amount="1", date="2026-02-01")


def test_C13_an_import_rejects_the_rows_of_locked_days(locked: Book, tmp_path: Path) -> None:
    path = tmp_path / "i.csv"
    path.write_text("Invoice no,Customer,Date,Total\n7,Acme,2026-01-20,10\n8,Acme,2026-02-20,10\n", encoding="utf-8")
    receipt = locked.imports.read(path, into="invoices").apply()
    assert (sum(receipt.created.values()), sum(receipt.rejected.values())) == (1, 1)
    assert "the book is locked up to 2026-01-31" in receipt.rows["reason"].dropna().iloc[0]


def test_C13_undo_does_not_reach_across_the_lock_date(locked: Book) -> None:
    operations = locked.operations().set_index("summary")["id"]
    january, march = (int(operations[f"recorded {number} for Acme"]) for number in "12")
    with pytest.raises(
        UndoRefused, match=f"Operation {january} cannot be undone: EUR 100.00 posted on 2026-01-10 would"
    ):
        locked.undo(january)
    locked.undo(march)
    locked.settings.lock_date = None
    locked.undo(january)
    assert locked.reports.balances().df.empty


def test_C13_a_merge_moves_what_is_locked_because_no_amount_changes(locked: Book) -> None:
    double = locked.customers.add(display_name="ACME SA")
    merged = locked.customers.merge("Acme", into=double).confirm()
    assert locked.reports.balances(as_of="2026-01-31").df["customer"].tolist() == ["ACME SA"]
    locked.undo(merged)
    assert locked.reports.balances(as_of="2026-01-31").df["customer"].tolist() == ["Acme"]


def test_C13_money_that_waited_is_applied_on_the_first_day_that_is_open(book: Book) -> None:
    book.customers.add(display_name="Acme")
    book.customers.add(display_name="Beta")
    book.payments.record("Acme", amount="5", date="2026-01-05")
    book.invoices.record("Beta", number="1", date="2026-01-04", total="5")
    book.settings.lock_date = "2026-01-31"
    january = sorted(book.reports.open_items(as_of="2026-01-31").df["amount"])
    book.customers.merge("Beta", into="Acme").confirm()
    assert book.payments.apply("Acme") == 1
    assert [str(day) for day in book.sql("select date from allocations")["date"]] == ["2026-02-01"]
    assert sorted(book.reports.open_items(as_of="2026-01-31").df["amount"]) == january
    assert book.reports.open_items(as_of="2026-02-01").df.empty


def test_the_lock_date_is_a_date_or_nothing(book: Book) -> None:
    assert book.settings.lock_date is None
    book.settings.lock_date = date(2026, 1, 31)
    assert book.settings.lock_date == date(2026, 1, 31)
    with pytest.raises(InvalidValue):
        book.settings.lock_date = "soon"


def test_a_lock_date_is_of_this_age(book: Book) -> None:
    with pytest.raises(InvalidValue, match="lock_date 9999-12-31 is too far ahead"):
        book.settings.lock_date = "9999-12-31"
    assert book.settings.lock_date is None
    assert str(book.at("0001-01-01")).startswith("<Book")
