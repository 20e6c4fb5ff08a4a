"""M8: work in progress as of any day, and as it was known at any moment; C18: a draft reserves; nothing is billed twice.

Proves S3.8, S4.5.
"""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.errors import ActivityTaken, IllegalTransition, InvalidValue, NotFound, UndoRefused
from tests.conftest import Ticking, contents, empty_book, ready_to_bill

BY = ("matter", "customer", "tree", "user", "kind")


@pytest.fixture(autouse=True)
def _seller(book: Book) -> None:
    ready_to_bill(book)


@pytest.fixture
def work(book: Book) -> int:
    """A group, a matter for its branch, another one for two clients; two people."""
    group = book.customers.add(display_name="Group")
    book.customers.add(display_name="Branch", parent=group)
    book.customers.add(display_name="Cedar")
    book.users.add("ana", rate="100")
    book.users.add("bo", rate="60")
    book.matters.open("Dispute", number="M-2", customers=["Branch", "Cedar"], opened_on="2026-01-01")
    return book.matters.open("Lease", number="M-1", customers="Branch", opened_on="2026-01-01")


def wip(book: Book, as_of: str, by: str = "matter", known_at: Any = None) -> dict[str, Decimal]:
    rows = book.reports.wip(as_of=as_of, by=by, known_at=known_at).table.to_pylist()
    return {row[by]: row["wip"] for row in rows}


def test_M8_every_event_posts_on_its_own_day(book: Book, work: int) -> None:
    call = book.activities.add(work, worked=1, date="2026-01-05")
    book.activities.transfer(call, "M-2", on="2026-02-01")
    book.activities.set_client(call, "Cedar")
    book.activities.change(call, worked=2)
    invoice = book.invoices.draft("M-2", date="2026-03-01")
    assert wip(book, "2026-03-01") == {"M-2 Dispute": Decimal(200)}  # a draft is still work in progress
    book.invoices.finalize(invoice)
    book.invoices.credit(invoice, date="2026-04-01")
    book.activities.write_off(call, "Goodwill", on="2026-05-01")
    assert wip(book, "2026-01-04") == {}
    assert wip(book, "2026-01-31") == {"M-1 Lease": Decimal(100)}
    assert wip(book, "2026-02-01") == {"M-2 Dispute": Decimal(200)}
    assert wip(book, "2026-03-01") == {}
    assert wip(book, "2026-04-30", "customer") == {"Cedar": Decimal(200)}
    assert wip(book, "2026-05-01") == {}
    events = book.sql(
        "select event, entry_date::varchar as day, sum(amount) as amount from wip_entries group by all order by 2, 1"
    )
    assert events.values.tolist() == [
        ["recorded", "2026-01-05", 100], ["edited", "2026-02-01", 100], ["transferred", "2026-02-01", 0],
        ["billed", "2026-03-01", -200], ["freed", "2026-04-01", 200], ["written_off", "2026-05-01", -200],
    ]  # fmt: skip
    assert book.check().empty


def test_M8_an_edit_corrects_the_day_of_the_work(book: Book, work: int) -> None:
    call = book.activities.add(work, worked=1, date="2026-01-05")
    book.activities.change(call, worked="1h30")
    book.activities.change(call, date="2026-01-08")
    book.activities.change(call, worked_by="bo")
    assert wip(book, "2026-01-07") == {}
    assert wip(book, "2026-01-08", "user") == {"bo": Decimal(90)}
    entries = len(book.sql("select * from wip_entries"))
    book.activities.change(call, description="Call")
    assert len(book.sql("select * from wip_entries")) == entries  # nothing about work in progress changed


def test_M8_late_work_is_in_a_past_day_and_says_so(book: Book, work: int) -> None:
    book.activities.add(work, worked=1, date="2025-12-30")  # the clock of the book stands on 2026-01-01
    report = book.reports.wip(as_of="2025-12-31")
    assert report.df[["wip", "recorded_late"]].values.tolist() == [[100, 100]]
    assert book.reports.wip(as_of="2026-01-01").df["recorded_late"].tolist() == [0]


def test_M8_the_report_of_a_month_end_is_given_again_to_the_cent(book: Book, work: int) -> None:
    for day in range(1, 29, 3):
        book.activities.add(
            work, worked=f"{day + 10} min", date=f"2026-01-{day:02}", worked_by="bo" if day % 2 else "ana"
        )
        book.activities.add(
            "M-2", "expense", amount=day, date=f"2026-01-{day:02}", customer="Cedar" if day % 4 else "Branch"
        )
    printed = {by: book.reports.wip(as_of="2026-01-31", by=by).df for by in BY}
    aged = book.reports.wip_aging(as_of="2026-01-31").df
    known = len(book.operations())

    def again() -> None:
        for by in BY:
            assert book.reports.wip(as_of="2026-01-31", by=by, known_at=known).df.equals(printed[by])
        assert book.reports.wip_aging(as_of="2026-01-31", known_at=known).df.equals(aged)

    book.activities.add(work, worked=3, date="2026-01-15")
    book.activities.change(1, worked=5)
    book.activities.transfer([3, 5], "M-2", on="2026-02-02")
    book.activities.set_billable(7, False)
    book.activities.remove(9)
    invoice = book.invoices.draft(work, date="2026-02-05")
    book.invoices.finalize(invoice)
    again()
    book.invoices.credit(invoice, date="2026-02-20")
    book.users.set_rate("bo", 75, apply_to_unbilled=True)
    book.matters.change(work, customers=["Branch", "Cedar"])
    book.customers.merge("Cedar", into="Branch").confirm()
    book.undo(int(book.operations()["id"].iloc[0]))
    again()
    assert not book.reports.wip(as_of="2026-01-31").df.equals(printed["matter"])
    assert book.check().empty


def test_M8_the_sum_is_the_same_by_whatever_it_is_summed_up(book: Book, work: int) -> None:
    book.activities.add(work, worked=1, date="2026-01-05")
    book.activities.add("M-2", worked=1, date="2026-01-05", worked_by="bo", customer="Cedar")
    book.activities.add("M-2", "expense", amount="12.34", date="2026-01-05")
    assert [sum(wip(book, "2026-01-31", by).values()) for by in BY] == [Decimal("172.34")] * 5
    assert wip(book, "2026-01-31", "tree") == {"Group": 100, "Cedar": 60, "no client named": Decimal("12.34")}
    assert wip(book, "2026-01-31", "customer") == {"Branch": 100, "Cedar": 60, "no client named": Decimal("12.34")}
    with pytest.raises(InvalidValue, match='by is one of matter, customer, tree, user, kind, not "colour"'):
        book.reports.wip(by="colour")


def test_M8_age_is_counted_from_the_work(book: Book, work: int) -> None:
    ages = {30: "2026-05-31", 31: "2026-05-30", 60: "2026-05-01", 61: "2026-04-30", 90: "2026-04-01", 91: "2026-03-31",
            180: "2026-01-01", 181: "2025-12-31"}  # fmt: skip
    for nth, day in enumerate(ages.values()):
        book.activities.add(work, "expense", amount=10**nth, date=day)
    [row] = book.reports.wip_aging(as_of="2026-06-30").table.to_pylist()
    buckets = [int(row[name]) for name in ("days_0_30", "days_31_60", "days_61_90", "days_91_180", "days_over_180")]
    assert buckets == [1, 110, 11_000, 1_100_000, 10_000_000]
    assert (row["wip"], row["oldest"]) == (sum(buckets), date(2025, 12, 31))


def test_realisation_utilisation_profitability_and_lock_up_by_hand(book: Book, work: int) -> None:
    book.users.change("ana", cost_rate="40", weekly_hours=20)
    book.matters.change(work, budget=500)
    first = book.activities.add(work, worked=2, date="2026-01-05", worked_by="ana")  # 200
    book.activities.add(work, worked="30 min", date="2026-01-06", worked_by="ana", billable=False)
    lost = book.activities.add(work, worked=1, date="2026-01-07", worked_by="ana")  # 100, given up
    book.activities.add(work, "disbursement", amount=80, receipt="R", date="2026-01-08")
    book.activities.add(work, "expense", amount=15, date="2026-01-08")
    book.invoices.finalize(book.invoices.draft(activities=first, date="2026-01-20"))
    book.activities.write_off(lost, "Slow", on="2026-01-25")
    [use] = book.reports.utilisation(as_of="2026-01-31").table.to_pylist()
    assert (use["hours_worked"], use["hours_billable"], use["utilisation"], use["occupation"]) == (
        Decimal("3.50"), Decimal("3.00"), Decimal("85.7"), Decimal("17.5"),
    )  # fmt: skip
    [real] = book.reports.realisation(as_of="2026-01-31").table.to_pylist()
    assert (real["recorded"], real["billed"], real["written_off"], real["realisation"]) == (
        300,
        200,
        100,
        Decimal("66.7"),
    )
    matters = {row["matter"]: row for row in book.reports.matter_profitability(as_of="2026-01-31").table.to_pylist()}
    row = matters["M-1 Lease"]
    assert (row["billed"], row["wip"], row["written_off"]) == (200, 95, 100)
    assert row["cost"] == Decimal("3.5") * 40 + 15 + 80
    assert row["margin"] == 200 + 95 - 235
    assert (row["budget_left"], row["budget_used"]) == (205, Decimal("59.0"))
    [lock] = book.reports.lock_up(as_of="2026-01-31", days=100).table.to_pylist()
    assert (lock["wip_days"], lock["debtor_days"], lock["lock_up_days"]) == (Decimal("47.5"), 100, Decimal("147.5"))
    [sheet] = book.reports.timesheet(as_of="2026-01-31").table.to_pylist()
    assert [sheet[day] for day in ("monday", "tuesday", "wednesday", "thursday")] == [2, Decimal("0.5"), 1, 0]
    assert (sheet["hours_worked"], sheet["hours_to_bill"], sheet["hours_not_billable"]) == (
        Decimal("3.5"),
        3,
        Decimal("0.5"),
    )
    assert len(book.reports.timesheet(as_of="2026-01-31", since="2026-01-12").df) == 0


def test_C18_a_draft_reserves_its_work(book: Book, work: int) -> None:
    call = book.activities.add(work, worked=1, date="2026-01-05", description="Call")
    draft = book.invoices.draft(work, date="2026-01-31")
    held = book.invoices.get(draft)
    assert (held["status"], held["number"], held["total"], held["matter"]) == ("draft", None, 100, work)
    refused = rf"activity {call} of 2026-01-05 \(Call\) is reserved by the draft {draft} for Branch"
    for act in (
        lambda: book.activities.change(call, description="x"),
        lambda: book.activities.transfer(call, "M-2"),
        lambda: book.activities.remove(call),
        lambda: book.activities.write_off(call, "x"),
        lambda: book.activities.set_billable(call, False),
        lambda: book.activities.rerate(call, 5),
        lambda: book.activities.duplicate(call),
        lambda: book.invoices.draft(activities=call),
    ):
        with pytest.raises(ActivityTaken, match=refused):
            act()
    with pytest.raises(NotFound, match="There is nothing to bill on Lease"):
        book.invoices.draft(work)
    book.invoices.delete_draft(draft)
    assert book.activities.list(state="unbilled")["id"].tolist() == [call]
    with pytest.raises(NotFound, match=f"There is no invoice {draft}"):
        book.invoices.get(draft)
    assert book.check().empty


def test_S3_8_work_is_billed_once_and_freed_by_a_credit_note(book: Book, work: int) -> None:
    call = book.activities.add(work, worked="1h20", date="2026-01-05", tax_rate=20)
    fee = book.activities.add(work, "disbursement", amount=80, receipt="R", date="2026-01-06")
    invoice = book.invoices.draft(work, date="2026-01-31")
    with pytest.raises(InvalidValue, match="This cannot happen on 2026-01-05: activity 2 .* was done later"):
        book.invoices.finalize(invoice, date="2026-01-05")
    assert book.invoices.finalize(invoice) == "1"
    held = book.invoices.get(invoice)
    assert (held["net"], held["tax"], held["total"]) == (Decimal("213.33"), Decimal("26.67"), 240)
    assert book.invoices.lines(invoice)["activity"].tolist() == [call, fee]
    assert book.reports.balances(as_of="2026-01-31").df["balance"].tolist() == [240]
    for act in (
        lambda: book.invoices.finalize(invoice), lambda: book.invoices.delete_draft(invoice),
    ):  # fmt: skip
        with pytest.raises(IllegalTransition, match="Invoice 1 is final and cannot be .*: only a draft can"):
            act()
    with pytest.raises(ActivityTaken, match="is billed on 1 of 2026-01-31"):
        book.invoices.draft(activities=call)
    with pytest.raises(UndoRefused, match="it gave the invoice its number 1, and a number that was given stays"):
        book.undo(int(book.operations()["id"].iloc[0]))
    note = book.invoices.credit(invoice, date="2026-02-10")
    assert book.invoices.get(note)["total"] == -240
    assert book.reports.balances(as_of="2026-02-10").df["balance"].tolist() == [0]
    with pytest.raises(IllegalTransition, match="Invoice 1 was credited already, by 2"):
        book.invoices.credit(invoice)
    again = book.invoices.draft(work, date="2026-02-28")
    assert book.invoices.finalize(again) == "3"
    assert book.check().empty
    kept = book.invoices.credit(again, date="2026-03-01", free_work=False)
    assert book.activities.list(state="billed")["id"].tolist() == [fee, call]
    with pytest.raises(IllegalTransition, match="only an invoice that was issued can"):
        book.invoices.credit(kept)
    assert book.check().empty


def test_a_draft_is_for_one_client_and_one_currency(book: Book, work: int) -> None:
    cedar = book.activities.add("M-2", worked=1, date="2026-01-05", customer="Cedar")
    none = book.activities.add("M-2", worked=1, date="2026-01-05")
    with pytest.raises(
        InvalidValue, match=r"for several clients \(Cedar\), or for none in particular: say by customer="
    ):
        book.invoices.draft("M-2", date="2026-01-31")
    with pytest.raises(InvalidValue, match="Nothing says what to bill. Name a matter, a customer, or"):
        book.invoices.draft()
    with pytest.raises(InvalidValue, match="Nothing says whom to bill for M-2 Dispute: name the client by customer="):
        book.invoices.draft(activities=none, date="2026-01-31")
    dollars = book.matters.open("Dollars", customers="Cedar", currency="USD", rate=1)
    other = book.activities.add(dollars, worked=1, date="2026-01-05")
    with pytest.raises(InvalidValue, match="The activities are in several currencies: EUR, USD. Draft each by itself"):
        book.invoices.draft(activities=[cedar, other], date="2026-01-31")
    draft = book.invoices.draft(customer="Cedar", activities=[cedar, none], date="2026-01-31")
    assert book.invoices.get(draft)["customer"] == book.customers.get("Cedar")["id"]
    book.customers.change("Branch", bill_to="parent")
    book.activities.add(work, worked=1, date="2026-01-05")
    held = book.invoices.get(book.invoices.draft(work, date="2026-01-31"))
    assert (held["customer"], held["billed_for"]) == (
        book.customers.get("Group")["id"],
        book.customers.get("Branch")["id"],
    )


def test_two_threads_bill_the_same_work_once(book: Book, work: int) -> None:
    ids = [book.activities.add(work, worked=1, date="2026-01-05") for _ in range(3)]
    start, won, lost = threading.Barrier(2), [], []

    def bill() -> None:
        start.wait()
        try:
            won.append(book.invoices.draft(activities=ids, date="2026-01-31"))
        except ActivityTaken as error:
            lost.append(str(error))

    threads = [threading.Thread(target=bill) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 1)
    assert book.sql("select count(*) as n from invoice_lines")["n"].tolist() == [3]
    assert book.check().empty


def test_undo_never_lets_work_be_billed_twice(book: Book, work: int) -> None:
    book.activities.add(work, worked=1, date="2026-01-05")
    first = book.invoices.draft(work, date="2026-01-31")
    book.invoices.delete_draft(first)
    deleted = int(book.operations()["id"].iloc[0])
    book.invoices.draft(work, date="2026-02-01")
    before = contents(book)
    with pytest.raises(UndoRefused):
        book.undo(deleted)
    assert contents(book) == before
    assert book.check().empty


def test_an_older_book_gets_users_seconds_and_entries(tmp_path: Path) -> None:
    import duckdb

    path = empty_book(tmp_path / "old.duckdb")
    with ik.open(path, clock=Ticking()) as book:
        matter = book.matters.open("Lease")
        for worked, name in (("1h20", "Ann"), ("2h", "ann"), ("1h", "Bo")):
            made = book.activities.add(matter, worked=worked, rate=90, date="2026-01-05")
            book.activities.change(made, description=name)
    with duckdb.connect(str(path)) as engine:
        for view in engine.execute("select view_name from duckdb_views() where not internal").fetchall():
            engine.execute(f"drop view {view[0]}")
        for schema in ("main", "history"):
            for table in ("users", "wip_entries", "stopwatches", "matter_parties", "activity_categories"):
                engine.execute(f"drop table {schema}.{table}")
            for table, column in (("matters", "responsible"), ("activities", "worked_by")):
                engine.execute(f"alter table {schema}.{table} alter {column} type varchar")
            engine.execute(
                f"update {schema}.activities set worked_by = description, quantity = round(worked / 3600, 6)"
            )
            for column in ("worked", "billed", "rate_from", "taxable"):
                engine.execute(f"alter table {schema}.activities drop {column}")
        engine.execute("delete from counters where name in ('users', 'wip_entries')")
        engine.execute("update migrations set version = 2")
    with ik.open(path) as book:
        assert any("work is posted" in note for note in book.notes)
        assert book.activities.list()[["worked_by", "hours_worked", "amount"]].values.tolist() == [
            ["Bo", Decimal(1), Decimal(90)], ["Ann", Decimal(2), Decimal(180)], ["Ann", Decimal("1.333333"), Decimal(120)],
        ]  # fmt: skip
        assert book.activities.get(1)["worked"] == 4800
        assert book.reports.wip(as_of="2026-01-31").df["wip"].tolist() == [390]
        assert book.check().empty
        book.activities.add("Lease", worked=1, worked_by="ann", rate=1, date="2026-01-06")
        assert book.check().empty
    with ik.open(path) as book:
        assert not book.notes


def test_the_list_of_one_customer_or_matter_says_what_the_list_of_all_says(book: Book, work: int) -> None:
    book.customers.change("Branch", bill_to="parent")
    for matter, client in ((work, None), (work, "Branch"), ("M-2", "Cedar"), ("M-2", "Branch"), ("M-2", None)):
        book.activities.add(matter, worked=1, date="2026-01-05", customer=client, rate="80")
    issued = book.invoices.draft(work, date="2026-03-01")
    book.invoices.finalize(issued)
    cedars = book.invoices.record("Cedar", number="C-1", date="2026-03-01", total="100")
    book.payments.record("Cedar", amount="130", date="2026-03-05", invoices=cedars)
    book.payments.record("Group", amount="50", date="2026-03-06")
    found: dict[str, int] = {}
    for what, lists, owners in (
        ("invoices", book.invoices, {"customer": ("Group", "Branch", "Cedar"), "matter": (work, "M-2")}),
        ("payments", book.payments, {"customer": ("Group", "Branch", "Cedar")}),
        ("activities", book.activities, {"customer": ("Group", "Branch", "Cedar"), "matter": (work, "M-2")}),
    ):
        every = {row["id"]: row for row in lists.pages().window()[1]}
        for which, names in owners.items():
            for name in names:
                many, rows = lists.pages(**{which: name}).window()
                assert rows == [{**every[row["id"]], "found": many} for row in rows]
                found[f"{what} of {name}"] = many
    assert found == {
        "invoices of Group": 1, "invoices of Branch": 1, "invoices of Cedar": 1, f"invoices of {work}": 1, "invoices of M-2": 0,
        "payments of Group": 1, "payments of Branch": 0, "payments of Cedar": 1,
        "activities of Group": 0, "activities of Branch": 4, "activities of Cedar": 2, f"activities of {work}": 2,
        "activities of M-2": 3,
    }  # fmt: skip
    status = {row["id"]: row["payment_status"] for row in book.invoices.pages().window()[1]}
    assert [status[issued], status[cedars]] == ["partial", "overpaid"]
