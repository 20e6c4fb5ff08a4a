"""What two books say differently. Proves M12."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.cli import app
from invoicekit.errors import BookNotFound, NotABook
from tests.conftest import empty_book


def test_M12_a_copy_says_the_same(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme", tags="vip")
    assert book.diff(book.copy_to(tmp_path / "copy.duckdb")).empty


def test_M12_each_record_that_differs_is_named_field_by_field(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme", phone="1", tags="vip")
    book.customers.add(display_name="Gone")
    gone = int(book.operations()["id"].iloc[0])
    copy = book.copy_to(tmp_path / "copy.duckdb")
    book.customers.change("Acme", phone="2", tags="vip, north")
    book.undo(gone)
    book.invoices.record("Acme", number="F-1", date="2026-01-01", total="10")
    found = book.diff(copy)
    assert found[found["table"] == "customers"].drop(columns=["table", "record"]).fillna("").values.tolist() == [
        ["Acme", "phone", "2", "1"],
        ["Acme", "tags", "[vip, north]", "[vip]"],
        ["Gone", "record", "", "there is"],
    ]
    assert found[found["table"] == "invoices"][["name", "field", "here"]].values.tolist() == [
        ["F-1", "record", "there is"]
    ]


def test_M12_a_book_differs_from_its_own_past(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme", phone="1")
    book.customers.change("Acme", phone="2")
    assert book.diff(book.at(1))[["field", "here", "there"]].values.tolist() == [["phone", "2", "1"]]
    assert book.at(1).diff(book)[["field", "here", "there"]].values.tolist() == [["phone", "1", "2"]]
    copy = book.copy_to(tmp_path / "copy.duckdb")
    assert book.at(1).diff(copy)[["field", "here", "there"]].values.tolist() == [["phone", "1", "2"]]


def test_M12_books_that_went_different_ways_are_compared_whole(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.duckdb", "b.duckdb")]
    for path, phone in zip(paths, "12", strict=True):
        with ik.open(path) as book:
            book.customers.add(display_name="Acme", phone=phone)
    with ik.open(paths[0]) as book:
        assert book.diff(paths[1])[["name", "field", "here", "there"]].values.tolist() == [["Acme", "phone", "1", "2"]]


def test_M12_the_other_file_is_not_touched_not_even_its_layout(tmp_path: Path, book: Book) -> None:
    other = Path(book.copy_to(tmp_path / "other.duckdb"))
    with duckdb.connect(str(other)) as engine:
        engine.execute("drop view balances; alter table customers drop fax; alter table history.customers drop fax")
    before = other.read_bytes()
    assert book.diff(other).empty
    assert other.read_bytes() == before


def test_M12_a_book_that_is_open_is_compared_and_stays_open(book: Book, tmp_path: Path) -> None:
    with ik.open(empty_book(tmp_path / "other.duckdb")) as other:
        other.customers.add(display_name="Only there")
        assert book.diff(tmp_path / "other.duckdb")["name"].tolist() == ["Only there"]
        other.customers.add(display_name="Still open")


def test_what_is_no_book_is_refused(book: Book, tmp_path: Path) -> None:
    with pytest.raises(BookNotFound, match="There is no book at"):
        book.diff(tmp_path / "nowhere.duckdb")
    (tmp_path / "text.duckdb").write_text("no database", encoding="utf-8")
    with pytest.raises(NotABook):
        book.diff(tmp_path / "text.duckdb")


def test_M12_the_command_line_says_what_differs(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.duckdb", "b.duckdb")]
    with ik.open(paths[0]) as book:
        book.customers.add(display_name="Acme")
        book.backup(paths[1])
        same = CliRunner().invoke(app, ["diff", str(paths[1]), str(paths[1])])
        book.customers.change("Acme", phone="2")
    assert (same.exit_code, "say the same" in same.output) == (0, True)
    differ = CliRunner().invoke(app, ["diff", *map(str, paths)])
    assert differ.exit_code == 1
    for word in ("1 difference", "Acme", "phone", "2", "(nothing)"):
        assert word in differ.output
