"""Activities: the four kinds, what each needs, how they are changed one by one and all at once.

Proves S3.1, S3.2, S3.3, S3.4, S3.5, S3.6, S3.7, S3.9, S3.10, S3.12, S3.13, S3.14, S3.15, S3.16, S3.17, S3.18, S3.19,
S3.20, S3.23, S3.25.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from invoicekit.book import Book
from invoicekit.errors import (
    ActivityTaken,
    FileMissing,
    InvalidValue,
    MatterClosed,
    NotFound,
    PeriodLocked,
)
from tests.conftest import contents, ready_to_bill

DAY = "2026-01-05"


@pytest.fixture(autouse=True)
def _seller(book: Book) -> None:
    ready_to_bill(book)


@pytest.fixture
def lease(book: Book) -> int:
    """A matter of two clients, at 100 an hour, and another one of a third."""
    for name in ("Acme SA", "Beta", "Cedar"):
        book.customers.add(display_name=name)
    book.users.add("ana", rate="100")
    book.matters.open("Other", customers="Cedar", number="M-2")
    return book.matters.open("Lease", customers=["Acme SA", "Beta"], number="M-1")


def test_S3_3_S3_4_each_kind_is_kept_with_its_own_details(book: Book, lease: int) -> None:
    made = {
        "time": book.activities.add(lease, "time", worked="1h20", date=DAY, description="Call"),
        "service": book.activities.add(lease, "service", quantity="3", rate="49.99", date=DAY, tax_rate=20),
        "expense": book.activities.add(lease, "expense", amount="35.50", paid_to="Railway", date=DAY, tax_rate=10),
        "mileage": book.activities.add(lease, "expense", quantity="120", rate="0.606", date=DAY),
        "disbursement": book.activities.add(
            lease, "disbursement", amount="225", paid_to="Court", receipt="R-17", date=DAY, tax_rate=20
        ),
        "taxed": book.activities.add(lease, "disbursement", amount="12", taxable=True, tax_rate=20, date=DAY),
    }
    held = {name: book.activities.get(id_) for name, id_ in made.items()}
    assert {row["kind"] for row in held.values()} == {"time", "service", "expense", "disbursement"}
    assert (held["time"]["worked"], held["time"]["billed"], held["time"]["amount"]) == (4800, 4800, Decimal("133.33"))
    assert held["service"]["amount"] == Decimal("149.97")
    assert (held["expense"]["amount"], held["expense"]["taxable"], held["expense"]["tax_rate"]) == (
        Decimal("35.5"),
        True,
        10,
    )
    assert held["mileage"]["amount"] == Decimal("72.72")
    court = held["disbursement"]
    assert (court["taxable"], court["tax_rate"], court["paid_to"], court["receipt"]) == (False, None, "Court", "R-17")
    assert (held["taxed"]["taxable"], held["taxed"]["tax_rate"]) == (True, 20)
    assert book.check().empty


_WRONG: list[tuple[type[Exception], str, dict[str, Any]]] = [
    (InvalidValue, "Time needs how long it took. Give the time worked, as 1.5", {}),
    (InvalidValue, "Time of 0 hours cannot be noted: it must take longer than nothing", {"worked": 0}),
    (InvalidValue, "Time of -1 hours cannot be noted", {"worked": "-1"}),
    (InvalidValue, '"soon" is not a duration. Write hours as', {"worked": "soon"}),
    (InvalidValue, "is a float, which cannot hold an exact duration", {"worked": 1.5}),
    (InvalidValue, "A service needs a quantity and the price of one", {"kind": "service", "quantity": 1}),
    (InvalidValue, "A service needs a quantity and the price of one", {"kind": "service", "rate": 1}),
    (InvalidValue, "Only time is measured: service takes no hours", {"kind": "service", "quantity": 1, "rate": 1, "worked": 1}),
    (InvalidValue, "An expense or a disbursement needs an amount. Give what it cost", {"kind": "expense"}),
    (InvalidValue, "An expense or a disbursement needs an amount", {"kind": "disbursement", "receipt": "R"}),
    (InvalidValue, "only with the receipt .* or say that it is taxable", {"kind": "disbursement", "amount": 1}),
    (InvalidValue, "An activity of -5 cannot be noted: amounts, rates", {"kind": "expense", "amount": -5}),
    (InvalidValue, 'kind is one of time, service, expense, disbursement, not "travel"', {"kind": "travel", "worked": 1}),
    (InvalidValue, "Cedar is no client of the matter M-1 Lease. Name one", {"worked": 1, "customer": "Cedar"}),
    (NotFound, 'There is no user "zoe". Did you mean ana?', {"worked": 1, "worked_by": "zoe"}),
    (NotFound, 'There is no customer called "Zed"', {"worked": 1, "customer": "Zed"}),
    (NotFound, 'There is no category "Zed". There are none yet', {"worked": 1, "category": "Zed"}),
    (NotFound, "There is no matter 99", {"matter": 99, "worked": 1}),
    (NotFound, "An activity needs a matter. Name the matter it was done for", {"matter": None, "worked": 1}),
    (InvalidValue, "activities have no field colour", {"worked": 1, "colour": "red"}),
    (InvalidValue, "invoice of an activity cannot be given: what happens to it decides that", {"worked": 1, "invoice": 1}),
    (InvalidValue, "What this comes to has more than fourteen digits", {"kind": "service", "quantity": 10**9, "rate": 10**9}),
]  # fmt: skip


def test_S3_4_S3_5_wrong_input_is_refused_in_a_sentence_and_nothing_is_stored(book: Book, lease: int) -> None:
    before = contents(book)
    for error, told, fields in _WRONG:
        with pytest.raises(error, match=told):
            book.activities.add(**{"matter": lease, "date": DAY, **fields})
        assert contents(book) == before, told


def test_no_work_is_noted_on_a_closed_matter_or_a_locked_day(book: Book, lease: int) -> None:
    kept = book.activities.add(lease, worked=1, date=DAY)
    book.matters.close("M-2")
    with pytest.raises(
        MatterClosed, match="The matter M-2 Other was closed on .*: no work is noted on it any more. Reopen it"
    ):
        book.activities.add("M-2", worked=1, date=DAY)
    with pytest.raises(MatterClosed, match="The matter M-2 Other was closed"):
        book.activities.transfer(kept, "M-2")
    book.settings.lock_date = "2026-01-31"
    with pytest.raises(
        PeriodLocked, match="Work of 2026-01-05 cannot be noted or changed: the book is locked up to 2026-01-31"
    ):
        book.activities.add(lease, worked=1, date=DAY)
    with pytest.raises(
        PeriodLocked, match="cannot be taken out: the book is locked up to 2026-01-31. Write it off instead"
    ):
        book.activities.remove(kept)
    with pytest.raises(PeriodLocked, match="This cannot happen on 2026-01-20: the book is locked"):
        book.activities.write_off(kept, "late", on="2026-01-20")
    with pytest.raises(PeriodLocked, match="activity 1 of 2026-01-05: Work of 2026-01-05 cannot be noted or changed"):
        book.activities.change(kept, worked=2)
    book.activities.change(kept, billed=2)
    posted = book.sql("select entry_date::varchar, amount from wip_entries order by id").values.tolist()
    assert posted == [["2026-01-05", Decimal(100)], ["2026-02-01", Decimal(100)]]


def test_S3_6_S3_7_S3_14_work_is_seen_on_its_matter_and_its_customer_at_once(book: Book, lease: int) -> None:
    for_acme = book.activities.add(lease, worked=1, date=DAY, customer="Acme SA")
    for_none = book.activities.add(lease, worked=1, date="2026-01-06")
    other = book.activities.add("M-2", worked=1, date=DAY)
    assert book.activities.list("M-1")["id"].tolist() == [for_none, for_acme]
    assert book.activities.list(customer="Acme SA")["id"].tolist() == [for_none, for_acme]
    assert book.activities.list(customer="Beta")["id"].tolist() == [for_none]
    assert book.activities.list(customer="Cedar")[["id", "customer"]].values.tolist() == [[other, "Cedar"]]
    assert book.activities.list(worked_by="ana", since="2026-01-06", kind="time")["id"].tolist() == [for_none]
    with pytest.raises(InvalidValue, match='Activities are not listed by "done". There are: unbilled, reserved'):
        book.activities.list(state="done")


def test_S3_1_from_a_customer_its_one_open_matter_is_meant(book: Book, lease: int) -> None:
    made = book.activities.add(customer="Cedar", worked="1h", date=DAY)
    assert book.activities.get(made)["matter"] == book.matters.get("M-2")["id"]
    book.matters.open("Third", customers="Cedar", number="M-3")
    with pytest.raises(NotFound, match="Cedar has 2 open matters: M-2 Other, M-3 Third. Say which one is meant"):
        book.activities.add(customer="Cedar", worked="1h", date=DAY)


def test_S3_2_S3_10_the_kind_comes_first_and_decides_what_is_asked(book: Book, lease: int) -> None:
    # What a form asks for after the kind is what the rules refuse to do without.
    for kind, needed in (
        ("time", "worked"),
        ("service", "quantity"),
        ("expense", "amount"),
        ("disbursement", "amount"),
    ):
        with pytest.raises(
            InvalidValue, match={"worked": "how long", "quantity": "quantity", "amount": "amount"}[needed]
        ):
            book.activities.add(lease, kind)


def test_S3_9_S3_15_a_matter_offers_its_own_clients_alone(book: Book, lease: int) -> None:
    assert book.matters.clients(lease, "ac")["name"].tolist() == ["Acme SA"]
    assert book.matters.clients(lease, "ced")["name"].tolist() == []


def test_S3_19_worked_and_billed_are_two_numbers(book: Book, lease: int) -> None:
    made = book.activities.add(lease, worked="1h", date=DAY)
    book.activities.change(made, billed="30 min")
    held = book.activities.get(made)
    assert (held["worked"], held["billed"], held["amount"]) == (3600, 1800, 50)
    book.activities.change(made, worked="2h")
    assert book.activities.get(made)["billed"] == 1800  # somebody said so
    book.activities.change(made, billed=None)
    assert book.activities.get(made)["amount"] == 200
    book.activities.change(made, worked="3h")
    assert book.activities.get(made)["billed"] == 3 * 3600  # it follows again
    sheet = book.reports.timesheet(as_of="2026-01-31").df
    assert sheet[["hours_worked", "hours_to_bill"]].values.tolist() == [[Decimal(3), Decimal(3)]]


# Three entries of 7, 8 and 11 minutes: each rounded up by itself, and their sum of 26 minutes rounded up, in minutes.
_BY_HAND = {0: (26, 26), 5: (10 + 10 + 15, 30), 6: (12 + 12 + 12, 30), 10: (10 + 10 + 20, 30), 15: (15 + 15 + 15, 30)}


@pytest.mark.parametrize("step", _BY_HAND)
def test_S3_20_time_is_rounded_up_entry_by_entry_never_on_the_sum(book: Book, lease: int, step: int) -> None:
    book.settings.time_step = step
    for minutes in (7, 8, 11):
        book.activities.add(lease, worked=f"{minutes} min", date=DAY)
    listed = book.activities.list(lease)
    each, on_the_sum = _BY_HAND[step]
    assert sum(book.activities.get(id_)["billed"] for id_ in listed["id"]) == each * 60
    assert sum(book.activities.get(id_)["worked"] for id_ in listed["id"]) == 26 * 60
    assert step == 0 or each != on_the_sum
    # At 100 an hour, each entry to the cent: steps of 5 make 16.67 + 16.67 + 25.00.
    worth = {0: "43.33", 5: "58.34", 6: "60.00", 10: "66.67", 15: "75.00"}
    assert sum(listed["amount"]) == Decimal(worth[step])


def test_S3_20_a_matter_or_an_entry_overrides_the_step(book: Book, lease: int) -> None:
    book.settings.time_step = 15
    book.matters.change(lease, time_step=6)
    assert book.activities.get(book.activities.add(lease, worked="7 min", date=DAY))["billed"] == 720
    assert book.activities.get(book.activities.add("M-2", worked="7 min", date=DAY))["billed"] == 900
    assert book.activities.get(book.activities.add("M-2", worked="7 min", billed="7 min", date=DAY))["billed"] == 420
    exact = book.activities.get(book.activities.add("M-2", worked="30 min", date=DAY))
    assert exact["billed"] == 1800
    with pytest.raises(InvalidValue, match="time_step is one of 0, 5, 6, 10, 15 minutes, not 7"):
        book.settings.time_step = 7


def test_amounts_are_exact_where_hours_are_no_decimals(book: Book, lease: int) -> None:
    # A third of an hour at 100 is 33.33; at 0.15 it is 0.05, half up and not 0.0499995.
    for rate, worth in (("100", "33.33"), ("0.15", "0.05"), ("0.135", "0.05"), ("99999.99", "33333.33")):
        made = book.activities.add(lease, worked="20 min", rate=rate, date=DAY)
        assert book.activities.get(made)["amount"] == Decimal(worth)
    yen = book.matters.open("Yen", currency="JPY", rate="1001")
    dinar = book.matters.open("Dinar", currency="TND", rate="100")
    assert book.activities.get(book.activities.add(yen, worked="30 min", date=DAY))["amount"] == 501
    assert book.activities.get(book.activities.add(dinar, worked="20 min", date=DAY))["amount"] == Decimal("33.333")


def test_S3_16_set_client_on_many(book: Book, lease: int) -> None:
    ids = [book.activities.add(lease, worked=1, date=DAY) for _ in range(3)]
    assert list(book.activities.set_client(ids, "Beta").ids) == ids
    assert set(book.activities.list(lease)["customer"]) == {"Beta"}
    other = book.activities.add("M-2", worked=1, date=DAY)
    before = contents(book)
    with pytest.raises(InvalidValue, match="Acme SA is no client of the matter M-2 Other"):
        book.activities.set_client([*ids, other], "Acme SA")
    assert contents(book) == before


def test_S3_17_transfer_moves_what_is_unbilled_and_names_what_is_not(book: Book, lease: int) -> None:
    billed, reserved, *free = (book.activities.add(lease, worked=1, date=DAY, customer="Beta") for _ in range(4))
    book.invoices.finalize(book.invoices.draft(activities=billed, date="2026-01-10"))
    draft = book.invoices.draft(activities=reserved, date="2026-01-10")
    done = book.activities.transfer(book.activities.list(lease), "Other", on="2026-02-01")
    assert list(done.ids) == free
    assert done.refused["reason"].tolist() == [
        f"activity {billed} of 2026-01-05 is billed on 1 of 2026-01-10",
        f"activity {reserved} of 2026-01-05 is reserved by the draft {draft} for Beta",
    ]
    assert done.note == "2 had a client who is none of Other: it is left out there."
    one = book.activities.add(lease, worked=1, date=DAY)
    assert book.activities.transfer(one, "Other", on="2026-02-01").note == ""
    assert str(done).startswith("2 activities. Left as it is: activity 1 of 2026-01-05 is billed on 1")
    assert [one for one in book.activities.list("Other")["id"] if one in free] == free[::-1]
    with pytest.raises(
        ActivityTaken, match=f"is reserved by the draft {draft} for Beta. To change it, delete the draft first"
    ):
        book.activities.transfer(reserved, "Other")
    with pytest.raises(
        InvalidValue,
        match="happen on 2026-01-20: activity 3 .* was moved, billed or given up on 2026-02-01",
    ):
        book.activities.transfer(free, lease, on="2026-01-20")
    book.matters.open("Dollars", currency="USD")
    with pytest.raises(
        InvalidValue, match="Work on M-2 Other is in EUR, and Dollars in USD: amounts are never converted"
    ):
        book.activities.transfer(free, "Dollars", on="2026-03-01")
    assert book.check().empty


_ACTIONS: dict[str, Callable[[Book, Any], Any]] = {
    "set client": lambda book, ids: book.activities.set_client(ids, "Acme SA"),
    "transfer": lambda book, ids: book.activities.transfer(ids, "M-3", on="2026-02-01"),
    "not billable": lambda book, ids: book.activities.set_billable(ids, False),
    "re-rate": lambda book, ids: book.activities.rerate(ids, "77.77"),
    "re-rate by default": lambda book, ids: book.activities.rerate(ids),
    "duplicate": lambda book, ids: book.activities.duplicate(ids, date="2026-02-02"),
    "remove": lambda book, ids: book.activities.remove(ids),
    "write off": lambda book, ids: book.activities.write_off(ids, "too long", on="2026-02-03"),
}


@pytest.mark.parametrize("action", _ACTIONS)
def test_S3_18_one_by_one_or_all_at_once_gives_the_same(book: Book, lease: int, action: str) -> None:
    book.matters.open("Third", number="M-3", customers=["Acme SA", "Beta"])
    ids = [
        book.activities.add(lease, worked=f"{minutes} min", date=DAY, description=f"Work {minutes}")
        for minutes in (10, 20, 30, 40)
    ]
    ids.append(book.activities.add(lease, "expense", amount=9, date=DAY))
    book.invoices.finalize(book.invoices.draft(activities=ids[0], customer="Beta", date="2026-01-10"))
    book.users.set_rate("ana", 120)
    start = len(book.operations())
    done = _ACTIONS[action](book, book.activities.list(lease))
    assert done.refused["activity"].tolist() == [ids[0]]
    at_once = _said(book)
    for operation in range(len(book.operations()), start, -1):
        book.undo(operation)
    for one in reversed(ids):
        if one == ids[0]:
            with pytest.raises(ActivityTaken, match="is billed on 1 of 2026-01-10"):
                _ACTIONS[action](book, one)
        else:
            _ACTIONS[action](book, one)
    assert _said(book) == at_once
    assert book.check().empty


def _said(book: Book) -> tuple[Any, ...]:
    listed = book.activities.list().drop(columns="id").astype(str).sort_values(["date", "description", "matter"])
    by_matter = [book.reports.wip(as_of=day).table.to_pylist() for day in ("2026-01-31", "2026-02-28")]
    return listed.values.tolist(), by_matter


def test_S3_23_an_unbilled_activity_is_noted_again(book: Book, lease: int) -> None:
    first = book.activities.add(lease, worked="1h", date=DAY, description="Call", customer="Beta", rate=55)
    [second] = book.activities.duplicate(first).ids
    one, two = book.activities.get(first), book.activities.get(second)
    assert two["date"] == date(2026, 1, 1)  # today, by the clock of the book
    assert {**one, "id": second, "date": two["date"]} == two


def test_S3_25_what_is_not_billable_reaches_neither_an_invoice_nor_wip(book: Book, lease: int) -> None:
    paid = book.activities.add(lease, worked=1, date=DAY, customer="Beta")
    free = book.activities.add(lease, worked=1, date=DAY, customer="Beta", billable=False, description="Coffee")
    assert book.reports.wip(as_of=DAY).df["wip"].tolist() == [100]
    with pytest.raises(
        InvalidValue, match=r"activity 2 of 2026-01-05 \(Coffee\) is not billable and never reaches an invoice"
    ):
        book.invoices.draft(activities=[paid, free], date="2026-01-10")
    draft = book.invoices.draft(lease, customer="Beta", date="2026-01-10")
    assert book.activities.list(state="reserved")["id"].tolist() == [paid]
    book.invoices.delete_draft(draft)
    book.activities.set_billable(free)
    assert book.reports.wip(as_of=DAY).df["wip"].tolist() == [200]


def test_a_change_works_out_again_what_follows_from_it(book: Book, lease: int) -> None:
    book.users.add("bo", rate="300")
    made = book.activities.add(lease, worked="1h", date=DAY)
    book.activities.change(made, worked_by="bo", description="Call")
    assert (book.activities.get(made)["rate"], book.activities.get(made)["amount"]) == (300, 300)
    book.activities.change(made, rate="10")
    book.activities.change(made, worked_by="ana")
    assert book.activities.get(made)["rate"] == 10  # given by hand
    book.activities.change(made, rate=None)
    assert (book.activities.get(made)["rate"], book.activities.get(made)["rate_from"]) == (100, "user")
    book.activities.change(made, kind="service", quantity=2, rate=30)
    held = book.activities.get(made)
    assert (held["kind"], held["worked"], held["amount"]) == ("service", None, 60)
    with pytest.raises(InvalidValue, match="The matter of an activity is not changed by hand: use transfer"):
        book.activities.change(made, matter="M-2")
    expense = book.activities.add(lease, "expense", amount=40, date=DAY)
    book.activities.change(expense, description="Taxi")
    assert book.activities.get(expense)["amount"] == 40
    assert book.check().empty


def test_written_off_work_is_given_up_with_a_reason_and_can_be_restored(book: Book, lease: int) -> None:
    ids = [book.activities.add(lease, worked=1, date=DAY, customer="Beta") for _ in range(2)]
    with pytest.raises(InvalidValue, match="A write-off needs a reason"):
        book.activities.write_off(ids, " ")
    book.activities.write_off(ids, "Too long", on="2026-01-20")
    assert book.activities.list(state="written_off")["id"].tolist() == ids[::-1]
    assert [len(book.reports.wip(as_of=day).df) for day in ("2026-01-19", "2026-01-20")] == [1, 0]
    with pytest.raises(ActivityTaken, match="was written off on 2026-01-20.* restore it first"):
        book.activities.change(ids[0], description="x")
    with pytest.raises(NotFound, match="There is nothing to bill on Lease"):
        book.invoices.draft(lease, customer="Beta")
    assert list(book.activities.restore(ids[0], on="2026-02-01").ids) == [ids[0]]
    assert book.reports.wip(as_of="2026-02-01").df["wip"].tolist() == [100]
    with pytest.raises(ActivityTaken, match="was not written off"):
        book.activities.restore(ids[0])
    assert book.check().empty


def test_unknown_activities_are_named(book: Book, lease: int) -> None:
    made = book.activities.add(lease, worked=1, date=DAY)
    with pytest.raises(NotFound, match="There is no activity 98, 99"):
        book.activities.remove([made, 98, 99])
    with pytest.raises(NotFound, match="Nothing was chosen: no activity is named"):
        book.activities.remove([])
    with pytest.raises(InvalidValue, match="are no activities. Give an id, several, or rows of"):
        book.activities.remove("all")
    with pytest.raises(NotFound, match="There is no activity 99"):
        book.activities.get(99)


CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:court@x
DTSTAMP:20260101T000000Z
DTSTART:20260105T140000Z
DTEND:20260105T153000Z
SUMMARY:Meeting at
  the court
END:VEVENT
BEGIN:VEVENT
UID:weekly@x
DTSTAMP:20260101T000000Z
DTSTART:20260106T090000Z
DURATION:PT45M
RRULE:FREQ=WEEKLY;COUNT=3
SUMMARY:Weekly call
END:VEVENT
BEGIN:VEVENT
UID:gone@x
DTSTAMP:20260101T000000Z
DTSTART:20260107T090000Z
DTEND:20260107T100000Z
STATUS:CANCELLED
SUMMARY:Cancelled
END:VEVENT
BEGIN:VEVENT
UID:day@x
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20260108
SUMMARY:Whole day
END:VEVENT
BEGIN:VTODO
UID:todo@x
DTSTAMP:20260101T000000Z
DTSTART:20260109T100000Z
COMPLETED:20260109T102000Z
SUMMARY:Read the file
END:VTODO
END:VCALENDAR
"""


@pytest.fixture
def calendar(book: Book, tmp_path: Path) -> Path:
    book._store.clock.now = datetime(2026, 2, 1)  # type: ignore[attr-defined]
    path = tmp_path / "calendar.ics"
    path.write_text(CALENDAR.replace("\n", "\r\n"), encoding="utf-8")
    return path


def test_S3_12_an_appointment_becomes_an_activity_once(book: Book, lease: int, calendar: Path) -> None:
    listed = book.activities.records(calendar)
    assert listed[["subject", "minutes"]].fillna(0).values.tolist() == [
        ["Meeting at the court", 90], ["Weekly call", 45], ["Whole day", 0], ["Read the file", 20], ["Weekly call", 45],
        ["Weekly call", 45],
    ]  # fmt: skip
    made = book.activities.from_record(calendar, lease, key="court@x", customer="Beta")
    held = book.activities.get(made)
    assert (held["date"], held["worked"], held["description"]) == (date(2026, 1, 5), 5400, "Meeting at the court")
    assert book.activities.records(calendar)["activity"].dropna().tolist() == [made]
    with pytest.raises(
        InvalidValue, match=f'"Meeting at the court" of 2026-01-05 was converted already, into activity {made}'
    ):
        book.activities.from_record(calendar, "M-2", key="court@x")
    second = listed["key"].iloc[4]
    assert book.activities.get(book.activities.from_record(calendar, lease, key=second))["date"] == date(2026, 1, 13)
    book.activities.remove(made)
    assert book.activities.from_record(calendar, lease, key="court@x") > made
    assert book.check().empty


def test_S3_12_a_record_without_a_key_is_known_by_its_subject_and_day(book: Book, lease: int) -> None:
    call = {"subject": "Call", "date": "2026-01-05", "length": "30 min", "kind": "task"}
    made = book.activities.from_record(call, lease)
    with pytest.raises(InvalidValue, match=f'"Call" of 2026-01-05 was converted already, into activity {made}'):
        book.activities.from_record(call, lease)
    others = [
        book.activities.from_record({**call, **one}, lease) for one in ({"date": "2026-01-06"}, {"subject": "Reply"})
    ]
    assert len({made, *others}) == 3
    book.activities.from_record({**call, "key": "k-1"}, lease)
    with pytest.raises(InvalidValue, match='"Reply" of 2026-01-05 was converted already'):
        book.activities.from_record({**call, "subject": "Reply", "key": "k-1"}, lease)


def test_S3_13_a_task_or_an_e_mail_becomes_an_activity(book: Book, lease: int, calendar: Path, tmp_path: Path) -> None:
    task = book.activities.get(book.activities.from_record(calendar, lease, key="todo@x"))
    assert (task["source"], task["worked"], task["description"]) == ("task", 1200, "Read the file")
    mail = tmp_path / "reply.eml"
    mail.write_bytes(
        b"From: a@example.org\r\nTo: b@example.org\r\nDate: Mon, 05 Jan 2026 10:00:00 +0000\r\n"
        b"Message-ID: <1@example.org>\r\nSubject: =?utf-8?q?R=C3=A9ponse?=\r\n\r\nHello\r\n"
    )
    with pytest.raises(
        InvalidValue, match='The email "Réponse" of 2026-01-05 does not say how long it took. Give worked='
    ):
        book.activities.from_record(mail, lease)
    sent = book.activities.get(book.activities.from_record(mail, lease, worked="10 min"))
    assert (sent["source"], sent["external_id"], sent["worked"]) == ("email", "<1@example.org>", 600)
    told = book.activities.get(
        book.activities.from_record({"subject": "Draft", "date": DAY, "length": timedelta(minutes=5)}, lease)
    )
    assert (told["source"], told["worked"], told["description"]) == ("task", 300, "Draft")


def test_S3_12_what_is_no_record_is_refused(book: Book, lease: int, calendar: Path, tmp_path: Path) -> None:
    for name, content in (
        ("a.ics", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND"),
        ("a.eml", b"\x00\x01\x02"),
        ("b.eml", b""),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(
            (InvalidValue, NotFound), match="cannot be read as a calendar|is neither a calendar|holds no"
        ):
            book.activities.from_record(tmp_path / name, lease)
    for error, told, record, key in (
        (FileMissing, "There is no file", tmp_path / "none.ics", None),
        (InvalidValue, "holds 6 appointments or tasks. Say by key= which one is meant", calendar, None),
        (NotFound, 'with the key "x" up to today', calendar, "x"),
        (InvalidValue, "does not say how long it took", calendar, "day@x"),
        (InvalidValue, "A record has a subject and a date", {"subject": "x"}, None),
        (
            InvalidValue,
            'A record is one of appointment, task, email, not "call"',
            {"subject": "x", "date": DAY, "kind": "call"},
            None,
        ),
    ):
        with pytest.raises(error, match=told):
            book.activities.from_record(record, lease, key=key)
    assert len(book.activities.list()) == 0
