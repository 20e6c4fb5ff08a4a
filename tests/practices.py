"""Random practices: everything a book lives through in a year and a half, day by day, through the public API."""

from __future__ import annotations

import random
import warnings
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from invoicekit.book import Book
from invoicekit.errors import InvoicekitError
from tests.conftest import ready_to_bill

FIRST = date(2025, 1, 1)
LAST = date(2026, 6, 30)
DIGITS = {"EUR": 2, "JPY": 0, "TND": 3}
# How often each thing happens.
USUAL = {
    "invoice": 26, "issue": 9, "payment": 15, "pay one": 11, "pay for the tree": 4, "allocate": 4, "credit": 5, "credit note": 4,
    "apply credit": 3, "refund": 3, "bounce": 4, "take back": 3, "reallocate": 2, "write off": 4, "due date": 6, "close": 4,
    "inactive": 1, "work": 9, "bill work": 3, "give up work": 2, "close matter": 1,
}  # fmt: skip
ALL = [what for what, often in USUAL.items() for _ in range(often)]


@dataclass
class Practice:
    """A book, and what it does not keep by business date: which due date an invoice had until when."""

    book: Book
    due_dates: dict[int, list[tuple[date, date]]] = field(default_factory=dict)

    def due_on(self, invoice: int, now: date, as_of: date) -> date:
        """Return when an invoice fell due as was agreed by a day; ``now`` is what the book says at last."""
        for changed_on, before in self.due_dates.get(invoice, []):
            if as_of < changed_on:
                return before
        return now


class _Life:
    """Does one thing after another to a book, each on a day not before the last one."""

    def __init__(self, practice: Practice, chance: random.Random) -> None:
        self.practice, self.book, self.chance = practice, practice.book, chance
        self.count = 0
        self.customers: list[int] = []
        self.matters: list[int] = []

    def people(self) -> None:
        add = self.book.customers.add
        described: list[dict[str, Any]] = [
            {"category": "Industry", "tags": ["vip", "north"], "country": "FR", "line_of_business": "steel", "terms": "NET_30"},
            {"parent": 0, "bill_to": "self", "tags": ["vip"], "terms": "NET_10"},
            {"parent": 1, "bill_to": "self", "category": "Trade", "country": "DE"},
            {"parent": 0, "bill_to": "self", "country": "FR", "terms": "END_OF_MONTH_15"},
            {"category": "Trade", "terms": "NET_45"},
            {"parent": 4, "bill_to": "self", "tags": ["north"]},
            {"line_of_business": "wood", "country": "MX"},
            {"category": "Industry", "terms": "NET_30"},
        ]  # fmt: skip
        for place, fields in enumerate(described):
            if "parent" in fields:
                fields["parent"] = self.customers[fields["parent"]]
            self.customers.append(add(display_name=f"Customer {place}", **fields))
        for name, cost in (("ann", "40"), ("ben", "31.5")):
            self.book.users.add(name, rate="120", cost_rate=cost)
        for place, whose in enumerate((0, 2, 4, 6)):
            self.matters.append(
                self.book.matters.open(
                    f"Matter {place}", number=f"M-{place}", customers=self.customers[whose], opened_on=FIRST,
                    currency="TND" if place == 3 else "EUR",
                )
            )  # fmt: skip

    def does(self, what: str, day: date) -> None:
        self.count += 1
        try:
            getattr(self, what.replace(" ", "_"))(day)
        except InvoicekitError:
            pass  # A book refuses what makes no sense, and goes on.

    def money(self, currency: str, most: int = 300_000) -> Decimal:
        return Decimal(self.chance.randint(1, most)).scaleb(-DIGITS[currency])

    def one(self, query: str, **given: Any) -> dict[str, Any] | None:
        found = self.book._store.rows(query, **given)
        return self.chance.choice(found) if found else None

    def open_invoice(self) -> dict[str, Any] | None:
        return self.one(
            "select i.id, i.customer, i.currency, i.due_date, (select sum(amount) from entries e where e.invoice = i.id) as owed "
            "from invoices i where kind = 'invoice' and status = 'final' order by i.id"
        )

    def somebody(self) -> int:
        return self.chance.choice(self.customers)

    def invoice(self, day: date) -> None:
        currency = self.chance.choice(("EUR", "EUR", "JPY", "TND"))
        total = self.money(currency)
        fields: dict[str, Any] = {"total": total}
        if self.chance.random() < 0.3:
            fields |= {"net": (total * 5 / 6).quantize(Decimal(1).scaleb(-DIGITS[currency]))}
            fields |= {"tax": total - fields["net"]}
        self.book.invoices.record(self.somebody(), number=f"N{self.count}", date=day, currency=currency, **fields)

    def issue(self, day: date) -> None:
        rates = self.chance.sample(("20", "10", "5.5", "0"), self.chance.randint(1, 3))
        prices = [(self.chance.randint(1, 5), self.money("EUR", 40_000), rate) for rate in rates]
        lines = [
            {"description": "Advice", "quantity": many, "unit_price": price, "tax_rate": rate}
            for many, price, rate in prices
        ]
        more: dict[str, Any] = {"smallest_coin": "0.05"} if self.chance.random() < 0.4 else {}
        matter = self.chance.choice([None, *self.matters[:3]])
        who = {"customer": self.somebody(), "currency": "EUR"} if matter is None else {"matter": matter}
        self.book.invoices.finalize(self.book.invoices.draft(**who, lines=lines, date=day, **more), date=day)

    def payment(self, day: date) -> None:
        owing = self.open_invoice() if self.chance.random() < 0.8 else None
        who, currency = (owing["customer"], owing["currency"]) if owing else (self.somebody(), "EUR")
        amount = max(owing["owed"], 0) if owing and self.chance.random() < 0.4 else 0
        given: dict[str, Any] = (
            {"reference": f"R{self.count}", "method": "transfer"} if self.chance.random() < 0.5 else {}
        )
        self.book.payments.record(who, amount=amount or self.money(currency), date=day, currency=currency, **given)

    def pay_one(self, day: date) -> None:
        if owing := self.open_invoice():
            part = self.chance.choice(("1", "1", "0.5", "1.25"))
            amount = (Decimal(owing["owed"]) * Decimal(part)).quantize(Decimal(1).scaleb(-DIGITS[owing["currency"]]))
            self.book.payments.record(owing["customer"], amount=amount, date=day, invoices=owing["id"])

    def pay_for_the_tree(self, day: date) -> None:
        self.book.payments.record(
            self.customers[self.chance.choice((0, 4))], amount=self.money("EUR"), date=day, tree=True
        )

    def allocate(self, day: date) -> None:
        # Whatever waits: a payment that was taken from what it settled, or came before there was anything to settle.
        if waiting := self.one(
            "select payment from entries where invoice is null and payment is not null group by payment "
            "having sum(amount) < 0 order by payment"
        ):
            self.book.payments.allocate(waiting["payment"], on=day)

    def credit(self, day: date) -> None:
        if held := self.one("select id from invoices where series = 'own' and kind = 'invoice' and status <> 'draft'"):
            part: dict[str, Any] = {} if self.chance.random() < 0.4 else {"amount": self.money("EUR", 10_000)}
            self.book.invoices.credit(held["id"], date=day, reason="Agreed", **part)

    def credit_note(self, day: date) -> None:
        currency = self.chance.choice(("EUR", "EUR", "JPY"))
        self.book.invoices.record(
            self.somebody(), number=f"C{self.count}", date=day, total=-self.money(currency, 60_000), currency=currency
        )

    def apply_credit(self, day: date) -> None:
        note = self.one("select id, customer, currency from invoices where kind = 'credit_note' order by id")
        if note and (
            owing := self.one(
                "select id from invoices where customer = $c and currency = $m and kind = 'invoice' order by id",
                c=note["customer"], m=note["currency"],
            )
        ):  # fmt: skip
            self.book.payments.allocate_credit(note["id"], owing["id"], on=day)

    def refund(self, day: date) -> None:
        waiting = self.one(
            "select customer, currency, -sum(amount) as left from entries where invoice is null "
            "group by all having sum(amount) < 0 order by 1, 2"
        )
        if waiting:
            unit = Decimal(1).scaleb(-DIGITS[waiting["currency"]])
            part = (waiting["left"] * self.chance.choice((Decimal("0.4"), Decimal(1)))).quantize(unit)
            self.book.payments.refund(waiting["customer"], amount=part, date=day, currency=waiting["currency"])

    def bounce(self, day: date) -> None:
        if paid := self.one("select id from payments where bounced_on is null and amount > 0 order by id"):
            self.book.payments.bounce(paid["id"], on=day)

    def take_back(self, day: date) -> None:
        if standing := self.one("select id from allocations where taken_back_on is null order by id"):
            self.book.payments.take_back(standing["id"], on=day)

    def reallocate(self, day: date) -> None:
        if paid := self.one("select id from payments where bounced_on is null and amount > 0 order by id"):
            self.book.payments.reallocate(paid["id"], on=day)

    def write_off(self, day: date) -> None:
        if owing := self.open_invoice():
            part: dict[str, Any] = (
                {} if self.chance.random() < 0.5 else {"amount": self.money(owing["currency"], 2_000)}
            )
            self.book.invoices.write_off(owing["id"], reason="Not worth it", on=day, **part)

    def due_date(self, day: date) -> None:
        if owing := self.open_invoice():
            self.book.invoices.change_due_date(owing["id"], day + timedelta(days=self.chance.randint(-20, 60)), on=day)
            self.practice.due_dates.setdefault(owing["id"], []).append((day, owing["due_date"]))

    def close(self, day: date) -> None:
        if held := self.open_invoice():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.book.invoices.close(held["id"], on=day)

    def inactive(self, day: date) -> None:
        """Settle the account of the last customer, because nobody who owes or is owed is put out of use, and do that."""
        gone = self.customers[-1]
        held = "select invoice, currency, sum(amount) as amount from entries where customer = $c group by 1, 2 order by 1, 2"
        for row in self.book._store.rows(f"select * from ({held}) where invoice is not null and amount > 0", c=gone):
            self.book.invoices.write_off(row["invoice"], reason="Gone", on=day)
        for row in self.book._store.rows(f"select * from ({held}) where invoice is null and amount < 0", c=gone):
            self.book.payments.refund(gone, amount=-row["amount"], date=day, currency=row["currency"])
        self.book.customers.make_inactive(gone, since=day)

    def work(self, day: date) -> None:
        matter = self.chance.choice(self.matters)
        if self.chance.random() < 0.8:
            self.book.activities.add(
                matter, worked=f"{self.chance.randint(1, 300)} min", worked_by=self.chance.choice(("ann", "ben")), date=day,
                description="Advice", billable=self.chance.random() < 0.8,
            )  # fmt: skip
        else:
            self.book.activities.add(
                matter, "disbursement", amount=self.money("EUR", 9_000), date=day, paid_to="Registry", description="Fee"
            )

    def bill_work(self, day: date) -> None:
        self.book.invoices.finalize(
            self.book.invoices.draft(self.chance.choice(self.matters), date=day, until=day), date=day
        )

    def give_up_work(self, day: date) -> None:
        if work := self.one("select id from activities where invoice is null and billable order by id"):
            self.book.activities.write_off(work["id"], "Too long", on=day)

    def close_matter(self, day: date) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.book.matters.close(self.chance.choice(self.matters[1:]), on=day)


def live(book: Book, seed: int, steps: int) -> Practice:
    """Fill an empty book: customers in trees, matters, and ``steps`` random things in the order of their days."""
    chance = random.Random(seed)
    practice = Practice(book)
    life = _Life(practice, chance)
    ready_to_bill(book)
    life.people()
    # Whatever is drawn first, each comes as often as it is said to.
    deck: list[str] = []
    while len(deck) < steps:
        deck += chance.sample(ALL, len(ALL))
    days = sorted(chance.randint(0, (LAST - FIRST).days) for _ in range(steps))
    for after, what in zip(days, deck, strict=False):
        life.does(what, FIRST + timedelta(days=after))
    for what in ("close matter", "inactive"):
        life.does(what, LAST)
    return practice
