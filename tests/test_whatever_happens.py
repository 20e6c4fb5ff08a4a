"""A book to which everything happens in any order: no identity is ever broken.

People, matters, work, invoices, money, imports, merges, undo, the second clock, backups, and closing the book and opening it again,
in one machine. Proves C4, C5, C13, C18, M1, M3, M4, M8, S1.17, S1.40, S3.8, S4.28.
"""

from __future__ import annotations

import tempfile
import warnings
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.errors import InvoicekitError, UndoRefused
from tests.actions import START, TREE, actions, perform
from tests.conftest import Ticking, contents, empty_book, ready_to_bill

ZERO = Decimal(0)
LATE = START + timedelta(days=10_000)
# The days on which earlier reports are asked for again.
ASKED = (START + timedelta(days=60), START + timedelta(days=150))
REPORTS = ("balances", "open_items", "aging", "inactive_customers", "closed_invoices", "wip")

# What was given up of an invoice settles it by no payment and no credit note.
GIVEN_UP = (
    "(select customer, id as billed from invoices) i join allocations a on a.invoice = i.billed "
    "where a.payment is null and a.credit_note is null"
)

which = st.integers(0, 7)
days = st.integers(0, 200).map(lambda after: START + timedelta(days=after))
minutes = st.integers(1, 300).map(lambda count: f"{count} min")
cents = st.integers(1, 200_000).map(lambda value: Decimal(value) / 100)


def pictures(book: Book, known_at: int | None = None) -> dict[str, list[dict[str, object]]]:
    """Return what reports say as of fixed days."""
    return {
        f"{name} {day}": book.reports.run(name, as_of=day, known_at=known_at).table.to_pylist()
        for name in REPORTS
        for day in ASKED
    }


class Practice(RuleBasedStateMachine):
    """A book, and what it said earlier."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        self.clock = Ticking()
        self.book = self._opened(empty_book(self.folder / "a.duckdb"))
        self.seen: dict[int, dict[str, list[dict[str, object]]]] = {}
        self.states: dict[int, dict[str, list[tuple[object, ...]]]] = {}
        self.checked = 0
        self.files = 0

    def _opened(self, path: Path) -> Book:
        return ik.open(path, actor="ana", clock=self.clock)

    def teardown(self) -> None:
        try:
            if hasattr(self, "matters"):
                self.earlier_reports_are_given_again()
                self.everything_is_taken_back()
        finally:
            self.book.close()
            self.stack.close()

    # What it can be told

    @property
    def done(self) -> int:
        """How many operations there were."""
        return int(self.rows("select coalesce(max(id), 0) as n from operations")[0]["n"])

    def rows(self, query: str, **given: Any) -> list[dict[str, Any]]:
        return self.book._store.rows(query, **given)

    def one(self, query: str, place: int) -> Any:
        """Return the id of one of what a query finds, if it finds any."""
        found = self.rows(f"select id from {query} order by id")
        return found[place % len(found)]["id"] if found else None

    def tries(self, act: Callable[[], object]) -> None:
        """Do something, as far as the book allows it; what is refused changes nothing."""
        before = self.done
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                act()
            except InvoicekitError:
                assert self.done == before

    # What happens

    @initialize()
    def a_practice_begins(self) -> None:
        ready_to_bill(self.book)
        acme = self.book.customers.add(display_name="Acme", tax_rate="20")
        branch = self.book.customers.add(display_name="North", parent=acme)
        self.book.users.add("ana", rate="120")
        self.matters = [
            self.book.matters.open(f"Matter {nth}", customers=client, rate=100, opened_on=START)
            for nth, client in enumerate((acme, branch))
        ]
        self.first = self.done

    @rule(action=actions)
    def people_and_recorded_documents(self, action: tuple[Any, ...]) -> None:
        total = "select coalesce(sum(amount), 0) as total from entries"
        owed = self.rows(total)
        perform(self.book, action)
        assert action[0] not in TREE or self.rows(total) == owed, f"{action} changed what is owed in all"

    @rule(matter=st.integers(0, 1), worked=minutes, day=days, billable=st.booleans())
    def work_is_noted(self, matter: int, worked: str, day: date, billable: bool) -> None:
        self.tries(
            lambda: self.book.activities.add(
                self.matters[matter], worked=worked, worked_by="ana", date=day, billable=billable
            )
        )

    @rule(matter=st.integers(0, 1), amount=cents, day=days)
    def something_is_paid_for_a_client(self, matter: int, amount: Decimal, day: date) -> None:
        self.tries(
            lambda: self.book.activities.add(
                self.matters[matter], "disbursement", amount=amount, date=day, paid_to="Court"
            )
        )

    @rule(
        what=st.sampled_from(["worked", "date", "transfer", "billable", "write off", "restore", "remove"]),
        place=which, worked=minutes, day=days, yes=st.booleans(),
    )  # fmt: skip
    def work_is_changed(self, what: str, place: int, worked: str, day: date, yes: bool) -> None:
        work = self.one("activities", place)
        if work is None:
            return
        held = self.book.activities
        acts: dict[str, Callable[[], object]] = {
            "worked": lambda: held.change(work, worked=worked),
            "date": lambda: held.change(work, date=day),
            "transfer": lambda: held.transfer(work, self.matters[yes], on=day),
            "billable": lambda: held.set_billable(work, yes),
            "write off": lambda: held.write_off(work, "x", on=day),
            "restore": lambda: held.restore(work, on=day),
            "remove": lambda: held.remove(work),
        }
        self.tries(acts[what])

    @rule(matter=st.integers(0, 1), day=days, fee=st.none() | cents)
    def work_is_drafted(self, matter: int, day: date, fee: Decimal | None) -> None:
        more = {} if fee is None else {"fee": fee}
        self.tries(lambda: self.book.invoices.draft(self.matters[matter], date=day, **more))

    @rule(
        place=which,
        amounts=st.lists(st.tuples(cents, st.sampled_from(["0", "5.5", "20"])), min_size=1, max_size=3),
        day=days,
    )
    def an_invoice_is_drafted(self, place: int, amounts: list[tuple[Decimal, str]], day: date) -> None:
        customer = self.one("customers where merged_into is null", place)
        lines = [{"description": "Advice", "unit_price": price, "tax_rate": rate} for price, rate in amounts]
        self.tries(lambda: self.book.invoices.draft(customer=customer, lines=lines, date=day))

    @rule(place=which, day=days, what=st.sampled_from(["finalize", "finalize", "delete", "send"]))
    def a_draft_goes_on(self, place: int, day: date, what: str) -> None:
        invoice = self.one(f"invoices where status {'=' if what != 'send' else '<>'} 'draft'", place)
        held = self.book.invoices
        acts: dict[str, Callable[[], object]] = {
            "finalize": lambda: held.finalize(invoice, date=day),
            "delete": lambda: held.delete_draft(invoice),
            "send": lambda: held.mark_sent(invoice, on=day, by="post"),
        }
        if invoice is not None:
            self.tries(acts[what])

    @rule(
        what=st.sampled_from(["credit", "credit part", "write off", "due date"]),
        place=which, amount=cents, day=days, free=st.booleans(),
    )  # fmt: skip
    def an_invoice_is_corrected(self, what: str, place: int, amount: Decimal, day: date, free: bool) -> None:
        invoice = self.one("invoices where kind = 'invoice' and status <> 'draft'", place)
        if invoice is None:
            return
        held = self.book.invoices
        acts: dict[str, Callable[[], object]] = {
            "credit": lambda: held.credit(invoice, date=day, free_work=free),
            "credit part": lambda: held.credit(invoice, amount=amount, date=day),
            "write off": lambda: held.write_off(invoice, reason="x", on=day),
            "due date": lambda: held.change_due_date(invoice, day + timedelta(days=30), on=day),
        }
        self.tries(acts[what])

    @rule(
        what=st.sampled_from(["pay", "tree", "refund", "allocate", "reallocate", "bounce", "take back", "apply credit"]),
        place=which, other=which, amount=cents, day=days,
    )  # fmt: skip
    def money_moves(self, what: str, place: int, other: int, amount: Decimal, day: date) -> None:
        customer = self.one("customers where merged_into is null", place)
        paid, settled = self.one("payments", place), self.one("allocations", place)
        note = self.one("invoices where kind = 'credit_note' and status <> 'draft'", place)
        owed = self.one("invoices where kind = 'invoice' and status <> 'draft'", other)
        held = self.book.payments
        acts: dict[str, Callable[[], object]] = {
            "pay": lambda: held.record(customer, amount=amount, date=day),
            "tree": lambda: held.record(customer, amount=amount, date=day, tree=True),
            "refund": lambda: held.refund(customer, amount=amount, date=day),
            "allocate": lambda: held.allocate(paid, on=day),
            "reallocate": lambda: held.reallocate(paid, on=day),
            "bounce": lambda: held.bounce(paid, on=day),
            "take back": lambda: held.take_back(settled, on=day),
            "apply credit": lambda: held.allocate_credit(note, owed, on=day),
        }
        self.tries(acts[what])

    @rule(names=st.lists(which, min_size=1, max_size=4), total=cents, day=days)
    def a_workbook_comes(self, names: list[int], total: Decimal, day: date) -> None:
        self.files += 1
        path = self.folder / f"{self.files}.csv"
        rows = [f"I{self.files}-{nth};Customer {name};{day};{total}" for nth, name in enumerate(names)]
        path.write_text("\n".join(["Invoice number;Customer name;Invoice date;Total", *rows]), encoding="utf-8")
        self.tries(lambda: self.book.imports.read(path, into="invoices").apply())

    @rule(day=days)
    def a_period_is_closed_for_a_while(self, day: date) -> None:
        self.book.settings.lock_date = day
        self.tries(lambda: self.book.payments.record("Acme", amount=1, date=day))
        self.book.settings.lock_date = None

    @rule(place=which, other=which)
    def a_merge_and_its_undo_leave_nothing(self, place: int, other: int) -> None:
        before, was, seen = contents(self.book), self.done, pictures(self.book)
        perform(self.book, ("merge", place, other))
        if self.done > was:
            assert self.book.undo(self.done).kept.empty
            assert contents(self.book) == before
            assert pictures(self.book) == seen == pictures(self.book, known_at=was)

    @precondition(lambda self: self.done > self.first)
    @rule(back=st.integers(0, 25))
    def something_is_undone(self, back: int) -> None:
        number = self.done - back % (self.done - self.first)
        before = contents(self.book)
        try:
            self.book.undo(number)
        except UndoRefused:
            assert contents(self.book) == before
        except InvoicekitError:
            assert contents(self.book) == before

    @rule()
    def reports_are_asked_for(self) -> None:
        self.seen[self.done] = pictures(self.book)

    @rule()
    def the_book_is_closed_and_opened_again(self) -> None:
        before = contents(self.book)
        self.book.close()
        self.book = self._opened(self.folder / "a.duckdb")
        assert not self.book.notes
        assert contents(self.book) == before

    @rule(name=st.sampled_from(["Acme", "North"]))
    def a_backup_is_put_back(self, name: str) -> None:
        before, sealed = contents(self.book), self.book.seal
        made = self.book.backup(keep=2)
        self.tries(lambda: self.book.customers.change(name, phone="1"))
        self.book.restore(made)
        assert contents(self.book) == before
        assert self.book.check(seal=sealed).empty
        # What was done in between is done no more; the operation that says so has its number now.
        self.states = {number: state for number, state in self.states.items() if number < self.done}

    # What always holds

    @invariant()
    def every_identity_holds(self) -> None:
        if self.done == self.checked:
            return
        self.checked = self.done
        found = self.book.check()
        assert found.empty, found.to_dict("records")
        self.states[self.done] = contents(self.book)
        self.work_is_billed_at_most_once()
        self.amounts_agree()

    def work_is_billed_at_most_once(self) -> None:
        """S3.8: on one invoice that is not credited, or on none."""
        assert not self.rows(
            "select lines.activity from invoice_lines lines join invoices i on i.id = lines.invoice "
            "where lines.activity is not null and i.kind = 'invoice' "
            "and not exists (select 1 from invoices note where note.corrects = i.id and note.status <> 'draft') "
            "group by 1 having count(distinct i.id) > 1"
        )

    def amounts_agree(self) -> None:
        """M1: documents, balances, open items and aging say the same of everybody, to the cent; nothing is applied twice."""
        for day in (*ASKED, LATE):
            owed: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
            for query, field in (
                ("invoices where status <> 'draft' and date <= $day", "total"),
                ("payments where date <= $day", "-amount"),
                ("payments where bounced_on <= $day", "amount"),
                (f"{GIVEN_UP} and a.date <= $day", "-a.amount"),
                (f"{GIVEN_UP} and a.taken_back_on <= $day", "a.amount"),
            ):
                for row in self.rows(f"select customer, currency, {field} as amount from {query}", day=day):
                    owed[row["customer"], row["currency"]] += row["amount"]
            balances = self.book.reports.balances(as_of=day).table.to_pylist()
            aging = self.book.reports.aging(as_of=day).table.to_pylist()
            by_item: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
            for item in self.book.reports.open_items(as_of=day).table.to_pylist():
                by_item[item["customer_id"], item["currency"]] += item["amount"]
            documents = {key: amount for key, amount in owed.items() if amount}
            assert documents == {
                (row["customer_id"], row["currency"]): row["balance"] for row in balances if row["balance"]
            }
            assert documents == {key: amount for key, amount in by_item.items() if amount}
            assert documents == {
                (row["customer_id"], row["currency"]): row["balance"] for row in aging if row["balance"]
            }
            buckets = ("current", "days_1_30", "days_31_60", "days_61_90", "days_over_90", "unapplied")
            assert all(sum(row[bucket] for bucket in buckets) == row["balance"] for row in aging)
            assert all(row["invoiced"] - row["paid"] - row["written_off"] == row["balance"] for row in balances)
        assert not self.rows(
            "select payment from allocations where taken_back_on is null group by payment having sum(amount) > "
            "(select amount from payments where payments.id = allocations.payment)"
        )
        unbilled = self.rows(
            "select coalesce(sum(a.amount), 0) as amount from activities a left join invoices i on i.id = a.invoice "
            "where a.billable and a.written_off_on is null and coalesce(i.status, 'draft') = 'draft'"
        )[0]["amount"]
        assert sum((row["wip"] for row in self.book.reports.wip(as_of=LATE).table.to_pylist()), ZERO) == unbilled

    def earlier_reports_are_given_again(self) -> None:
        """M3: a report asked known_at an earlier operation is what it was then."""
        for operation, picture in self.seen.items():
            assert pictures(self.book, known_at=operation) == picture, f"known at {operation}"

    def everything_is_taken_back(self) -> None:
        """M4: undoing everything, last first, passes through every earlier state, as far as the book lets anybody go back."""
        for operation in range(self.done, self.first, -1):
            try:
                undone = self.book.undo(operation)
            except InvoicekitError:
                return
            assert undone.kept.empty
            if operation - 1 in self.states:
                assert contents(self.book) == self.states[operation - 1], f"undo of {operation}"
        assert self.book.check().empty


usual = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
)  # fmt: skip


class TestC4_C5_C13_C18_M1_M3_M4_M8_S1_17_S1_40_S3_8(Practice.TestCase):  # type: ignore[name-defined, misc] # noqa: N801
    settings = settings(usual, max_examples=4, stateful_step_count=20)


@pytest.mark.long
class TestWhateverHappensAtLength(Practice.TestCase):  # type: ignore[name-defined, misc]
    settings = settings(usual, max_examples=20, stateful_step_count=50)
