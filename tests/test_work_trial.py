"""Faults that people who tried the work parts found: each stays mended.

Proves C12, C13, S3.18, S4.28.
"""

from __future__ import annotations

import threading
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.errors import (
    ActivityTaken,
    IllegalTransition,
    InvalidValue,
    InvoicekitError,
    NotFound,
    PeriodLocked,
    UndoRefused,
)
from tests.conftest import empty_book, ready_to_bill
from tests.workbooks import text_table

DAY = "2026-01-05"


@pytest.fixture(autouse=True)
def _seller(book: Book) -> None:
    ready_to_bill(book)


@pytest.fixture
def lease(book: Book) -> int:
    for name in ("Acme", "Beta", "Cedar"):
        book.customers.add(display_name=name)
    book.users.add("ana", rate="100")
    book.matters.open("Other", customers="Cedar", number="M-2", opened_on="2026-01-01")
    return book.matters.open("Lease", customers="Acme", number="M-1", opened_on="2026-01-01")


def _billed(book: Book, matter: int | str, day: str) -> int:
    invoice = book.invoices.draft(matter, date=day)
    book.invoices.finalize(invoice)
    return invoice


def test_S4_28_a_credit_note_settles_the_invoice_it_cancels(book: Book, lease: int) -> None:
    book.activities.add(lease, worked=2, date=DAY)
    first = _billed(book, lease, "2026-01-10")
    book.invoices.credit(first, date="2026-01-11")
    second = _billed(book, lease, "2026-01-12")
    book.payments.record("Acme", amount="200", date="2026-02-01")
    listed = book.invoices.list().set_index("id")
    assert listed.loc[[first, second], "payment_status"].tolist() == ["paid", "paid"]
    assert len(book.reports.open_items(as_of="2026-02-01").df) == 0
    assert book.reports.balances(as_of="2026-01-11").df["overdue"].tolist() == [0]
    assert book.check().empty


def test_a_credit_note_covers_only_what_is_open(book: Book, lease: int) -> None:
    book.activities.add(lease, worked=2, date=DAY)
    invoice = _billed(book, lease, "2026-01-10")
    book.payments.record("Acme", amount="50", date="2026-01-20", invoices=invoice)
    book.invoices.credit(invoice, date="2026-01-25")
    items = book.reports.open_items(as_of="2026-01-31").df
    assert items[["kind", "amount"]].values.tolist() == [["credit_note", -50]]
    assert book.check().empty


def test_two_threads_finalise_a_draft_once(book: Book, lease: int) -> None:
    book.activities.add(lease, worked=1, date=DAY)
    draft = book.invoices.draft(lease, date="2026-01-31")
    start, numbers, refused = threading.Barrier(2), [], []

    def finalise() -> None:
        start.wait()
        try:
            numbers.append(book.invoices.finalize(draft))
        except IllegalTransition:
            refused.append(1)

    threads = [threading.Thread(target=finalise) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (numbers, refused) == (["1"], [1])
    assert book.reports.balances(as_of="2026-01-31").df["balance"].tolist() == [100]
    assert book.check().empty


def test_a_draft_is_not_reopened_into_a_final_invoice(book: Book, lease: int) -> None:
    book.activities.add(lease, worked=1, date=DAY)
    draft = book.invoices.draft(lease, date="2026-01-31")
    for turn in (book.invoices.reopen, book.invoices.close):
        with pytest.raises(IllegalTransition, match=f"Invoice {draft} is draft and cannot become .*Finalise it first"):
            turn(draft)
    with pytest.raises(InvalidValue, match=f"Draft {draft} is not issued: money cannot settle it"):
        book.payments.record("Acme", amount=1, date="2026-02-01", invoices=draft)


def test_a_timesheet_imported_again_finds_what_was_transferred(book: Book, lease: int, tmp_path: Path) -> None:
    rows = [["Matter number", "Date", "Worked by", "Hours"], ["M-1", DAY, "ana", "1:20"], ["M-1", DAY, "ana", "2"]]
    path = text_table(tmp_path / "t.csv", rows)
    book.imports.read(path, into="activities").apply()
    book.activities.transfer(1, "M-2", on="2026-02-01")
    assert book.imports.read(path, into="activities").apply().unchanged == {"activities": 2}
    assert book.check().empty


def test_work_that_an_issued_invoice_names_is_not_taken_out(book: Book, lease: int) -> None:
    call = book.activities.add(lease, worked=1, date=DAY)
    book.invoices.credit(_billed(book, lease, "2026-01-10"), date="2026-01-11")
    with pytest.raises(ActivityTaken, match="cannot be taken out: 1 names it. Write it off instead"):
        book.activities.remove(call)
    book.activities.write_off(call, "Goodwill", on="2026-01-20")
    assert book.check().empty


def test_C13_a_client_for_whom_work_was_done_stays(book: Book, lease: int) -> None:
    book.matters.change(lease, customers=["Acme", "Beta"])
    added = int(book.operations()["id"].iloc[0])
    book.activities.add(lease, worked=1, date=DAY, customer="Beta")
    with pytest.raises(UndoRefused, match="is for somebody who is no client of its matter"):
        book.undo(added)
    book.matters.close("M-2")
    closed = int(book.operations()["id"].iloc[0])
    book.customers.make_inactive("Cedar")
    with pytest.raises(UndoRefused, match="matter Other is open, and its client Cedar is inactive"):
        book.undo(closed)
    assert book.check().empty


def test_a_rate_of_millions_is_a_rate(book: Book) -> None:
    dong = book.matters.open("VN", currency="VND", rate="2500000")
    assert book.activities.get(book.activities.add(dong, worked="1h20", date=DAY))["amount"] == 3_333_333
    for rate in (10**13, Decimal(10) ** 12):
        with pytest.raises(InvalidValue, match="at most 12 digits before the point"):
            book.activities.add(dong, worked=1, rate=rate, date=DAY)
        with pytest.raises(InvalidValue, match="at most 12 digits"):
            book.settings.hourly_rate = rate


def test_a_draft_bills_whom_the_work_was_done_for(book: Book, lease: int) -> None:
    book.matters.change(lease, customers=["Acme", "Beta"])
    for_acme = book.activities.add(lease, worked=1, date=DAY, customer="Acme")
    other = book.activities.add("M-2", worked=1, date=DAY)
    for told, given in (
        (
            "Beta cannot be billed for M-1 Lease: activity 1 .* was done for Acme",
            {"activities": for_acme, "customer": "Beta"},
        ),
        ("Cedar cannot be billed for M-1 Lease: .*was done for Acme", {"activities": for_acme, "customer": "Cedar"}),
        ("Beta cannot be billed for M-2 Other: it is for other clients", {"activities": other, "customer": "Beta"}),
        ("activity 2 .* is on another matter. Leave it out", {"matter": lease, "activities": other}),
        ("was done after 2026-01-04, the day of the invoice", {"activities": for_acme, "date": "2026-01-04"}),
    ):
        with pytest.raises(InvalidValue, match=told):
            book.invoices.draft(**{"date": "2026-01-31", **given})
    assert len(book.invoices.list(status="draft")) == 0


def test_what_is_billed_counts_where_the_work_stood_and_less_credit_notes(book: Book, lease: int) -> None:
    call = book.activities.add(lease, worked=1, date=DAY)
    invoice = _billed(book, lease, "2026-02-01")
    said = book.reports.realisation(as_of="2026-02-05").df
    book.invoices.credit(invoice, date="2026-02-10")
    book.activities.transfer(call, "M-2", on="2026-02-20")
    assert book.reports.realisation(as_of="2026-02-05").df.equals(said)
    assert said[["matter", "recorded", "billed"]].values.tolist() == [["M-1 Lease", 100, 100]]
    assert (
        book.reports.matter_profitability(as_of="2026-02-05").df.set_index("matter").loc["M-1 Lease", "billed"] == 100
    )
    again = _billed(book, "M-2", "2026-03-01")
    book.invoices.credit(again, date="2026-03-02", free_work=False)
    late = book.reports.realisation(as_of="2026-03-31").df.set_index("matter")
    assert late.loc["M-2 Other", ["recorded", "billed", "realisation"]].tolist() == [100, 0, 0]
    assert book.activities.list(state="billed")["id"].tolist() == [call]
    assert book.check().empty


def test_profitability_of_a_past_day_stays_and_what_is_lost_costs(book: Book, lease: int) -> None:
    book.users.change("ana", cost_rate=40)
    hour = book.activities.add(lease, worked=1, date=DAY)
    fee = book.activities.add(lease, "disbursement", amount=190, receipt="R", date=DAY)
    said = book.reports.matter_profitability(as_of="2026-01-31").df
    book.activities.write_off(fee, "Never paid", on="2026-02-10")
    book.activities.transfer(hour, "M-2", on="2026-02-10")
    assert book.reports.matter_profitability(as_of="2026-01-31").df.equals(said)
    margins = book.reports.matter_profitability(as_of="2026-02-28").df.set_index("matter")["margin"]
    assert margins.to_dict() == {"M-1 Lease": -190, "M-2 Other": 60}


def test_quantity_times_price_is_the_line(book: Book, lease: int) -> None:
    for fields in (
        {"kind": "service", "quantity": 2, "rate": 300, "amount": 500}, {"worked": 1, "amount": 70}, {"worked": "1h20", "rate": 99},
        {"kind": "service", "amount": 60, "quantity": 3}, {"kind": "expense", "amount": 12},
    ):  # fmt: skip
        book.activities.add(lease, date=DAY, **fields)
    lines = book.invoices.lines(book.invoices.draft(lease, date="2026-01-31"))
    for line in lines.to_dict("records"):
        assert (line["quantity"] * line["unit_price"]).quantize(Decimal("0.01")) == line["net"]


def test_an_amount_that_was_stated_stays_when_rates_change(book: Book, lease: int) -> None:
    agreed = book.activities.add(lease, worked=2, amount=500, date=DAY)
    assert book.activities.get(agreed)["rate"] is None
    done = book.users.set_rate("ana", 120, apply_to_unbilled=True)
    assert (len(done), done.refused["activity"].tolist()) == (0, [agreed])
    book.activities.change(agreed, worked=3)
    assert book.activities.get(agreed)["amount"] == 500
    book.activities.change(agreed, rate=10)
    assert book.activities.get(agreed)["amount"] == 30


def test_S3_18_set_client_gives_the_rate_that_change_gives(book: Book, lease: int) -> None:
    book.customers.change("Acme", rate=200)
    book.customers.change("Beta", rate=50)
    book.matters.change(lease, customers=["Acme", "Beta"])
    one, two, given = (
        book.activities.add(lease, worked=1, date=DAY, customer="Acme", **more) for more in ({}, {}, {"rate": 7})
    )
    book.activities.set_client([one, given], "Beta")
    book.activities.change(two, customer="Beta")
    assert [book.activities.get(id_)["amount"] for id_ in (one, two, given)] == [50, 50, 7]


def test_billed_time_follows_until_somebody_says_otherwise_whatever_the_step_is_now(book: Book, lease: int) -> None:
    book.settings.time_step = 6
    made = book.activities.add(lease, worked="50 min", date=DAY)
    book.settings.time_step = 0
    book.activities.change(made, worked=2)
    assert book.activities.get(made)["billed"] == 7200


def test_a_locked_day_keeps_its_timesheet(book: Book, lease: int) -> None:
    idle = book.activities.add(lease, worked=8, date=DAY, billable=False)
    call = book.activities.add(lease, worked=1, date=DAY)
    book.settings.lock_date = "2026-01-31"
    for act in (
        lambda: book.activities.change(idle, worked=2),
        lambda: book.activities.change(call, date="2026-02-02"),
        lambda: book.activities.remove(idle),
    ):
        with pytest.raises(PeriodLocked, match="locked up to 2026-01-31"):
            act()
    book.activities.change(call, billed=2)  # posts on the first open day
    book.settings.lock_date = None
    with pytest.raises(InvalidValue, match="was moved, billed or given up on 2026-02-01"):
        book.activities.write_off(call, "x", on="2026-01-10")
    assert book.check().empty


def test_what_was_there_before_a_rule_does_not_hinder_what_the_rule_is_not_about(book: Book, lease: int) -> None:
    with book.operation("an older book") as op:
        [old] = op.insert("activities", [{
            "matter": lease, "kind": "disbursement", "date": pd.Timestamp(DAY).date(), "amount": Decimal(0), "taxable": False,
            "billable": True,
        }])  # fmt: skip
    book.activities.transfer(old, "M-2", on="2026-02-01")
    book.activities.change(old, description="Court", taxable=True)
    with pytest.raises(
        InvalidValue, match=rf"activity {old} of .* \(Court\): A disbursement stands .* only with the receipt"
    ):
        book.activities.change(old, taxable=False)


def test_nobody_stops_a_stopwatch_that_is_not_theirs_by_not_saying_which(tmp_path: Path) -> None:
    with ik.open(empty_book(tmp_path / "a.duckdb"), actor="secretary") as book:
        book.users.add("ann", rate=1)
        book.stopwatches.start(book.matters.open("Lease"), worked_by="ann")
        with pytest.raises(NotFound, match="secretary is no user of this book"):
            book.stopwatches.discard()
        assert len(book.stopwatches.list()) == 1


def test_nobody_inactive_is_billed(book: Book, lease: int) -> None:
    book.activities.add(lease, worked=1, date=DAY)
    with pytest.warns(UserWarning, match="closed with 1 unbilled activity"):
        book.matters.close(lease)
    book.customers.make_inactive("Acme")
    with pytest.raises(
        InvalidValue, match="Acme is inactive since .* and cannot be billed. Activate the customer first"
    ):
        book.invoices.draft(lease, date="2026-01-31")


def test_ratios_of_next_to_nothing_do_not_end_a_report(book: Book, lease: int) -> None:
    book.matters.change(lease, budget="0.01")
    book.activities.add(lease, "expense", amount="9000000", date=DAY)
    small = book.activities.add("M-2", "expense", amount="0.01", date=DAY)
    book.invoices.finalize(book.invoices.draft(activities=small, date="2026-01-31"))
    for name in ("lock_up", "matter_profitability", "realisation", "utilisation"):
        assert book.reports.run(name, as_of="2026-01-31") is not None


def test_a_matters_file_follows_the_rules_of_matters(book: Book, lease: int, tmp_path: Path) -> None:
    book.customers.add(display_name="Dinar", currency="TND")
    book.activities.add(lease, worked=1, date=DAY)
    rows = [
        ["Matter number", "Title", "Clients", "Time step", "Hourly rate", "Opened", "Closed", "Currency", "Budget"],
        ["A", "One", "Dinar", "", "", "", "", "", "100"],
        ["A", "Another", "Acme", "", "", "", "", "", "999"],
        ["B", "Two", "Acme", "7", "", "", "", "", ""],
        ["C", "Three", "Acme", "", "-5", "", "", "", ""],
        ["D", "Four", "Acme", "", "", "2026-02-01", "2026-01-01", "", ""],
        ["M-1", "Lease", "Acme", "", "", "", "", "USD", ""],
    ]
    receipt = book.imports.read(text_table(tmp_path / "m.csv", rows), into="matters").apply()
    assert receipt.rows["reason"].fillna("").tolist() == [
        "", "row 2 says otherwise of the same matter: its title, budget, rate or currency differ",
        "time_step is one of 0, 5, 6, 10, 15 minutes, not 7. Choose one of them.", 'Hourly rate "-5" is below 0',
        "D Four cannot be closed on 2026-01-01: it was opened on 2026-02-01. Give a later day.",
        "M-1 Lease cannot be given another currency: work was noted on it in EUR. Open another matter for USD.",
    ]  # fmt: skip
    assert book.matters.get("A")["currency"] == "TND"


@pytest.mark.parametrize("heading", ["Numéro de dossier", "Número de asunto", "Aktenzeichen", "Matter number"])
def test_a_matter_is_found_under_every_label_it_has(book: Book, lease: int, tmp_path: Path, heading: str) -> None:
    rows = [[heading, "Date", "Worked by", "Hours"], ["M-1", DAY, "ana", "0.3333333"], ["M-1", DAY, "ana", "99999999"],
            ["M-1", DAY, "ana", "1 30"]]  # fmt: skip
    receipt = book.imports.read(text_table(tmp_path / "t.csv", rows), into="activities").apply()
    assert receipt.created == {"activities": 1}
    refused = receipt.rows["reason"].dropna().tolist()
    assert [reason.rpartition('"')[2] for reason in refused] == [
        " is out of range", " is not a duration; write hours as 1.5, or 1h30, 90 min or 01:30",
    ]  # fmt: skip


def test_odd_values_are_refused_in_words(book: Book, lease: int) -> None:
    made = book.activities.add(lease, worked=1, date=DAY)
    calls = (
        lambda: book.activities.add(lease, worked=1, date=pd.NaT),
        lambda: book.activities.add(lease, worked=Decimal("sNaN"), date=DAY),
        lambda: book.activities.add(lease, worked=Decimal("1E999999"), date=DAY),
        lambda: book.activities.add(lease, worked=1, tax_rate=-20, date=DAY),
        lambda: book.activities.add(lease, worked=1, tax_rate=100000, date=DAY),
        lambda: book.activities.add(lease, worked=1, external_id="X", date=DAY),
        lambda: book.activities.set_billable(made, "no"),
        lambda: book.activities.set_billable([True, made]),
        lambda: book.activities.write_off(pd.DataFrame({"name": [1]}), "x"),
        lambda: book.activities.write_off([10**30], "x"),
        lambda: book.activities.list(kind=["time"]),
        lambda: book.activities.from_record([1], lease),
        lambda: book.matters.find(5),
        lambda: book.matters.remove_party("x"),
        lambda: book.reports.wip(known_at=1.5),
        lambda: book.reports.lock_up(days=10**30),
        lambda: setattr(book.settings, "time_step", 5.0),
        lambda: book.users.add("zoe", weekly_hours=-1),
    )
    before = len(book.operations())
    for call in calls:
        with pytest.raises(InvoicekitError):
            call()
    assert len(book.operations()) == before
    assert book.matters.open("All", customers=book.customers.list()) > lease
    ids = book.activities.list()["id"]
    assert len(book.activities.rerate(ids.to_numpy(), 5)) == 1


def test_C12_a_whole_book_leaves_with_its_import_numbers_and_all(book: Book, lease: int, tmp_path: Path) -> None:
    book.activities.add(lease, worked=1, date=DAY)
    _billed(book, lease, "2026-01-31")
    with ik.open(empty_book(tmp_path / "moved.duckdb")) as other:
        receipt = other.imports.read(book.export(tmp_path / "out")).apply()
        other.undo(receipt)
        assert len(other.invoices.list()) == 0
