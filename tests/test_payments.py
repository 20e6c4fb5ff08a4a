"""C9, C15, C16: money in, applied, taken back, bounced, sent back; each step posts on its own day."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from invoicekit.book import Book
from invoicekit.errors import IllegalTransition, InvalidValue, InvoicekitError, MoreThanOpen, NotFound, PeriodLocked
from tests.conftest import contents


@pytest.fixture
def owed(book: Book) -> list[int]:
    """Acme owes 100 since January and 50 since February; its branch North owes 30 since March."""
    acme = book.customers.add(display_name="Acme")
    north = book.customers.add(display_name="North", parent=acme)
    return [
        book.invoices.record(customer, number=number, date=day, total=total)
        for customer, number, day, total in (
            (acme, "A", "2026-01-01", 100), (acme, "B", "2026-02-01", 50), (north, "N", "2026-03-01", 30),
        )
    ]  # fmt: skip


def owing(book: Book, as_of: str) -> dict[str, Decimal]:
    return {row["number"]: row["amount"] for row in book.reports.open_items(as_of=as_of).table.to_pylist()}


def test_a_payment_settles_what_it_names_in_the_order_it_names_it(book: Book, owed: list[int]) -> None:
    a, b, _ = owed
    book.payments.record("Acme", amount="70", date="2026-04-01", invoices=[b, a], reference="P1")
    assert owing(book, "2026-04-30") == {"A": 80, "N": 30}
    book.payments.record("Acme", amount="100", date="2026-04-02", invoices={a: "30"}, reference="P2")
    assert owing(book, "2026-04-30") == {"A": 50, "N": 30, "P2": -70}
    assert book.payments.list()["unapplied"].tolist() == [70, 0]
    assert book.check().empty


def test_a_credit_note_is_settled_by_no_money(book: Book, owed: list[int]) -> None:
    note = book.invoices.record("Acme", number="C", date="2026-03-01", total="-20", kind="credit_note")
    with pytest.raises(
        InvalidValue, match="^C is a credit note: money cannot settle it. Name an invoice that was issued"
    ):
        book.payments.record("Acme", amount="5", date="2026-04-01", invoices=[note])


def test_a_credit_note_is_applied_on_no_day_before_its_own(book: Book, owed: list[int]) -> None:
    note = book.invoices.record("Acme", number="C", date="2199-03-01", total="-20", kind="credit_note")
    assert book.payments.allocate_credit(note, [owed[0]]) == 1
    assert owing(book, "2199-02-28") == {"A": 100, "B": 50, "N": 30}
    assert owing(book, "2199-03-01") == {"A": 80, "B": 50, "N": 30}


def test_a_parent_pays_for_its_tree(book: Book, owed: list[int]) -> None:
    a, _, n = owed
    other = book.customers.add(display_name="Other")
    with pytest.raises(
        InvalidValue, match="Invoice A is owed by Acme, and the money is of Other, who is not of the same tree"
    ):
        book.payments.record(other, amount="1", date="2026-04-03", invoices=[a])
    central = book.payments.record("Acme", amount="160", date="2026-04-01", tree=True)
    assert owing(book, "2026-04-30") == {"N": 20}
    assert book.payments.allocations(payment=central)[["number", "customer", "amount"]].values.tolist() == [
        ["N", "North", 10], ["B", "Acme", 50], ["A", "Acme", 100],
    ]  # fmt: skip
    # Balances stand with who owes, and the parent's is settled by what it paid for itself.
    assert book.reports.balances(as_of="2026-04-30").df[["customer", "balance"]].values.tolist() == [
        ["North", 20],
        ["Acme", 0],
    ]
    book.payments.record("Acme", amount="20", date="2026-04-02", invoices=n)
    assert owing(book, "2026-04-30") == {}
    assert book.check().empty


def test_C15_money_is_applied_otherwise_from_a_day_on(book: Book, owed: list[int]) -> None:
    a, b, _ = owed
    paid = book.payments.record("Acme", amount="50", date="2026-04-01", reference="P")
    assert owing(book, "2026-04-01") == {"A": 50, "B": 50, "N": 30}
    book.payments.reallocate(paid, b, on="2026-05-01")
    assert owing(book, "2026-04-30") == {"A": 50, "B": 50, "N": 30}
    assert owing(book, "2026-05-01") == {"A": 100, "N": 30}
    [standing] = book.payments.allocations(payment=paid).query("taken_back_on.isna()")["id"]
    book.payments.take_back(standing, on="2026-06-01")
    assert owing(book, "2026-06-01") == {"A": 100, "B": 50, "N": 30, "P": -50}
    with pytest.raises(IllegalTransition, match="was taken back on 2026-06-01 already"):
        book.payments.take_back(standing, on="2026-06-02")
    assert book.payments.allocate(paid, {a: "20", b: "30"}, on="2026-07-01") == 2
    assert owing(book, "2026-07-01") == {"A": 80, "B": 20, "N": 30}
    assert owing(book, "2026-06-01") == {"A": 100, "B": 50, "N": 30, "P": -50}
    assert book.check().empty


def test_a_payment_that_bounces_leaves_what_it_settled_open_again(book: Book, owed: list[int]) -> None:
    paid = book.payments.record("Acme", amount="120", date="2026-04-01")
    book.payments.bounce(paid, on="2026-04-05", reason="No funds")
    assert owing(book, "2026-04-04") == {"B": 30, "N": 30}
    assert owing(book, "2026-04-05") == {"A": 100, "B": 50, "N": 30}
    row = book.reports.balances(as_of="2026-04-30").df.set_index("customer").loc["Acme"]
    assert (row["invoiced"], row["paid"], row["balance"]) == (150, 0, 150)
    assert str(book.payments.list()["bounced_on"].iloc[0]) == "2026-04-05"
    assert book.payments.apply() == 0
    with pytest.raises(IllegalTransition, match="it bounced on 2026-04-05 already"):
        book.payments.bounce(paid)
    with pytest.raises(MoreThanOpen):
        book.payments.allocate(paid, owed[0])
    assert book.check().empty


def test_money_is_sent_back_out_of_what_waits_and_no_more(book: Book, owed: list[int]) -> None:
    book.payments.record("Acme", amount="170", date="2026-04-01")
    note = book.invoices.credit(owed[0], date="2026-04-02")
    assert book.reports.balances(as_of="2026-04-30").df.set_index("customer")["balance"].to_dict() == {
        "North": 30,
        "Acme": -120,
    }
    with pytest.raises(MoreThanOpen, match=r"EUR 121.00 cannot be sent back to Acme: EUR 120.00 waits on 2026-04-03"):
        book.payments.refund("Acme", amount="121", date="2026-04-03")
    with pytest.raises(MoreThanOpen, match=r"EUR 20.00 waits on 2026-04-01"):
        book.payments.refund("Acme", amount="50", date="2026-04-01")
    book.payments.refund("Acme", amount="50", date="2026-04-03", method="transfer")
    assert book.payments.list()["amount"].tolist() == [-50, 170]
    assert book.reports.balances(as_of="2026-04-30").df.set_index("customer")["balance"].to_dict() == {
        "North": 30,
        "Acme": -70,
    }
    assert book.payments.allocate_credit(note, {owed[2]: "30"}, on="2026-04-04") == 1
    assert (
        owing(book, "2026-04-30") == {book.invoices.get(note)["number"]: -40}
        or sum(owing(book, "2026-04-30").values()) == -40
    )
    with pytest.raises(InvalidValue, match="give a positive amount"):
        book.payments.refund("Acme", amount="0", date="2026-04-03")
    assert book.check().empty


def test_C9_what_is_paid_is_derived_and_too_much_is_said(book: Book, owed: list[int]) -> None:
    def status() -> dict[str, str]:
        return dict(zip(*(book.invoices.list()[column] for column in ("number", "payment_status")), strict=True))

    a, b, _ = owed
    assert status() == {"A": "unpaid", "B": "unpaid", "N": "unpaid"}
    book.payments.record("Acme", amount="60", date="2026-04-01", invoices=a)
    paid = book.payments.record("Acme", amount="70", date="2026-04-01", invoices=b)
    assert status() == {"A": "partial", "B": "overpaid", "N": "unpaid"}
    book.payments.refund("Acme", amount="20", date="2026-04-02")
    assert status() == {"A": "partial", "B": "paid", "N": "unpaid"}
    with pytest.raises(IllegalTransition, match="some of it was sent back"):
        book.payments.bounce(paid, on="2026-04-03")


def test_C16_currencies_never_settle_one_another(book: Book, owed: list[int]) -> None:
    dollars = book.invoices.record("Acme", number="D", date="2026-01-01", total=10, currency="USD")
    paid = book.payments.record("Acme", amount="10", date="2026-04-01", currency="USD", reference="P")
    assert owing(book, "2026-04-30") == {"A": 100, "B": 50, "N": 30}
    book.payments.reallocate(paid, dollars, on="2026-04-02")
    with pytest.raises(InvalidValue, match="Invoice A is in EUR, the payment in USD"):
        book.payments.reallocate(paid, owed[0], on="2026-04-02")
    with pytest.raises(MoreThanOpen, match="USD 5.00 cannot be sent back"):
        book.payments.refund("Acme", amount="5", date="2026-05-01", currency="USD")


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        (lambda book, p, a: book.payments.allocate(p, {a: "51"}), MoreThanOpen,
         "Of the payment 50 waits to be applied, less than the 51 told"),
        (lambda book, p, a: book.payments.allocate(p, {a: "-1"}), InvalidValue, "An allocation is positive"),
        (lambda book, p, a: book.payments.allocate(p, {a: "10"}, on="2026-03-01"), InvalidValue,
         "cannot be applied on 2026-03-01, before it"),
        (lambda book, p, _: book.payments.allocate(p, 99), NotFound, "There is no invoice 99"),
        (lambda book, p, _: book.payments.allocate(p, []), NotFound, "Nothing was chosen"),
        (lambda book, p, _: book.payments.allocate(p, "A"), NotFound, "named by its id"),
        (lambda book, _, a: book.payments.allocate(77, a), NotFound, "There is no payment 77"),
        (lambda book, _, a: book.payments.allocate(True, a), NotFound, "There is no payment True"),
        (lambda book, _, a: book.payments.allocate_credit(a, a), NotFound, "There is no credit note"),
        (lambda book, *_: book.payments.take_back(5), InvalidValue, "There is no allocation 5"),
        (lambda book, p, _: book.payments.bounce(p, on="2026-03-01"), InvalidValue, "cannot bounce on 2026-03-01, before it"),
        (lambda book, *_: book.payments.refund("Acme", amount=1.5, date="2026-05-01"), InvalidValue, "is a float"),
        (lambda book, *_: book.payments.refund("Acme", amount=5, date="2026-01-31"), PeriodLocked, "locked up to 2026-01-31"),
    ],
)  # fmt: skip
def test_what_cannot_be_applied_is_refused_and_nothing_stored(
    book: Book, owed: list[int], wrong: Any, error: type[InvoicekitError], said: str
) -> None:
    paid = _waiting(book)
    if error is PeriodLocked:
        book.payments.record("Acme", amount="500", date="2026-01-15", invoices=owed[0])
        book.settings.lock_date = "2026-01-31"
    before = contents(book)
    with pytest.raises(error, match=said):
        wrong(book, paid, owed[0])
    assert contents(book) == before


def _waiting(book: Book) -> int:
    """Return a payment of 50 that waits."""
    paid = book.payments.record("Acme", amount="50", date="2026-04-01")
    [allocation] = book.payments.allocations(payment=paid)["id"]
    book.payments.take_back(allocation, on="2026-04-01")
    return paid


def test_what_is_entered_late_stands_on_the_due_date_that_held_then(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    invoice = book.invoices.record(acme, number="1", date="2026-01-10", total="100", due_date="2026-01-31")
    book.invoices.change_due_date(invoice, "2026-04-30", on="2026-03-01")
    book.invoices.change_due_date(invoice, "2026-06-30", on="2026-04-01")
    before = contents(book)
    buckets = ("current", "days_1_30", "days_31_60", "balance")

    def aging(day: str) -> tuple[Decimal, ...]:
        [row] = book.reports.aging(as_of=day).table.to_pylist()
        return tuple(row[name] for name in buckets)

    payment = book.payments.record(acme, amount="40", date="2026-02-01")
    paid = int(book.seal.partition("-")[0])
    assert [aging(day) for day in ("2026-01-31", "2026-02-15", "2026-03-15", "2026-05-15", "2026-07-15")] == [
        (100, 0, 0, 100), (0, 60, 0, 60), (60, 0, 0, 60), (60, 0, 0, 60), (0, 60, 0, 60),
    ]  # fmt: skip
    book.payments.bounce(payment, on="2026-02-10")
    assert [aging(day) for day in ("2026-02-05", "2026-02-15", "2026-03-15", "2026-05-15", "2026-07-15")] == [
        (0, 60, 0, 60), (0, 100, 0, 100), (100, 0, 0, 100), (100, 0, 0, 100), (0, 100, 0, 100),
    ]  # fmt: skip
    book.invoices.write_off(invoice, amount="10", reason="Goodwill", on="2026-02-20")
    assert [aging(day) for day in ("2026-02-15", "2026-02-25", "2026-07-15")] == [
        (0, 100, 0, 100), (0, 90, 0, 90), (0, 90, 0, 90),
    ]  # fmt: skip
    assert book.check().empty
    assert book.reports.statement(customer=acme, as_of="2026-07-15").df["balance"].iloc[-1] == 90
    for operation in range(int(book.seal.partition("-")[0]), paid - 1, -1):
        book.undo(operation)
    assert contents(book) == before
