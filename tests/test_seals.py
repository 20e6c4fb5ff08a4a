"""M6: what was done is sealed; whatever is changed behind the book's back shows, and by which operation's rows."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

import invoicekit as ik
from invoicekit.book import Book
from tests.conftest import Ticking, empty_book

# What somebody with the file in hand may do to it, and what `check` says of which operation.
TAMPERINGS = {
    "an amount is altered": ("update entries set amount = amount + 1 where id = 1", "entries", 3),
    "a name is altered": ("update customers set display_name = 'Someone else' where id = 2", "customers", 2),
    "a row is slipped in": (
        "insert into customers (id, display_name, kind, operation) values (90, 'Ghost', 'customer', 2)", "customers", 2,
    ),
    "a row is taken out": ("delete from customers where id = 2", "customers", 2),
    "a row of nobody is slipped in": (
        "insert into customers (id, display_name, kind, operation) values (90, 'Ghost', 'customer', 77)", "customers", 77,
    ),
    "an older version is altered": ("update history.customers set phone = '999' where id = 1", "customers", 1),
    "an older version is taken out": ("delete from history.customers where id = 1", "customers", 1),
    "an operation is reworded": ("update operations set actor = 'somebody else' where id = 2", "operations", 2),
    "an operation is moved in time": (
        "update operations set recorded_at = recorded_at - interval 1 day where id = 2", "operations", 2,
    ),
    "an operation is taken out": ("delete from operations where id = 2", "operations", 3),
    "the last operation is taken out, its rows stay": ("delete from operations where id = 4", "customers", 4),
    "what an operation wrote is said to be something else": (
        "update operations set wrote = replace(wrote, 'customers', 'invoices') where id = 1", "operations", 1,
    ),
}  # fmt: skip


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """A book of four operations, closed."""
    path = empty_book(tmp_path / "acme.duckdb")
    with ik.open(path, actor="ana", clock=Ticking()) as book:
        book.customers.add(display_name="Acme é 😀", tags=["a", "b"], rate="12.50")
        book.customers.add(display_name="Beta")
        book.invoices.record("Acme é 😀", number="F-1", date="2026-01-10", total="100")
        book.customers.change("Acme é 😀", phone="12")
        assert not len(book.check())
    return path


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_M6_a_change_behind_the_books_back_shows(told: Path, tampering: str) -> None:
    statement, table, operation = TAMPERINGS[tampering]
    with duckdb.connect(told) as engine:
        engine.execute(statement)
    with ik.open(told) as book:
        found = book.check()
    seals = found[found["check"] == "seal"]
    assert (table, operation) in set(zip(seals["table"], seals["record"], strict=True)), seals.to_string()
    assert seals["mend"].str.contains("book.diff").all()


def test_M6_a_healthy_book_has_no_findings_whatever_was_done_to_it(practice: Book) -> None:
    assert not len(practice.check())
    assert practice.sql("select count(*) as n from operations where seal is null or wrote is null")["n"][0] == 0


def test_M6_every_kind_of_operation_is_sealed_as_it_was_written(issued: tuple[Book, dict[str, int]]) -> None:
    book, _ = issued
    assert book._store.breaches() == []


def test_M6_seals_outlive_undo_merge_and_undo_of_undo(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    other = book.customers.add(display_name="Acme Ltd")
    book.invoices.record(other, number="F-1", date="2026-01-10", total="100")
    book.customers.merge(other, into=acme)
    merged = int(book.operations()["id"][0])
    undone = book.undo(merged)
    book.undo(undone)
    book.customers.change("Acme", phone="1")
    assert book._store.breaches() == []


def test_M6_a_seal_that_was_noted_stands_as_long_as_nothing_before_it_changed(told: Path) -> None:
    with ik.open(told) as book:
        noted = book.seal
        assert noted is not None
        assert noted.startswith("4-")
        book.customers.change("Beta", phone="34")
        assert not len(book.check(seal=noted))
        assert book.at(4).seal == noted
        [finding] = book.check(seal="4-0123")["finding"]
        assert "the seal that was noted" in finding
        assert len(book.check(seal="rubbish")) == 1


def test_M6_seals_worked_out_anew_by_who_holds_the_file_do_not_agree_with_one_that_was_noted(told: Path) -> None:
    from invoicekit.schema import versioned
    from invoicekit.store.sealing import seal_all

    with ik.open(told) as book:
        noted = book.seal
    with duckdb.connect() as engine:
        engine.execute(f"attach '{told}' as book (type duckdb)")
        engine.execute("update book.main.operations set summary = 'nothing' where id = 1")
        seal_all(engine, versioned())
    with ik.open(told) as book:
        assert not len(book.check())
        assert book.check(seal=noted)["check"].tolist() == ["seal"]


def test_M6_one_text_never_passes_for_two(book: Book) -> None:
    """A value cannot pretend to be the next field: each says how long it is."""
    book.customers.add(display_name="Acme", notes="x")
    book.customers.add(display_name="Acmenotes:1:", notes=None)
    with book._store.cursor() as cursor:
        cursor.execute("update book.main.customers set display_name = 'Acme', phone = '1:xemail:1:y' where id = 1")
    assert {operation for _, operation, _ in book._store.breaches()} == {1}


def test_what_an_operation_that_was_rolled_back_wrote_is_in_no_seal(book: Book) -> None:
    book.customers.add(display_name="Acme")
    with pytest.raises(RuntimeError), book.operation("fails"):
        book.customers.add(display_name="Beta")
        raise RuntimeError
    with book.what_if():
        book.customers.add(display_name="Gamma")
    book.customers.add(display_name="Delta")
    assert book._store.breaches() == []
    assert book.seal is not None
    assert book.seal.startswith("2-")


def test_rows_are_sealed_alike_however_many_are_told_at_a_time(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invoicekit.store.sealing._BATCH", 2)
    with book.operation("seven, one of them with a phone"):
        for number in range(7):
            book.customers.add(display_name=f"Customer {number}", phone="1" if number == 4 else None)
    monkeypatch.undo()
    assert book.check(seal=book.seal).empty
