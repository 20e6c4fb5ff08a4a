"""C15, M1, M15: closed periods, what was restated of them, and what a balance is made of."""

from __future__ import annotations

import pytest

from invoicekit.book import Book
from invoicekit.errors import NotFound, PeriodLocked


@pytest.fixture
def acme(book: Book) -> int:
    acme = book.customers.add(display_name="Acme")
    book.invoices.record(acme, number="1", date="2026-01-10", total=100)
    book.payments.record(acme, amount="40", date="2026-01-20", reference="half")
    return acme


def test_a_closed_period_that_still_says_what_it_said_has_no_exceptions(book: Book, acme: int) -> None:
    assert book.periods.list().empty
    assert book.periods.exceptions().empty
    book.settings.lock_date = "2026-01-31"
    with pytest.raises(PeriodLocked):
        book.invoices.record(acme, number="2", date="2026-01-31", total=1)
    book.invoices.record(acme, number="2", date="2026-02-01", total=1)
    assert book.periods.exceptions().empty
    assert book.periods.restated().empty
    assert book.periods.list()[["actor", "holds"]].values.tolist() == [["ana", True]]
    with pytest.raises(NotFound, match="was never locked up to 2025-12-31"):
        book.periods.restated("2025-12-31")


def test_M15_what_is_posted_behind_a_lock_is_listed_and_the_difference_told(book: Book, acme: int) -> None:
    book.settings.lock_date = "2026-01-31"
    book.settings.lock_date = None
    late = book.invoices.record(acme, number="L", date="2026-01-15", total=7)
    payment = int(book.operations().query("kind == 'record payment'")["id"].iloc[0])
    book.undo(payment)
    book.settings.lock_date = "2026-01-31"
    found = book.periods.exceptions()
    assert found[["customer", "change", "kind", "document", "difference", "actor"]].values.tolist() == [
        ["Acme", "added", "invoice", "L", 7, "ana"], ["Acme", "taken out", "payment", "1", 40, "ana"],
    ]  # fmt: skip
    assert found["summary"].tolist()[1] == f"undid operation {payment}"
    restated = book.periods.restated("2026-01-31")
    assert restated[["customer", "known_then", "known_now", "difference"]].values.tolist() == [["Acme", 60, 107, 47]]
    # As the book was known before, nothing was restated.
    assert book.at(payment).periods.restated().empty
    assert book.invoices.get(late)["number"] == "L"
    assert book.periods.list()["holds"].tolist() == [False, True]


def test_M1_a_balance_is_explained_by_every_posting_behind_it(book: Book, acme: int) -> None:
    branch = book.customers.add(display_name="North", parent=acme)
    book.invoices.record(branch, number="N", date="2026-02-01", total=5, currency="USD")
    book.invoices.write_off(1, amount="10", reason="Goodwill", on="2026-03-01")
    told = book.customers.explain(acme, as_of="2026-12-31", tree=True)
    assert told[["kind", "document", "invoice", "currency", "amount", "balance"]].values.tolist() == [
        ["invoice", "1", "1", "EUR", 100, 100], ["payment", "half", "1", "EUR", -40, 60],
        ["write_off", "Goodwill", "1", "EUR", -10, 50], ["invoice", "N", "N", "USD", 5, 5],
    ]  # fmt: skip
    assert book.customers.explain(acme, as_of="2026-01-15")["balance"].tolist() == [100]
    assert book.reports.balances(as_of="2026-12-31").df.set_index("customer").loc["Acme", "balance"] == 50
