"""Matters, users, categories and settings: what work is noted on, by whom, and at what price.

Proves C7, S1.33, S3.21, S3.22, S3.24.
"""

from __future__ import annotations

import warnings
from decimal import Decimal

import pytest

from invoicekit.book import Book
from invoicekit.errors import (
    IllegalTransition,
    InUse,
    InvalidValue,
    MatterOpen,
    NameTaken,
    NotFound,
)
from tests.conftest import ready_to_bill


@pytest.fixture(autouse=True)
def _seller(book: Book) -> None:
    ready_to_bill(book)


@pytest.fixture
def acme(book: Book) -> int:
    return book.customers.add(display_name="Acme SA")


def test_a_matter_has_clients_parties_a_responsible_and_terms_of_its_own(book: Book, acme: int) -> None:
    beta = book.customers.add(display_name="Beta", currency="USD")
    ann = book.users.add("ann", rate="250")
    matter = book.matters.open(
        "Trade mark", number="M-1", customers=[acme, "Beta", acme], nature="IP", responsible="Ann", rate="300", tax_rate=20,
        budget="5000", time_step=6, opened_on="2026-01-05", notes="Urgent",
    )  # fmt: skip
    held = book.matters.get("M-1")
    assert (held["id"], held["responsible"], held["rate"], held["currency"]) == (matter, ann, Decimal(300), "USD")
    assert book.matters.clients(matter)["name"].tolist() == ["Acme SA", "Beta"]
    assert book.matters.clients(matter, "b")["id"].tolist() == [beta]
    court = book.matters.add_party(matter, "Court of Lyon", role="court")
    book.matters.add_party(matter, "Zed Ltd", role="other side", customer=acme)
    assert book.matters.parties(matter)[["name", "role", "known_as"]].fillna("").values.tolist() == [
        ["Court of Lyon", "court", ""], ["Zed Ltd", "other side", "Acme SA"],
    ]  # fmt: skip
    assert book.matters.parties(text="zed")["matter"].tolist() == ["M-1 Trade mark"]
    book.matters.remove_party(court)
    assert len(book.matters.parties(matter)) == 1
    listed = book.matters.list(responsible="ann").iloc[0]
    assert (listed["clients"], listed["responsible"], listed["unbilled"]) == ("Acme SA, Beta", "ann", 0)
    assert book.check().empty


def test_a_matter_is_named_by_id_number_or_a_title_that_is_its_own(book: Book) -> None:
    one = book.matters.open("Lease", number="7")
    assert book.matters.get(one)["id"] == book.matters.get("7")["id"] == book.matters.get(" lease ")["id"] == one
    two = book.matters.open("Lease")
    with pytest.raises(NotFound, match=rf'2 matters are called "Lease": 7 \(id {one}\), no number \(id {two}\)'):
        book.matters.get("Lease")
    with pytest.raises(NotFound, match='There is no matter "Leese". Did you mean 7 Lease or Lease?'):
        book.matters.get("Leese")
    with pytest.raises(NotFound, match="There is no matter 99"):
        book.matters.get(99)
    for nothing in (None, True, 1.5):
        with pytest.raises(InvalidValue, match=f"^{nothing} is neither the id, the number nor the title of a matter"):
            book.matters.get(nothing)  # type: ignore[arg-type]
    with pytest.raises(NameTaken, match="Matter number 7 is that of Lease"):
        book.matters.open("Other", number="7")


def test_wrong_input_of_a_matter_is_refused_and_nothing_is_stored(book: Book, acme: int) -> None:
    before = len(book.operations())
    for error, told, call in (
        (InvalidValue, "A matter needs a title", lambda: book.matters.open("  ")),
        (NotFound, 'There is no customer called "Nobody"', lambda: book.matters.open("A", customers="Nobody")),
        (NotFound, 'There is no user "zoe"', lambda: book.matters.open("A", responsible="zoe")),
        (InvalidValue, "rate cannot be -1: it is 0 or more", lambda: book.matters.open("A", rate=-1)),
        (
            InvalidValue,
            "time_step is one of 0, 5, 6, 10, 15 minutes, not 7",
            lambda: book.matters.open("A", time_step=7),
        ),
        (InvalidValue, "matters have no field colour", lambda: book.matters.open("A", colour="red")),
        (NotFound, "Acme SA has no open matter", lambda: book.activities.add(customer=acme, worked=1, rate=1)),
    ):
        with pytest.raises(error, match=told):
            call()
    assert len(book.operations()) == before
    assert len(book.matters.list()) == 0


def test_S1_33_C7_an_open_matter_keeps_its_customer_in_use(book: Book, acme: int) -> None:
    matter = book.matters.open("Lease", customers=acme, number="M-1")
    with pytest.raises(MatterOpen, match="Acme SA has the open matter M-1 Lease. First close the matters"):
        book.customers.make_inactive(acme)
    book.matters.close(matter)
    book.customers.make_inactive(acme)
    with pytest.raises(InvalidValue, match="cannot be reopened: its client Acme SA is inactive"):
        book.matters.reopen(matter)
    with pytest.raises(InvalidValue, match="Acme SA is inactive since .* can be no client"):
        book.matters.open("Other", customers=acme)


def test_closing_a_matter_with_unbilled_work_warns_and_lists_it(book: Book, acme: int) -> None:
    matter = book.matters.open("Lease", customers=acme, rate="100")
    call = book.activities.add(matter, worked="1h30", date="2026-01-05")
    book.activities.add(matter, worked="1h", date="2026-01-06", billable=False)
    with pytest.warns(
        UserWarning, match="Lease is closed with 1 unbilled activity worth EUR 150.00. Bill them, write them off"
    ):
        left = book.matters.close(matter, on="2026-01-31")
    assert left[["id", "amount"]].values.tolist() == [[call, Decimal(150)]]
    with pytest.raises(IllegalTransition, match="Lease was closed on 2026-01-31 already"):
        book.matters.close(matter)
    book.matters.reopen(matter)
    with pytest.raises(IllegalTransition, match="is open already"):
        book.matters.reopen(matter)
    book.invoices.finalize(book.invoices.draft(matter, date="2026-02-01"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(book.matters.close(matter)) == 0


def test_a_matter_is_duplicated_without_its_number_and_its_work(book: Book, acme: int) -> None:
    first = book.matters.open("Audit 2025", number="A-25", customers=acme, rate="120", budget=9000, nature="audit")
    book.matters.add_party(first, "Bank", role="auditee")
    book.activities.add(first, worked=1, date="2026-01-05")
    second = book.matters.duplicate(first, "Audit 2026", budget=9500)
    held = book.matters.get(second)
    assert (held["number"], held["rate"], held["budget"], held["nature"]) == (
        None,
        Decimal(120),
        Decimal(9500),
        "audit",
    )
    assert book.matters.clients(second)["name"].tolist() == ["Acme SA"]
    assert book.matters.parties(second)["name"].tolist() == ["Bank"]
    assert len(book.activities.list(second)) == 0


def test_only_a_matter_that_never_held_anything_is_removed(book: Book, acme: int) -> None:
    empty = book.matters.open("Mistake", customers=acme)
    book.matters.remove(empty)
    assert len(book.sql("select * from matter_clients")) == 0
    held = book.matters.open("Lease", customers=acme, rate=100)
    gone = book.activities.add(held, worked=1, date="2026-01-05")
    book.activities.remove(gone)
    with pytest.raises(InUse, match="Lease cannot be removed: it holds, or once held, 1 activities. Close it instead"):
        book.matters.remove(held)
    assert book.check().empty


def test_clients_with_work_stay_and_a_currency_stays_under_work(book: Book, acme: int) -> None:
    book.customers.add(display_name="Beta")
    matter = book.matters.open("Lease", customers=[acme, "Beta"], rate=100)
    book.matters.change(matter, currency="USD", budget=1)
    work = book.activities.add(matter, worked=1, date="2026-01-05", customer="Beta")
    with pytest.raises(InUse, match="Beta stays a client of Lease: 1 activities were done for it"):
        book.matters.change(matter, customers=acme)
    with pytest.raises(InUse, match="Lease cannot be given another currency"):
        book.matters.change(matter, currency="EUR")
    book.activities.set_client(work, None)
    book.matters.change(matter, customers=acme)
    assert book.matters.clients(matter)["name"].tolist() == ["Acme SA"]


def test_users_and_categories_have_names_of_their_own(book: Book) -> None:
    book.users.add("ann", rate="250", weekly_hours="35")
    with pytest.raises(NameTaken, match="Another user is called ANN"):
        book.users.add("ANN")
    with pytest.raises(InvalidValue, match="rate cannot be -1: it is 0 or more"):
        book.users.add("bo", rate=-1)
    with pytest.raises(InvalidValue, match="A user needs a name"):
        book.users.add(" ")
    book.users.make_inactive("ann", since="2026-01-31")
    assert len(book.users.list()) == 0
    assert book.users.list(include_inactive=True)["name"].tolist() == ["ann"]
    matter = book.matters.open("Lease", rate=1)
    with pytest.raises(
        InvalidValue, match="ann is inactive since 2026-01-31. Choose another user, or activate it first"
    ):
        book.activities.add(matter, worked=1, worked_by="ann")
    book.users.activate("ann")
    book.users.change("ann", name="anna")
    assert book.users.get("anna")["rate"] == 250


def test_S3_22_a_category_gives_what_is_usual_and_is_not_removed_while_in_use(book: Book) -> None:
    matter = book.matters.open("Lease", rate=100)
    book.categories.add("Hearing", kind="time", description="Hearing at court", rate="320", tax_rate=20)
    book.categories.add("Travel", description="Travelling", billable=False)
    hearing = book.activities.get(book.activities.add(matter, category="hearing", worked="30 min", date="2026-01-05"))
    assert (hearing["description"], hearing["rate"], hearing["amount"]) == ("Hearing at court", 320, Decimal(160))
    assert (hearing["rate_from"], hearing["tax_rate"], hearing["billable"]) == ("category", 20, True)
    travel = book.activities.get(book.activities.add(matter, category="Travel", worked=1, date="2026-01-05"))
    assert (travel["billable"], travel["description"]) == (False, "Travelling")
    told = book.activities.get(
        book.activities.add(matter, category="Hearing", worked=1, rate=1, description="Short", date="2026-01-05")
    )
    assert (told["rate"], told["description"]) == (1, "Short")
    with pytest.raises(InvalidValue, match="The category Hearing is for the kind time, not for service"):
        book.activities.add(matter, "service", category="Hearing", quantity=1, rate=1)
    with pytest.raises(
        InUse, match="The category Hearing cannot be removed: 2 activities have it. Make it inactive instead"
    ):
        book.categories.remove("Hearing")
    book.categories.make_inactive("Hearing")
    with pytest.raises(InvalidValue, match="Hearing is inactive since"):
        book.activities.add(matter, category="Hearing", worked=1)
    spare = book.categories.add("Spare")
    book.categories.remove(spare)
    assert book.categories.list()["name"].tolist() == ["Travel"]


def test_S3_21_the_most_specific_rate_wins_and_tax_likewise(book: Book, acme: int) -> None:
    matter = book.matters.open("Lease", customers=acme)

    def made(**fields: object) -> tuple[object, object, object]:
        held = book.activities.get(book.activities.add(matter, worked=1, date="2026-01-05", **fields))
        return held["rate"], held["rate_from"], held["tax_rate"]

    with pytest.raises(
        InvalidValue, match="Time that is billed needs a rate, and none is known. Give its rate, or set one on"
    ):
        made()
    book.settings.hourly_rate = "80"
    assert made() == (80, "book", None)
    book.users.add("ann", rate="250", tax_rate="5")
    assert made(worked_by="ann") == (250, "user", 5)
    book.customers.change(acme, rate="200", tax_rate="10")
    assert made(worked_by="ann") == (200, "customer", 10)
    book.matters.change(matter, rate="180", tax_rate="20")
    assert made(worked_by="ann") == (180, "matter", 20)
    assert made(worked_by="ann", rate="99.5", tax_rate=0) == (Decimal("99.5"), "given", 0)


def test_S3_21_the_tax_rate_follows_the_client_unless_it_was_given(book: Book, acme: int) -> None:
    book.customers.change(acme, tax_rate=20)
    book.customers.add(display_name="Abroad", tax_rate=0)
    both = book.matters.open("Both", customers=[acme, "Abroad"], rate=100)
    other = book.matters.open("Export", customers="Abroad")
    follows, given, changed, moved = (
        book.activities.add(both, worked=1, date="2026-01-05", customer=acme, **more)
        for more in ({}, {"tax_rate": 7}, {}, {})
    )
    book.activities.set_client([follows, given], "Abroad")
    book.activities.change(changed, customer="Abroad")
    book.activities.transfer(moved, other, on="2026-01-06")
    assert [book.activities.get(id_)["tax_rate"] for id_ in (follows, given, changed, moved)] == [0, 7, 0, 0]
    assert book.check().empty


def test_S3_24_a_new_rate_reaches_unbilled_work_where_asked(book: Book, acme: int) -> None:
    matter = book.matters.open("Lease", customers=acme)
    own = book.matters.open("Own rate", rate=10)
    book.users.add("ann", rate="200")
    billed, kept, follows, edited, other = (
        book.activities.add(on, worked=1, worked_by="ann", date="2026-01-05")
        for on in (matter, matter, matter, matter, own)
    )
    book.invoices.finalize(book.invoices.draft(activities=billed, date="2026-01-31"))
    book.activities.change(edited, rate="150")
    untouched = book.users.set_rate("ann", "300")
    assert (len(untouched), len(untouched.refused)) == (0, 0)
    assert book.activities.get(follows)["rate"] == 200
    done = book.users.set_rate("ann", "300", apply_to_unbilled=True)
    assert list(done.ids) == [kept, follows]
    assert done.refused["activity"].tolist() == [edited]
    assert [book.activities.get(one)["amount"] for one in (billed, kept, follows, edited, other)] == [
        200,
        300,
        300,
        150,
        10,
    ]
    assert list(book.matters.set_rate(own, 20, apply_to_unbilled=True).ids) == [other]
    assert book.check().empty


def test_work_keeps_its_currency_when_a_matter_is_left_without_one(book: Book, acme: int) -> None:
    matter = book.matters.open("Lease", customers=acme, rate="100", currency="USD")
    book.matters.change(matter, currency=None)
    book.matters.change(matter, currency="USD")
    book.activities.add(matter, worked="1h", date="2026-01-02")
    for currency in ("GBP", None):
        with pytest.raises(InUse, match="cannot be given another currency: work was noted on it in USD"):
            book.matters.change(matter, currency=currency)
