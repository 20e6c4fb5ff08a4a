"""Undo in honest groups: given back, kept, refused.

Proves C13, M4.
"""

from __future__ import annotations

import pytest

from invoicekit.book import Book
from invoicekit.errors import UndoRefused
from tests.conftest import contents


def test_M4_a_row_edited_since_is_kept_and_the_edit_named(book: Book) -> None:
    with book.operation("two") as op:
        number = op.id
        acme = book.customers.add(display_name="Acme")
        book.customers.add(display_name="Zebra")
    book.customers.change(acme, phone="1")
    undone = book.undo(number)
    assert undone.counts == {"customers": 1}
    assert undone.kept.to_dict("records") == [
        {"table": "customers", "record": acme, "reason": "it was changed since", "operation": 2}
    ]
    assert book.customers.list()["display_name"].tolist() == ["Acme"]


def test_C13_a_row_that_something_refers_to_is_kept(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    book.invoices.record(acme, number="1", date="2026-01-01", total="1")
    with pytest.raises(UndoRefused, match="Record 1 of customers: a record of (invoices|entries) refers to it"):
        book.undo(1)
    book.undo(2)
    assert book.undo(1).counts == {"customers": 1}


def test_C13_a_document_is_undone_whole_or_not_at_all(book: Book) -> None:
    with book.operation("in one"):
        acme = book.customers.add(display_name="Acme")
        kept = book.invoices.record(acme, number="1", date="2026-01-01", lines=[{"net": "1"}, {"net": "2"}])
        book.invoices.record(acme, number="2", date="2026-01-01", lines=[{"net": "4"}])
    with pytest.warns(UserWarning, match="still owed"):
        book.invoices.close(kept)
    undone = book.undo(1)
    assert undone.counts == {"invoices": 1, "invoice_lines": 1, "entries": 1}
    assert sorted(undone.kept["table"]) == ["customers", "entries", "invoice_lines", "invoice_lines", "invoices"]
    assert book.check().empty
    assert len(book.invoices.lines(kept)) == 2


def test_a_payment_keeps_the_invoice_it_settles(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    invoice = book.invoices.record(acme, number="1", date="2026-01-01", total="10")
    book.payments.record(acme, amount="10", date="2026-01-02", invoices=invoice)
    before = contents(book)
    with pytest.raises(UndoRefused, match="nothing it wrote is left as it wrote it"):
        book.undo(2)
    assert contents(book) == before


def test_an_undo_can_be_undone_and_neither_twice(book: Book) -> None:
    book.customers.add(display_name="Acme")
    first = book.undo(1)
    with pytest.raises(UndoRefused, match=r'Operation 1 \("add customer"\) was undone already, by operation 2'):
        book.undo(1)
    book.undo(first)
    assert len(book.customers.list()) == 1
    book.undo(1)
    assert book.customers.list().empty


def test_an_undo_must_not_bring_a_name_back_that_was_given_away(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    book.customers.change(acme, display_name="Zebra")
    book.customers.add(display_name="ACME")
    with pytest.raises(UndoRefused, match='the display name "acme" would then be that of the customers 1 and 2'):
        book.undo(2)


def test_a_parent_given_back_must_still_be_there(book: Book) -> None:
    top = book.customers.add(display_name="Top")
    child = book.customers.add(display_name="Child", parent=top)
    book.customers.change(child, parent=None)
    book.undo(1)
    with pytest.raises(UndoRefused, match="its earlier version refers to a record of customers that is gone"):
        book.undo(3)


def test_operations_read_like_a_story(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    book.customers.change(acme, phone="1", city="Lyon")
    book.undo(2)
    story = book.operations()
    assert story["summary"].tolist() == ["undid operation 2", "changed Acme: phone, city", "added Acme"]
    assert story["actor"].unique().tolist() == ["ana"]
    assert story["undone_by"].tolist()[1] == 3


def invoice_and_customer(book: Book) -> int:
    acme = book.customers.add(display_name="Acme")
    return book.invoices.record(acme, number="F1", date="2026-01-01", total="100")


def test_what_comes_back_must_find_what_it_refers_to(book: Book) -> None:
    invoice_and_customer(book)
    undone = book.undo(2)
    book.undo(1)
    with pytest.raises(UndoRefused, match="refers to a record of customers that is gone"):
        book.undo(undone)
    assert book.check().empty


def test_money_comes_back_only_with_the_invoice_it_settled(book: Book) -> None:
    invoice = invoice_and_customer(book)
    book.payments.record("Acme", amount="150", date="2026-01-02", invoices=invoice)
    payment = book.undo(3)
    book.undo(2)
    with pytest.raises(UndoRefused):
        book.undo(payment)
    assert book.check().empty


def test_half_a_document_never_comes_back(book: Book) -> None:
    invoice_and_customer(book)
    with book.operation("both"):
        book.invoices.record("Acme", number="F2", date="2026-02-01", total="30")
        book.payments.record("Acme", amount="100", date="2026-01-05")
    both = book.undo(3)
    book.undo(2)
    undone = book.undo(both)
    assert undone.counts == {"invoices": 1, "entries": 1}
    assert book.check().empty


def test_money_is_not_settled_twice_by_an_undo(book: Book) -> None:
    invoice = invoice_and_customer(book)
    book.payments.record("Acme", amount="100", date="2026-01-02", invoices=invoice)
    undone = book.undo(3)
    book.payments.record("Acme", amount="100", date="2026-01-03", invoices=invoice)
    with pytest.raises(UndoRefused, match="is settled beyond that by 100.*Undo what was done since first"):
        book.undo(undone)
    assert book.check().empty


def test_an_undo_makes_no_circle(book: Book) -> None:
    a = book.customers.add(display_name="A")
    b = book.customers.add(display_name="B")
    book.customers.change(a, parent=b)
    book.customers.change(a, parent=None)
    book.customers.change(b, parent=a)
    with pytest.raises(UndoRefused, match="would stand above itself"):
        book.undo(4)
    assert book.check().empty


def test_what_was_kept_can_be_undone_later(book: Book) -> None:
    with book.operation("two"):
        acme = book.customers.add(display_name="Acme")
        book.customers.add(display_name="Zebra")
    book.customers.change(acme, phone="1")
    assert book.undo(1).counts == {"customers": 1}
    book.undo(2)
    assert book.undo(1).counts == {"customers": 1}
    assert book.customers.list().empty


def test_operations_know_whether_they_stand(book: Book) -> None:
    book.customers.add(display_name="Acme")
    for operation in (1, 2, 3):
        book.undo(operation)
    undone_by = book.operations().set_index("id")["undone_by"]
    assert undone_by[1] == 2
    assert undone_by[3] == 4
    assert undone_by.isna().tolist() == [True, False, True, False]
    assert book.customers.list().empty


def test_undo_is_an_operation_of_its_own(book: Book) -> None:
    book.customers.add(display_name="Acme")
    with pytest.raises(UndoRefused, match="an operation of its own"), book.operation("outer"):
        book.undo(1)
    assert len(book.customers.list()) == 1


@pytest.mark.parametrize("given", ["1", None, 3.0])
def test_only_an_operation_can_be_undone(book: Book, given: object) -> None:
    with pytest.raises(UndoRefused, match="is no operation. Give its number"):
        book.undo(given)  # type: ignore[arg-type]


def test_M4_money_of_an_inactive_customer_comes_back_when_its_undo_is_undone(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    book.customers.make_inactive(acme)
    book.payments.record(acme, amount="0.39", date="2026-03-01")
    taken = int(book.operations()["id"].max())
    before = contents(book)
    book.undo(taken)
    book.undo(taken + 1)
    assert contents(book) == before
