"""Faults that people who tried the billing parts found: each stays mended."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.errors import IllegalTransition, InvalidValue, InvoicekitError, MoreThanOpen, NotAllowed
from tests.conftest import Ticking, empty_book, ready_to_bill
from tests.test_bank import entry, statement

DAY = "2026-01-10"


@pytest.fixture
def acme(book: Book) -> int:
    ready_to_bill(book)
    return book.customers.add(display_name="Acme", tax_rate="20")


@pytest.fixture
def fee(book: Book, acme: int) -> int:
    """A fee of 150 that covers two hours noted at 100 each, issued."""
    matter = book.matters.open("Lease", customers=acme, rate="100")
    work = [book.activities.add(matter, worked="1h", date="2026-01-02") for _ in range(2)]
    return book.invoices.draft(matter, activities=work, fee="150", date=DAY)


def issued(book: Book, customer: int, *lines: dict[str, object]) -> int:
    invoice = book.invoices.draft(customer=customer, lines=lines or [{"unit_price": "100"}], date=DAY)
    book.invoices.finalize(invoice)
    return invoice


def credited(book: Book, invoice: int) -> tuple[Decimal, Decimal]:
    held = book.sql(f"select sum(net) as net, sum(tax) as tax from invoices where corrects = {invoice}").iloc[0]
    return -held["net"], -held["tax"]


def test_what_an_amount_credited_the_rest_does_not_credit_again(book: Book, acme: int) -> None:
    invoice = issued(book, acme)
    book.invoices.credit(invoice, amount="60", date="2026-02-01")
    rest = book.invoices.totals(book.invoices.credit(invoice, date="2026-02-02"))
    assert (rest["net"], rest["tax"], rest["rounding"]) == (-50, -10, 0)
    assert book.check().empty


def test_notes_in_parts_come_to_the_invoice(book: Book, acme: int) -> None:
    invoice = issued(book, acme, {"unit_price": "0.32", "quantity": "3"})
    for _ in range(3):
        book.invoices.credit(invoice, lines={1: 1}, date=DAY)
    with pytest.raises(IllegalTransition, match="was credited already, by 2, 3, 4"):
        book.invoices.credit(invoice, date=DAY)
    assert credited(book, invoice)[0] == Decimal("0.96")
    assert book.reports.open_items(as_of="2026-12-31").df.empty
    assert book.check().empty


def test_a_credit_note_never_raises_what_is_owed(book: Book, acme: int) -> None:
    invoice = issued(book, acme, {"unit_price": "100"}, {"unit_price": "30", "quantity": "-1"})
    with pytest.raises(InvalidValue, match="a credit note lowers what is owed"):
        book.invoices.credit(invoice, lines=[2], date=DAY)
    free = issued(book, acme, {"unit_price": "0"})
    book.invoices.credit(free, date=DAY)


def test_an_invoice_of_another_system_is_credited_at_its_own_tax(book: Book, acme: int) -> None:
    ten = book.invoices.record(acme, number="E1", date="2026-01-01", total="110", net="100", tax="10")
    assert book.invoices.taxes(book.invoices.credit(ten, amount="55", date=DAY))[["base", "tax"]].values.tolist() == [
        [-50, -5]
    ]
    book.invoices.credit(ten, date=DAY)
    assert credited(book, ten) == (100, 10)
    none = book.invoices.record(acme, number="E2", date="2026-01-01", total="100")
    assert book.invoices.taxes(book.invoices.credit(none, amount="50", date=DAY))["tax"].tolist() == [0]


def test_work_that_a_fee_covers_is_freed_with_all_of_the_fee(book: Book, fee: int) -> None:
    book.invoices.finalize(fee)
    with pytest.raises(InvalidValue, match="is work that a fee covers: credit the line of the fee, 1"):
        book.invoices.credit(fee, lines=[2], date=DAY)
    book.invoices.credit(fee, lines={1: "0.5"}, date=DAY)
    assert set(book.activities.list()["state"]) == {"billed"}
    book.invoices.credit(fee, date=DAY)
    assert set(book.activities.list()["state"]) == {"unbilled"}
    assert sum(book.reports.realisation(as_of="2026-12-31").df["billed"]) == 0
    assert book.check().empty


def test_a_line_more_changes_nothing_of_the_fee(book: Book, fee: int) -> None:
    book.invoices.add_lines(fee, [{"description": "post", "unit_price": "10"}])
    assert book.invoices.lines(fee)["covered_by"].fillna(0).tolist() == [0, 1, 1, 0]
    with pytest.raises(InvalidValue, match="the fee that covers work"):
        book.invoices.remove_lines(fee, [1])
    book.invoices.change_line(fee, 1, discount="50")
    assert book.invoices.lines(fee)["realised"].fillna(0).tolist() == [0, 50, 50, 0]


def test_work_is_free_again_once_the_notes_together_credit_it_whole(book: Book, acme: int) -> None:
    matter = book.matters.open("Lease", customers=acme, rate="100")
    for _ in range(3):
        book.activities.add(matter, worked="1h", date="2026-01-02")
    invoice = book.invoices.draft(matter, date=DAY)
    book.invoices.finalize(invoice)
    book.invoices.credit(invoice, lines={1: "0.5", 2: "1"}, date=DAY)
    assert book.activities.list()["state"].tolist() == ["billed", "unbilled", "billed"]
    book.invoices.credit(invoice, date=DAY)
    assert set(book.activities.list()["state"]) == {"unbilled"}
    assert credited(book, invoice) == (300, 60)
    assert book.check().empty


def test_discounts_stay_what_they_were_said_to_be_of(book: Book, acme: int) -> None:
    of_one = book.invoices.draft(
        customer=acme,
        lines=[{"unit_price": "100"}],
        discounts=[{"percent": "10", "reason": "r", "tax_rate": "20"}],
        date=DAY,
    )
    book.invoices.add_lines(of_one, [{"unit_price": "100", "tax_rate": "10"}])
    assert book.invoices.totals(of_one)["discounts"] == 10
    of_all = book.invoices.draft(
        customer=acme, lines=[{"unit_price": "100"}], discounts=[{"amount": "10", "reason": "r"}], date=DAY
    )
    book.invoices.change_line(of_all, 1, tax_rate="10")
    assert book.invoices.taxes(of_all)[["tax_rate", "base", "tax"]].values.tolist() == [[10, 90, 9]]


def test_money_taken_back_is_applied_again_from_that_day_on(book: Book, acme: int) -> None:
    invoice = book.invoices.record(acme, number="F1", date=DAY, total="100")
    paid = book.payments.record(acme, amount="100", date="2026-02-01", invoices=invoice)
    book.payments.take_back(1, on="2026-04-08")
    with pytest.raises(InvalidValue, match="comes before 2026-04-08, when money was taken back"):
        book.payments.allocate(paid, invoice, on="2026-02-02")
    with pytest.raises(InvalidValue, match="On 2026-04-08 money was taken back"):
        book.invoices.write_off(invoice, reason="x", on="2026-03-01")
    assert book.payments.apply() == 1
    assert book.reports.open_items(as_of="2026-03-01").df.empty
    assert book.reports.open_items(as_of="2026-04-08").df.empty
    other = book.invoices.record(acme, number="F2", date=DAY, total="100")
    with pytest.raises(InvalidValue, match="parts of the smallest unit"):
        book.payments.record(acme, amount="10", date="2026-05-01", invoices={other: "0.001"})


def test_another_rhythm_bills_nothing_again(book: Book, acme: int) -> None:
    book.recurring.add("R", acme, lines=[{"unit_price": 1}], starts_on="2026-01-31")
    book.recurring.run(until="2026-03-31", final=True)
    book.recurring.change("R", starts_on="2026-01-15")
    assert book.recurring.preview(until="2026-04-20")["period"].astype(str).tolist() == ["2026-04-15"]


def test_two_series_never_write_one_number(book: Book, acme: int) -> None:
    book.series.change(prefix="F{year}-")
    with pytest.raises(InvalidValue, match="would write the same numbers"):
        book.series.change("credit notes", prefix="F2026-")
    issued(book, acme)
    with pytest.raises(InvalidValue, match="the series gave F2026-1 already, and has no gap"):
        book.series.change(first=10)
    book.series.change(prefix="A-")
    issued(book, acme)
    assert book.check().empty


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"number": "77"}, "A draft does not say number"),
        ({"due_date": "2020-01-01"}, "it falls due on 2020-01-01, before it"),
        ({"date": "2206-03-01"}, "that is more than a year away"),
        ({"date": ""}, "is not a date"),
        ({"lines": None}, "Lines are given as a list of dicts"),
        ({"lines": [{5: 1}]}, "Lines are given as a list of dicts"),
        ({"discounts": ["x"]}, "Discounts are given as a list of dicts"),
    ],
)
def test_wrong_drafts_are_refused_in_words(book: Book, acme: int, wrong: dict[str, object], said: str) -> None:
    given: dict[str, object] = {"lines": [{"unit_price": 1}], "date": DAY, **wrong}
    with pytest.raises(InvoicekitError, match=said):
        book.invoices.finalize(book.invoices.draft(customer=acme, **given))  # type: ignore[arg-type]


def test_what_is_empty_is_not_taken_for_something_else(book: Book, fee: int, acme: int) -> None:
    invoice = book.invoices.record(acme, number="1", date=DAY, total=1)
    for call, said in (
        (lambda: book.payments.record(acme, amount="50", date=""), "A payment needs a date"),
        (lambda: book.invoices.record(acme, number="z", date="", total=1), "needs a date"),
        (lambda: book.settings.__setattr__("lock_date", ""), "is not a date"),
        (lambda: book.invoices.add_work(fee, None), "Nothing says which work"),  # type: ignore[arg-type]
        (lambda: book.invoices.mark_sent(invoice, by=""), "Nothing says how"),
        (lambda: book.invoices.mark_sent(invoice, on="2025-01-01"), "cannot be sent on 2025-01-01, before it"),
        (lambda: book.payments.take_back("x"), "There is no allocation 'x'"),  # type: ignore[arg-type]
        (lambda: book.invoices.list(status="x"), "Invoices are draft, final or closed"),
        (lambda: book.invoices.credit(invoice, lines=5), "are no lines"),  # type: ignore[arg-type]
        (lambda: book.series.change("s", prefix="S-", first=2**63), "at most fifteen digits"),
    ):
        with pytest.raises(InvoicekitError, match=said):
            call()  # type: ignore[no-untyped-call]


def test_a_due_date_of_the_terms_follows_the_day_of_issue(book: Book, acme: int) -> None:
    book.customers.change(acme, terms="NET_30")
    invoice = book.invoices.draft(customer=acme, lines=[{"unit_price": 1}], date=DAY)
    book.invoices.finalize(invoice, date="2026-05-01")
    assert str(book.invoices.get(invoice)["due_date"]) == "2026-05-31"


def test_undo_takes_the_role_that_doing_took(tmp_path: Path) -> None:
    path = empty_book(tmp_path / "a.duckdb")
    with ik.open(path, actor="ana", clock=Ticking()) as book:
        for user in ("ana", "dan"):
            book.users.add(user)
        book.access.grant("ana", "owner")
        first = int(book.operations()["id"].iloc[0])
        book.access.grant("ana", "processing")
        with pytest.raises(InvalidValue, match="Nobody would be owner"):
            book.undo(first)
    with (
        ik.open(path, actor="dan", clock=Ticking()) as book,
        pytest.raises(NotAllowed, match="dan cannot give or take roles"),
    ):
        book.undo(first)


def test_undo_takes_the_role_that_doing_took_whatever_the_operation_was_called(tmp_path: Path) -> None:
    path = empty_book(tmp_path / "a.duckdb")
    with ik.open(path, actor="ana", clock=Ticking()) as book:
        for user in ("ana", "dan"):
            book.users.add(user)
        for role in ("owner", "processing"):
            book.access.grant("ana", role)
        acme = book.customers.add(display_name="Acme")
        invoice, other = (book.invoices.record(acme, number=n, date="2026-01-01", total="10") for n in "12")
        book.payments.record(acme, amount="10", date="2026-01-02", invoices=invoice)
        done = []
        with book.operation("tidy up"):
            book.invoices.close(invoice)
        done.append(int(book.operations()["id"].iloc[0]))
        with book.operation("tidy up"):
            book.invoices.dispute(other, "Too much")
        done.append(int(book.operations()["id"].iloc[0]))
        book.reminders.levels = {1: 3, 2: 10}
        done.append(int(book.operations()["id"].iloc[0]))
        book.documents.templates.new("ours")
        done.append(int(book.operations()["id"].iloc[0]))
    with ik.open(path, actor="dan", clock=Ticking()) as book:
        for operation in done:
            with pytest.raises(NotAllowed, match='dan cannot undo what changed .*: it takes the role "processing"'):
                book.undo(operation)
    with ik.open(path, actor="ana", clock=Ticking()) as book:
        for operation in reversed(done):
            book.undo(operation)
        assert book.check().empty


def test_a_merge_leaves_one_permission(book: Book) -> None:
    one, two = book.customers.add(display_name="A"), book.customers.add(display_name="Z")
    book.users.add("ana")
    book.access.grant("ana", "owner")
    for customer in (one, two):
        book.access.grant("ana", "owner", customer=customer)
    book.customers.merge(two, into=one).confirm()
    assert book.check().empty
    assert len(book.access.list()) == 2


def test_a_movement_is_known_by_more_than_a_number_that_comes_again(book: Book, acme: int, tmp_path: Path) -> None:
    read = [
        book.bank.read(
            statement(tmp_path / f"{n}.xml", entry(f"{n}.00", "x", party="Acme", ref=ref, day=f"2026-0{n}-02"))
        )
        for n, ref in ((3, "NONREF"), (4, "NONREF"), (5, "SAME"), (6, "SAME"))
    ]
    for one in read:
        one.accept(1)
    assert len(book.payments.list()) == 4
    assert book.bank.read(tmp_path / "3.xml").df["state"].tolist() == ["booked"]
    twice = statement(
        tmp_path / "t.xml", entry("9.00", "x", party="Acme", ref="R"), entry("9.00", "x", party="Acme", ref="R")
    )
    assert book.bank.read(twice).df["state"].tolist() == ["proposed", "proposed"]
    for wrong in ('Ccy="EURO"', 'Ccy=""'):
        path = tmp_path / "wrong.xml"
        path.write_text(twice.read_text(encoding="utf-8").replace('Ccy="EUR"', wrong), encoding="utf-8")
        with pytest.raises(InvoicekitError, match="is no currency"):
            book.bank.read(path)


def test_a_return_that_is_read_twice_bounces_once(book: Book, acme: int, tmp_path: Path) -> None:
    iban = "DE89370400440532013000"
    paid = [entry("100.00", "x", party="Acme", account=iban, ref=ref) for ref in ("A1", "A2")]
    book.bank.read(statement(tmp_path / "in.xml", *paid)).accept([1, 2])
    back = entry(
        "-100.00", "back", account=iban, ref="B1", day="2026-04-09", more="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
    )
    book.bank.read(statement(tmp_path / "out.xml", back)).accept(at_least=0.5)
    assert book.bank.read(tmp_path / "out.xml").df["state"].tolist() == ["booked"]
    assert book.payments.list()["bounced_on"].notna().sum() == 1


def test_more_than_a_credit_holds_is_refused(book: Book, acme: int) -> None:
    invoice = issued(book, acme)
    book.invoices.credit(invoice, amount="100", date=DAY)
    with pytest.raises(MoreThanOpen, match=r"EUR 21.00 cannot be credited: of invoice 1 EUR 20.00 is not credited yet"):
        book.invoices.credit(invoice, amount="21", date=DAY)


def test_a_draft_follows_how_its_customer_is_taxed_and_never_in_silence(book: Book, acme: int) -> None:
    said = {"unit_price": "10", "tax_rate": "20"}
    invoice = book.invoices.draft(customer=acme, lines=[{"unit_price": "100"}, said], date=DAY)
    book.customers.change(acme, tax_category="reverse_charge", tax_id="DE136695976", country="DE")
    with pytest.raises(
        InvalidValue, match="is taxed as standard, and Acme would be taxed as reverse_charge now. Work it out anew"
    ):
        book.invoices.finalize(invoice)
    book.invoices.change(invoice)
    assert book.invoices.taxes(invoice)[["tax_category", "base", "tax"]].values.tolist() == [
        ["standard", 10, 2], ["reverse_charge", 100, 0],
    ]  # fmt: skip
    book.invoices.finalize(invoice)


def test_S4_28_a_line_without_a_quantity_is_credited_as_one(book: Book) -> None:
    ready_to_bill(book)
    acme = book.customers.add(display_name="Acme")
    invoice = book.invoices.draft(
        customer=acme, date="2026-01-10", lines=[{"description": "Advice", "unit_price": "100"}]
    )
    book.invoices.finalize(invoice)
    note = book.invoices.credit(invoice, lines=[1], date="2026-01-11")
    assert book.invoices.get(note)["total"] == -100
