"""S1.27: invoices that come again, one for each period whatever is run twice, following the customer as it is then."""

from __future__ import annotations

from decimal import Decimal

import pytest

from invoicekit.book import Book
from invoicekit.errors import IllegalTransition, InvalidValue, NotFound
from tests.conftest import ready_to_bill

RENT = {"description": "Rent {period}", "unit_price": "900"}


@pytest.fixture
def rent(book: Book) -> int:
    ready_to_bill(book)
    acme = book.customers.add(display_name="Acme", terms="NET_30", tax_rate="20", address="Old Street")
    return book.recurring.add("Rent", acme, lines=[RENT], starts_on="2026-01-31", subject="Rent of {period}")


def days(book: Book, until: str, **which: object) -> list[str]:
    return [str(day) for day in book.recurring.preview(until=until, **which)["period"]]  # type: ignore[arg-type]


def test_the_31st_comes_back_after_a_shorter_month(book: Book, rent: int) -> None:
    assert days(book, "2026-05-31") == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]
    acme = book.customers.get("Acme")["id"]
    for unit, every, expected in (
        ("day", 10, ["2026-01-31", "2026-02-10"]), ("week", 2, ["2026-01-31", "2026-02-14"]),
        ("month", 3, ["2026-01-31"]), ("year", 1, ["2026-01-31"]),
    ):  # fmt: skip
        name = f"every {every} {unit}"
        book.recurring.add(name, acme, lines=[RENT], starts_on="2026-01-31", every=every, unit=unit)
        assert days(book, "2026-02-15", recurring=name) == expected
    leap = book.recurring.add("Leap", acme, lines=[RENT], starts_on="2024-02-29", unit="year")
    assert days(book, "2028-12-31", recurring=leap)[-1] == "2028-02-29"
    assert days(book, "2027-12-31", recurring=leap)[-1] == "2027-02-28"


@pytest.mark.parametrize(
    ("unit", "said"), [("day", "2026-01-31"), ("week", "2026-01-31"), ("month", "2026-01"), ("year", "2026")]
)
def test_a_period_is_written_as_long_as_it_is(book: Book, rent: int, unit: str, said: str) -> None:
    acme = book.customers.get("Acme")["id"]
    book.recurring.add("Care", acme, lines=[RENT], starts_on="2026-01-31", unit=unit, subject="Care, {period}.")
    [made] = book.recurring.run(until="2026-01-31", recurring="Care")["invoice"]
    assert book.invoices.get(made)["subject"] == f"Care, {said}."
    assert book.invoices.lines(made)["description"].tolist() == [f"Rent {said}"]


def test_what_is_due_is_told_in_its_currency_and_in_the_prices_that_were_given(book: Book, rent: int) -> None:
    acme = book.customers.get("Acme")["id"]
    third = {"description": "Care", "quantity": "1", "unit_price": "100.5"}
    book.recurring.add(
        "Care", acme, lines=[third, third], starts_on="2026-01-31", currency="JPY", prices_include_tax=True
    )
    due = book.recurring.preview(until="2026-01-31").set_index("recurring")
    assert due[["amount", "currency"]].values.tolist() == [[Decimal(202), "JPY"], [Decimal(900), "EUR"]]
    made = book.recurring.run(until="2026-01-31").set_index("recurring")["invoice"]
    assert {name: book.invoices.get(made[name])["currency"] for name in made.index} == dict(due["currency"])
    assert book.invoices.get(made["Care"])["total"] == due.loc["Care", "amount"]


def test_one_invoice_a_period_whatever_is_run_twice(book: Book, rent: int) -> None:
    made = book.recurring.run(until="2026-02-28")
    assert made["period"].astype(str).tolist() == ["2026-01-31", "2026-02-28"]
    assert book.recurring.run(until="2026-02-28").empty
    first = book.invoices.get(int(made["invoice"].iloc[0]))
    assert (first["status"], first["subject"], str(first["date"]), first["net"]) == (
        "draft",
        "Rent of 2026-01",
        "2026-01-31",
        Decimal(900),
    )
    assert book.invoices.lines(first["id"])["description"].tolist() == ["Rent 2026-01"]
    book.invoices.delete_draft(first["id"])
    assert days(book, "2026-02-28") == ["2026-01-31"]
    final = book.recurring.run(until="2026-03-31", final=True)
    assert final["number"].tolist() == ["1", "2"]
    assert book.recurring.list()[["name", "made", "last", "next"]].astype(str).values.tolist() == [
        ["Rent", "3", "2026-03-31", "2026-04-30"]
    ]
    assert book.check().empty


def test_S1_27_the_next_invoice_carries_the_customer_as_it_is_then(book: Book, rent: int) -> None:
    book.recurring.run(until="2026-01-31", final=True)
    book.customers.change(
        "Acme", address="New Street", shipping_address="Dock 4", email="new@acme.example", payment_method="direct debit",
        terms="NET_10",
    )  # fmt: skip
    [second] = book.recurring.run(until="2026-02-28", final=True)["invoice"]
    buyer = book.invoices.as_issued(second)["buyer"]
    carried = ("address", "shipping_address", "email", "payment_method", "terms")
    assert [buyer[name] for name in carried] == ["New Street", "Dock 4", "new@acme.example", "direct debit", "NET_10"]
    assert str(book.invoices.get(second)["due_date"]) == "2026-03-10"
    first = book.sql("select id from invoices order by id")["id"].iloc[0]
    assert book.invoices.as_issued(first)["buyer"]["address"] == "Old Street"


def test_a_pause_is_left_out_or_caught_up_and_an_end_is_an_end(book: Book, rent: int) -> None:
    book.recurring.pause("Rent", on="2026-02-01")
    assert days(book, "2026-05-31") == ["2026-01-31"]
    assert book.recurring.list()["next"].isna().all()
    book.recurring.resume("Rent", on="2026-04-01")
    assert days(book, "2026-05-31") == ["2026-01-31", "2026-04-30", "2026-05-31"]
    book.recurring.pause("Rent", on="2026-06-01")
    book.recurring.resume("Rent", on="2026-08-01", catch_up=True)
    assert days(book, "2026-08-31")[3:] == ["2026-06-30", "2026-07-31", "2026-08-31"]
    book.recurring.end("Rent", on="2026-06-30")
    assert days(book, "2026-12-31")[-1] == "2026-06-30"
    with pytest.raises(IllegalTransition, match="Rent is not paused"):
        book.recurring.resume("Rent")
    book.recurring.pause("Rent", on="2026-05-01")
    with pytest.raises(IllegalTransition, match="paused since 2026-05-01 already"):
        book.recurring.pause("Rent")
    with pytest.raises(InvalidValue, match="cannot go on from 2026-04-01"):
        book.recurring.resume("Rent", on="2026-04-01")


def test_it_goes_on_from_today_unless_another_day_is_said(book: Book, rent: int) -> None:
    # The clock of this book stands on the first of January.
    book.recurring.pause("Rent", on="2025-12-15")
    book.recurring.resume("Rent")
    assert days(book, "2026-02-28") == ["2026-01-31", "2026-02-28"]


def test_what_is_missed_is_issued_on_a_day_that_numbers_allow(book: Book, rent: int) -> None:
    other = book.invoices.draft(customer="Acme", lines=[{"unit_price": 1}], date="2026-03-01")
    book.invoices.finalize(other)
    with pytest.raises(InvalidValue, match="numbers never run back in time"):
        book.recurring.run(until="2026-03-31", final=True)
    assert book.sql("select count(*) as n from invoices")["n"].iloc[0] == 1
    made = book.recurring.run(until="2026-03-31", final=True, date="2026-03-31")
    assert made["number"].tolist() == ["2", "3", "4"]


def test_who_cannot_be_billed_is_named_and_the_others_are(book: Book, rent: int) -> None:
    gone = book.customers.add(display_name="Gone")
    book.recurring.add("Care", gone, lines=[RENT], starts_on="2026-01-31")
    book.customers.make_inactive(gone, since="2026-01-15")
    made = book.recurring.run(until="2026-01-31")
    assert made[["recurring", "invoice", "problem"]].astype(object).fillna("").values.tolist()[0] == [
        "Care", "", "Gone is inactive since 2026-01-15",
    ]  # fmt: skip
    assert made["invoice"].notna().tolist() == [False, True]


def test_a_branch_is_billed_with_its_parent_and_its_template_is_changed(book: Book, rent: int) -> None:
    north = book.customers.add(display_name="North", parent="Acme", bill_to="parent")
    book.recurring.add("Care", north, lines=[RENT], starts_on="2026-01-31", prices_include_tax=True)
    book.recurring.change(
        "care", lines=[{"description": "Care", "unit_price": "120"}, {"unit_price": "12"}], unit="year"
    )
    assert len(book.recurring.lines("Care")) == 2
    [made] = book.recurring.run(until="2026-12-31", recurring="Care")["invoice"]
    held = book.invoices.get(made)
    assert (held["customer"], held["billed_for"], held["total"]) == (
        book.customers.get("Acme")["id"],
        north,
        Decimal(132),
    )


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"name": "rent"}, InvalidValue, "There is a recurring invoice rent already"),
        ({"name": " "}, InvalidValue, "needs a name"),
        ({"lines": []}, InvalidValue, "needs a line"),
        ({"lines": [{"net": "5"}]}, InvalidValue, "needs a unit_price"),
        ({"every": 0}, InvalidValue, "every cannot be 0: it is 1 or more"),
        ({"unit": "fortnight"}, InvalidValue, "unit is one of day, week, month, year"),
        ({"ends_on": "2025-01-01"}, InvalidValue, "cannot end on 2025-01-01: it starts on 2026-01-31"),
        ({"customer": "Nobody"}, NotFound, "Nobody"),
    ],
)  # fmt: skip
def test_wrong_templates_are_refused(
    book: Book, rent: int, wrong: dict[str, object], error: type[Exception], said: str
) -> None:
    given: dict[str, object] = {"name": "Care", "customer": "Acme", "lines": [RENT], "starts_on": "2026-01-31", **wrong}
    with pytest.raises(error, match=said):
        book.recurring.add(**given)  # type: ignore[arg-type]
    with pytest.raises(NotFound, match="There is no recurring invoice 'Care'"):
        book.recurring.get("Care")


def test_a_rhythm_that_is_said_again_leaves_no_period_out(book: Book, rent: int) -> None:
    first = days(book, "2026-12-31")
    assert len(first) > 2
    ids = [int(one) for one in book.recurring.run(until="2026-12-31")["invoice"]]
    book.invoices.delete_draft(ids[1])
    held = book.recurring.get(rent)
    book.recurring.change(rent, subject="Rent", starts_on=held["starts_on"], every=held["every"], unit=held["unit"])
    assert days(book, "2026-12-31") == [first[1]]
