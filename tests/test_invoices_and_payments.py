"""Invoices issued elsewhere, payments, and what they post.

Proves C9, C12, S0.1, S4.1, S4.16.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from invoicekit.book import Book
from invoicekit.errors import IllegalTransition, InvalidValue, NotFound


@pytest.fixture
def acme(book: Book) -> int:
    return book.customers.add(display_name="Acme", terms="NET_30")


def owed(book: Book, as_of: str = "2030-01-01") -> list[tuple[str, Decimal]]:
    rows = book.reports.open_items(as_of=as_of).table.to_pylist()
    return [(row["number"], row["amount"]) for row in rows]


def test_S0_1_an_invoice_for_an_unknown_customer_is_refused(book: Book) -> None:
    with pytest.raises(NotFound, match="There is no customer 5"):
        book.invoices.record(5, number="1", date="2026-01-01", total="1")


def test_amounts_follow_from_lines_and_tax_is_worked_out_once_a_rate(book: Book, acme: int) -> None:
    """Worked out by hand: nets 33.33 + 33.33 + 33.33 = 99.99, 20 % of it 20.00 (each by itself: 20.01); 5.5 % of 10 = 0.55."""
    lines = [{"quantity": "1", "unit_price": "33.333", "tax_rate": "20"}] * 3 + [{"net": "10", "tax_rate": "5.5"}]
    held = book.invoices.get(book.invoices.record(acme, number="1", date="2026-01-01", lines=lines))
    assert (held["net"], held["tax"], held["total"]) == (Decimal("109.99"), Decimal("20.55"), Decimal("130.54"))


@pytest.mark.parametrize(
    ("currency", "net", "tax"), [("EUR", "0.35", "0.07"), ("JPY", "0", "0"), ("TND", "0.345", "0.069")]
)
def test_amounts_have_the_digits_of_their_currency(book: Book, acme: int, currency: str, net: str, tax: str) -> None:
    line = {"quantity": "0.115", "unit_price": "3", "tax_rate": "20"}
    held = book.invoices.get(book.invoices.record(acme, number="1", date="2026-01-01", lines=[line], currency=currency))
    assert (held["net"], held["tax"]) == (Decimal(net), Decimal(tax))


def test_large_amounts_do_not_overflow(book: Book, acme: int) -> None:
    line = {"quantity": "123456.789", "unit_price": "98765.4321"}
    held = book.invoices.get(book.invoices.record(acme, number="1", date="2026-01-01", lines=[line]))
    assert held["total"] == Decimal("12193263111.26")


def test_a_sum_that_no_amount_can_hold_is_refused_in_words(book: Book, acme: int) -> None:
    for number in "12":
        book.invoices.record(acme, number=number, date="2026-01-01", total="60000000000000")
    with pytest.raises(InvalidValue, match="sums have at most fourteen digits before the point"):
        book.reports.balances()
    assert book.reports.balances(known_at=2).df["balance"].tolist() == [60 * 10**12]


def test_lines_keep_their_order_and_their_words(book: Book, acme: int) -> None:
    lines = [{"description": text, "net": "1"} for text in ("first", "second", "third")]
    invoice = book.invoices.record(acme, number="1", date="2026-01-01", lines=lines)
    assert book.invoices.lines(invoice)["description"].tolist() == ["first", "second", "third"]


def test_a_credit_note_with_positive_amounts_means_negative_ones(book: Book, acme: int) -> None:
    note = book.invoices.record(
        acme, number="A-1", date="2026-01-01", kind="credit_note", lines=[{"quantity": "2", "unit_price": "5"}]
    )
    held = book.invoices.get(note)
    assert (held["kind"], held["total"], held["net"]) == ("credit_note", Decimal(-10), Decimal(-10))
    assert book.invoices.lines(note)["quantity"].tolist() == [Decimal(-2)]
    assert owed(book) == [("A-1", Decimal(-10))]


def test_C12_a_number_is_unique_for_source_and_client(book: Book, acme: int) -> None:
    book.invoices.record(acme, number="96543", date="2026-01-01", total="1")
    with pytest.raises(InvalidValue, match="Customer Acme holds an invoice 96543 already"):
        book.invoices.record(acme, number="96543", date="2026-01-02", total="2")
    other = book.customers.add(display_name="Other")
    book.invoices.record(other, number="96543", date="2026-01-01", total="1")


def test_an_invoice_needs_an_amount(book: Book, acme: int) -> None:
    with pytest.raises(
        InvalidValue, match="Invoice 1 has no amount, or one out of range. Give its total, or lines with a price"
    ):
        book.invoices.record(acme, number="1", date="2026-01-01")


def test_S4_16_closing_is_by_hand_and_leaves_the_balance(book: Book, acme: int) -> None:
    invoice = book.invoices.record(acme, number="1", date="2026-01-01", total="10")
    with pytest.warns(UserWarning, match="still owed: 1"):
        book.invoices.close(invoice, on="2026-02-01")
    assert owed(book) == [("1", Decimal(10))]
    assert book.invoices.list().empty
    assert book.invoices.list(status="closed")["number"].tolist() == ["1"]
    book.invoices.reopen(invoice)
    assert book.invoices.list()["number"].tolist() == ["1"]


def test_S4_1_other_turns_are_refused(book: Book, acme: int) -> None:
    invoice = book.invoices.record(acme, number="1", date="2026-01-01", total="10")
    with pytest.raises(IllegalTransition, match="Invoice 1 is final and cannot become final. It can become closed"):
        book.invoices.reopen(invoice)
    with pytest.warns(UserWarning, match="still owed"):
        book.invoices.close(invoice)
    with pytest.raises(IllegalTransition, match="is closed and cannot become closed. It can become final"):
        book.invoices.close(invoice)


def test_C9_payment_status_is_derived(book: Book, acme: int) -> None:
    for number, paid in (("1", None), ("2", "4"), ("3", "10")):
        invoice = book.invoices.record(acme, number=number, date="2026-01-01", total="10")
        if paid:
            book.payments.record(acme, amount=paid, date="2026-01-05", invoices=invoice)
    listed = book.invoices.list().set_index("number")["payment_status"]
    assert listed.to_dict() == {"1": "unpaid", "2": "partial", "3": "paid"}


def test_a_payment_settles_the_oldest_due_first_and_keeps_the_rest_unapplied(book: Book, acme: int) -> None:
    book.invoices.record(acme, number="young", date="2026-01-02", due_date="2026-03-01", total="50")
    book.invoices.record(acme, number="old", date="2026-01-03", due_date="2026-02-01", total="30")
    book.payments.record(acme, amount="40", date="2026-02-10")
    assert owed(book) == [("young", Decimal(40))]
    book.payments.record(acme, amount="100", date="2026-02-11", reference="too much")
    assert owed(book) == [("too much", Decimal(-60))]
    assert book.payments.list()["unapplied"].tolist() == [Decimal(60), Decimal(0)]


def test_a_payment_before_its_invoice_waits_unapplied_until_that_date(book: Book, acme: int) -> None:
    invoice = book.invoices.record(acme, number="1", date="2026-03-01", total="50")
    book.payments.record(acme, amount="50", date="2026-02-01", invoices=invoice, reference="early")
    assert owed(book, "2026-02-15") == [("early", Decimal(-50))]
    assert owed(book, "2026-03-01") == []
    assert book.reports.aging(as_of="2026-02-15").df["unapplied"].tolist() == [Decimal(-50)]


def test_every_leg_on_an_invoice_carries_its_dates(book: Book, acme: int) -> None:
    invoice = book.invoices.record(acme, number="1", date="2026-01-10", total="50")
    book.payments.record(acme, amount="20", date="2026-01-15", invoices=invoice)
    legs = book.sql("select distinct invoice_date, due_date from entries where invoice is not null")
    assert legs.to_dict("list") == {"invoice_date": [date(2026, 1, 10)], "due_date": [date(2026, 2, 9)]}


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"amount": "0"}, InvalidValue, "payments are positive"),
        ({"amount": "-5"}, InvalidValue, "payments are positive"),
        ({"amount": 5.0}, InvalidValue, "is a float"),
        ({"date": "5 May"}, InvalidValue, "is not a date"),
        ({"invoices": 99}, NotFound, "There is no invoice 99"),
        ({"currency": "USD", "invoices": 1}, InvalidValue, "Invoice 1 is in EUR, the payment in USD"),
        ({"invoices": 2}, InvalidValue, "Invoice 9 is owed by Other, not by who paid"),
    ],
)
def test_a_payment_that_cannot_be_is_refused(
    book: Book, acme: int, change: dict[str, object], error: type[Exception], said: str
) -> None:
    book.invoices.record(acme, number="1", date="2026-01-01", total="10")
    book.invoices.record(book.customers.add(display_name="Other"), number="9", date="2026-01-01", total="10")
    before = len(book.operations())
    with pytest.raises(error, match=said):
        book.payments.record(acme, **{"amount": "5", "date": "2026-01-05", **change})  # type: ignore[arg-type]
    assert len(book.operations()) == before


def test_currencies_are_never_added_up(book: Book, acme: int) -> None:
    book.invoices.record(acme, number="1", date="2026-01-01", total="10", currency="EUR")
    book.invoices.record(acme, number="2", date="2026-01-01", total="7", currency="USD")
    book.payments.record(acme, amount="20", date="2026-01-05", currency="USD", reference="dollars")
    rows = book.reports.balances(as_of="2026-02-01").table.to_pylist()
    assert [(row["currency"], row["balance"]) for row in rows] == [("EUR", Decimal(10)), ("USD", Decimal(-13))]


@pytest.mark.parametrize(("currency", "total"), [("EUR", "10.005"), ("JPY", "100.5"), ("TND", "1.0001")])
def test_an_amount_finer_than_its_currency_is_refused(book: Book, acme: int, currency: str, total: str) -> None:
    with pytest.raises(InvalidValue, match=f"holds parts of the smallest unit of {currency}: {total}. Round"):
        book.invoices.record(acme, number="1", date="2026-01-01", total=total, currency=currency)
    with pytest.raises(InvalidValue, match="holds parts of the smallest unit"):
        book.payments.record(acme, amount=total, date="2026-01-01", currency=currency)


def test_a_credit_note_cannot_be_paid(book: Book, acme: int) -> None:
    note = book.invoices.record(acme, number="A-1", date="2026-01-01", total="-10")
    with pytest.raises(InvalidValue, match="A-1 is a credit note: money cannot settle it"):
        book.payments.record(acme, amount="5", date="2026-01-02", invoices=note)


def test_stated_amounts_must_tie(book: Book, acme: int) -> None:
    with pytest.raises(InvalidValue, match="net 100 and tax 19 do not make its total 120"):
        book.invoices.record(acme, number="1", date="2026-01-01", net="100", tax="19", total="120")


@pytest.mark.parametrize(
    ("told", "amounts"),
    [
        # Nobody says how it is taxed: tax is what is left.
        ({"total": "121", "lines": [{"net": "100"}]}, (100, 21, 121)),
        ({"total": "121", "lines": [{"unit_price": "60"}, {"unit_price": "40"}]}, (100, 21, 121)),
        # A discount of the whole stands between the lines and the net.
        ({"total": "109", "net": "90", "lines": [{"unit_price": "100", "tax_rate": "21"}]}, (90, 19, 109)),
        # Prices that include the tax.
        ({"total": "121", "tax": "21", "lines": [{"unit_price": "121"}]}, (100, 21, 121)),
        # A discount makes a credit note less, too.
        ({"kind": "credit_note", "lines": [{"quantity": -1, "unit_price": "100", "discount": "10"}]}, (-90, 0, -90)),
        ({"kind": "credit_note", "total": "90", "lines": [{"unit_price": "100", "discount": "10"}]}, (-90, 0, -90)),
    ],
)  # fmt: skip
def test_recorded_amounts_are_taken_as_they_are_meant(
    book: Book, acme: int, told: dict[str, Any], amounts: tuple[Any, ...]
) -> None:
    held = book.invoices.get(book.invoices.record(acme, number="1", date="2026-01-10", **told))
    assert (held["net"], held["tax"], held["total"]) == amounts
    assert book.check().empty


def test_being_inactive_is_not_set_by_hand(book: Book, acme: int) -> None:
    with pytest.raises(InvalidValue, match="use make_inactive and activate"):
        book.customers.change(acme, inactive_since="2026-01-01")


def test_what_is_recorded_of_a_line_counts_and_what_would_not_is_refused(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")

    def total(number: str, **told: Any) -> Decimal:
        return book.invoices.get(book.invoices.record(acme, number=number, date="2026-01-10", **told))["total"]

    assert total("1", lines=[{"quantity": "2", "unit_price": "100", "discount": "20"}]) == 180
    assert total("2", lines=[{"quantity": "2000", "unit_price": "100", "price_per": "1000"}]) == 200
    assert total("3", total="-180", lines=[{"quantity": "2", "unit_price": "100", "discount": "20"}]) == -180
    assert book.invoices.lines(3)["net"].tolist() == [-180]
    assert total("N", total="120", net="100", lines=[{"net": "100"}]) == 120
    # A cent a line is how others round.
    assert total("4", total="120.02", lines=[{"net": "120"}]) == Decimal("120.02")
    for told, said in (
        ({"lines": [{"unit_price": "120"}], "prices_include_tax": True}, "prices_include_tax cannot be recorded"),
        ({"lines": [{"unit_price": "120", "tax_category": "reverse_charge"}]}, "tax_category cannot be recorded"),
        (
            {"total": "50", "lines": [{"net": "120", "tax_rate": "20"}]},
            "its lines and tax make 144, not its total 50",
        ),
    ):
        with pytest.raises(InvalidValue, match=said):
            total("5", **told)
    with pytest.raises(InvalidValue, match="Lines are given as a list of dicts"):
        total("5", lines=["Advice"])
    for per in ("0", "-2"):
        with pytest.raises(InvalidValue, match=f"A line of invoice 5 has a price for {per}: a price is for some"):
            total("5", lines=[{"quantity": "10", "unit_price": "10", "price_per": per}])
    for number in (None, "", "  "):
        with pytest.raises(InvalidValue, match="has no number"):
            total(number, total="1")  # type: ignore[arg-type]
    assert total("6", total="1", lines=None) == 1
    assert book.check().empty
