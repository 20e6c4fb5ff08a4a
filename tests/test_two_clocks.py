"""The second clock on everything: a book as it was known.

Proves M3.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from invoicekit.book import Book
from invoicekit.errors import NotFound, PastCannotChange


def test_M3_a_book_at_a_moment_reads_as_it_did_then(book: Book, sample: Path) -> None:
    book.imports.read(sample / "despacho_puebla.xlsx").apply()
    names = book.customers.list()["display_name"].tolist()
    balances = book.reports.balances(as_of="2026-10-31").df
    items = book.sql("select * from open_items")
    known = int(book.operations()["id"].max())
    book.customers.change(names[0], display_name="Renamed")
    book.payments.record(names[1], amount="100", date="2026-10-01", currency="MXN")
    book.undo(known)
    then = book.at(known)
    assert then.customers.list()["display_name"].tolist() == names
    assert then.customers.get(names[0])["display_name"] == names[0]
    assert then.reports.balances(as_of="2026-10-31").df.equals(balances)
    assert then.sql("select * from open_items").equals(items)
    assert len(then.invoices.list(status="final")) + len(then.invoices.list(status="closed")) == 34
    assert len(then.operations()) == known
    assert then.at(0).customers.list().empty
    assert then.reports.balances(as_of="2026-10-31", known_at=99).df.equals(balances)


def test_the_past_cannot_be_changed(book: Book, tmp_path: Path, sample: Path) -> None:
    book.customers.add(display_name="Acme")
    then = book.at(1)
    for change in (
        lambda: then.customers.add(display_name="Zebra"),
        lambda: then.customers.change("Acme", phone="1"),
        lambda: then.imports.read(sample / "clients_lyon.xlsx").apply(),
        lambda: then.undo(1),
        lambda: then.backup(tmp_path / "copy.duckdb"),
        lambda: setattr(then.settings, "currency", "MXN"),
    ):
        with pytest.raises(PastCannotChange):
            change()
    assert len(book.operations()) == 1
    then.close()
    assert len(book.customers.list()) == 1


def test_a_past_book_keeps_its_file_open(book: Book) -> None:
    book.customers.add(display_name="Acme")
    assert book.at(1).at(1).customers.list()["display_name"].tolist() == ["Acme"]


def test_a_records_history_reads_like_a_story(book: Book) -> None:
    acme = book.customers.add(display_name="Acme", phone="1")
    book.customers.change(acme, phone="2", city="Lyon")
    book.undo(2)
    book.undo(1)
    told = book.history(acme)
    rows = book._store.story("customers", acme).to_pylist()
    lines = [(row["operation"], row["field"], row["before"], row["after"]) for row in rows]
    assert lines == [
        (1, "display_name", None, "Acme"), (1, "kind", None, "customer"), (1, "bill_to", None, "self"), (1, "phone", None, "1"),
        (2, "phone", "1", "2"), (2, "city", None, "Lyon"),
        (3, "phone", "2", "1"), (3, "city", "Lyon", None),
        (4, "record", "there", "taken out"),
    ]  # fmt: skip
    assert set(told["actor"]) == {"ana"}
    assert told["kind"].tolist()[0] == "add customer"


@pytest.mark.parametrize(("record", "table"), [(99, "customers"), (1, "counters"), (1, "nothing")])
def test_a_history_that_never_was_is_said(book: Book, record: int, table: str) -> None:
    book.customers.add(display_name="Acme")
    with pytest.raises(NotFound):
        book.history(record, table=table)
