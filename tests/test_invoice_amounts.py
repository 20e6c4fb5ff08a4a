"""What a draft comes to, beside the figures of others and beside a slow calculation made here.

Proves, without a look at the statements that do the arithmetic: the sums of 32 public EN 16931 invoices follow from their lines,
or it is said of each why not; random documents agree to the last unit, in currencies of 0, 2, 3 and 4 digits; the rules BR-CO-10
to BR-CO-17 hold on what the book says; where prices include tax, what is to pay is what the lines said.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invoicekit import money
from invoicekit.book import Book
from invoicekit.errors import InvalidValue
from invoicekit.ledger.billing import amounts
from invoicekit.schema.billing import TAX_CATEGORIES
from tests.conftest import ready_to_bill

Row = dict[str, Any]
Group = tuple[str, Decimal]

DAY = date(2026, 1, 5)
DIGITS = {"EUR": 2, "JPY": 0, "TND": 3, "CLF": 4}

# Drafts never touch each other, so that all examples go into one book.
few = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def acme(book: Book) -> int:
    ready_to_bill(book)
    return book.customers.add(display_name="Acme", tax_id="IE6388047V")


# A calculation of its own


@dataclass(frozen=True)
class Document:
    """What somebody asks to be drafted."""

    currency: str
    lines: list[Row]
    discounts: list[Row]
    charges: list[Row]
    coin: Decimal | None = None
    inclusive: bool = False

    @property
    def unit(self) -> Decimal:
        return Decimal(1).scaleb(-DIGITS[self.currency])

    @property
    def head(self) -> Row:
        return {"currency": self.currency, "smallest_coin": self.coin, "prices_include_tax": self.inclusive or None}


@dataclass
class Written:
    """What the book says of it."""

    head: Row
    lines: list[Row] = field(default_factory=list)
    adjustments: list[Row] = field(default_factory=list)
    taxes: list[Row] = field(default_factory=list)


def written(book: Book, invoices: Sequence[int]) -> list[Written]:
    """Return what a book says of documents, in their order; within an operation, what that wrote so far."""
    first, last = min(invoices), max(invoices)
    rows = book._store.rows
    found = {
        row["id"]: Written(row)
        for row in rows("select * from invoices where id between $first and $last", first=first, last=last)
    }
    for name in ("lines", "adjustments", "taxes"):
        order = "tax_category, tax_rate" if name == "taxes" else "position"
        query = f"select * from invoice_{name} where invoice between $first and $last order by invoice, {order}"
        for row in rows(query, first=first, last=last):
            getattr(found[row["invoice"]], name).append(row)
    return [found[invoice] for invoice in invoices]


def records(frame: pd.DataFrame) -> list[Row]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def half_up(value: Decimal, unit: Decimal) -> Decimal:
    """Round to whole units, halves away from zero."""
    return ((abs(value) / unit + Decimal("0.5")) // 1 * unit).copy_sign(value)


def group_of(part: Mapping[str, Any]) -> Group:
    """Return category and rate; who says nothing of the category is taxed, or at a rate of zero."""
    rate = Decimal(part.get("tax_rate") or 0)
    return part.get("tax_category") or ("standard" if rate else "zero_rated"), rate


def groups_of(adjustment: Row, groups: Mapping[Group, Decimal]) -> dict[Group, Decimal]:
    """Return the tax groups a discount or charge is of, with what their lines come to."""
    if adjustment.get("tax_category") is None and adjustment.get("tax_rate") is None:
        return dict(groups)
    category, rate = adjustment.get("tax_category"), adjustment.get("tax_rate")
    chosen = {group: worth for group, worth in groups.items() if group[0] == category and rate in (None, group[1])}
    return chosen or {group_of(adjustment): Decimal(0)}


def share_is_fair(
    whole: Decimal, weights: Mapping[Group, Decimal], shares: Mapping[Group, Decimal], unit: Decimal
) -> None:
    """Who gets the unit that is left over is free; nobody gets more than one beside what is due."""
    assert shares.keys() == weights.keys()
    assert sum(shares.values()) == whole
    assert not any(share % unit for share in shares.values())
    total = sum(weights.values(), Decimal(0))
    if total and (min(weights.values()) >= 0 or max(weights.values()) <= 0):
        for group, share in shares.items():
            assert abs(share - whole * weights[group] / total) <= unit, group


def agrees(asked: Document, said: Written) -> None:
    """Work a document out, and compare to the last unit.

    Quantity times price is rounded, and then the discount taken off; tax is on the sum of a category and rate.
    """
    unit, kept = asked.unit, "gross" if asked.inclusive else "net"
    worth = [
        half_up(line["quantity"] * line["unit_price"] / (line.get("price_per") or 1), unit)
        - (line.get("discount") or 0)
        for line in asked.lines
    ]
    assert [line[kept] for line in said.lines] == worth
    assert [group_of(line) for line in said.lines] == [group_of(line) for line in asked.lines]
    groups: dict[Group, Decimal] = defaultdict(Decimal)
    for line, amount in zip(asked.lines, worth, strict=True):
        groups[group_of(line)] += amount
    sums = defaultdict(Decimal, groups)
    kept = "gross" if asked.inclusive else "amount"
    for sign, adjustments in ((-1, asked.discounts), (1, asked.charges)):
        for one in adjustments:
            found = {group_of(row): row[kept] for row in said.adjustments if row["reason"] == one["reason"]}
            of = groups_of(one, groups)
            if "percent" in one:
                assert found == {group: half_up(amount * one["percent"] / 100, unit) for group, amount in of.items()}
            else:
                share_is_fair(one["amount"], of, found, unit)
            for group, amount in found.items():
                sums[group] += sign * amount
    taxes = {group_of(row): (row["base"], row["tax"]) for row in said.taxes}
    payable = said.head["total"] + (said.head["rounding"] or 0)
    if asked.inclusive:
        tax_was_included(said, sums, unit)
        due = sum(sums.values(), Decimal(0))
        if asked.coin is None:
            assert abs(said.head["rounding"] or 0) <= unit * len(taxes)
    else:
        assert taxes == {group: (base, half_up(base * group[1] / 100, unit)) for group, base in sums.items()}
        due = said.head["total"]
    assert payable == (half_up(due, asked.coin) if asked.coin else due)
    assert said.head["net"] == sum(base for base, _ in taxes.values())
    assert said.head["tax"] == sum(tax for _, tax in taxes.values())
    assert said.head["total"] == said.head["net"] + said.head["tax"]


def tax_was_included(said: Written, sums: Mapping[Group, Decimal], unit: Decimal) -> None:
    """Each group is worth what was asked for it with tax, less that tax; the nets of its parts make its base, and none strays."""
    bases: dict[Group, Decimal] = defaultdict(Decimal)
    for sign, name, parts in ((1, "net", said.lines), (0, "amount", said.adjustments)):
        for part in parts:
            bases[group_of(part)] += part[name] * (sign or {"discount": -1, "charge": 1}[part["kind"]])
            assert not part[name] % unit
            assert abs(part[name] - part["gross"] * 100 / (100 + group_of(part)[1])) <= unit, part
    assert {group_of(row): row["base"] for row in said.taxes} == bases
    assert bases.keys() == sums.keys()
    for (category, rate), base in bases.items():
        exact = sums[category, rate] * 100 / (100 + rate)
        assert abs(base - exact) * 2 <= unit, (category, rate)


def rules_hold(book: Book, invoice: int, unit: Decimal) -> None:
    """BR-CO-10 to BR-CO-17 (EN 16931-1), and what the base of a tax group is made of, as the book tells it."""
    totals = book.invoices.totals(invoice)
    lines, taxes = records(book.invoices.lines(invoice)), records(book.invoices.taxes(invoice))
    adjustments = book._store.rows("select * from invoice_adjustments where invoice = $invoice", invoice=invoice)
    of = {kind: [row for row in adjustments if row["kind"] == kind] for kind in ("discount", "charge")}
    assert totals["lines"] == sum(line["net"] for line in lines), "BR-CO-10"
    assert totals["discounts"] == sum(row["amount"] for row in of["discount"]), "BR-CO-11"
    assert totals["charges"] == sum(row["amount"] for row in of["charge"]), "BR-CO-12"
    assert totals["net"] == totals["lines"] - totals["discounts"] + totals["charges"], "BR-CO-13"
    assert totals["tax"] == sum(row["tax"] for row in taxes), "BR-CO-14"
    assert totals["total"] == totals["net"] + totals["tax"], "BR-CO-15"
    assert totals["amount_due"] == totals["total"] - totals["prepaid"] + totals["rounding"], "BR-CO-16"
    for row in taxes:
        assert row["tax"] == half_up(row["base"] * row["tax_rate"] / 100, unit), "BR-CO-17"
    bases: dict[Group, Decimal] = defaultdict(Decimal)
    for sign, name, parts in ((1, "net", lines), (-1, "amount", of["discount"]), (1, "amount", of["charge"])):
        for part in parts:
            bases[group_of(part)] += sign * part[name]
    assert {group_of(row): row["base"] for row in taxes} == bases
    assert not any(totals[name] % unit for name in totals)


# Random documents

GROUPS: list[Group] = [
    *(("standard", Decimal(rate)) for rate in ("5.5", "19.6", "20", "21")),
    *((name, Decimal(0)) for name in ("zero_rated", "exempt", "reverse_charge", "not_subject")),
    ("igic", Decimal(7)), ("ipsi", Decimal(10)), ("split_payment", Decimal(22)),
]  # fmt: skip


def number(random: Random, unit: Decimal) -> Decimal:
    """Return a small number, one that ends in half a unit, or one as fine as a field can hold."""
    way = random.randint(0, 3)
    if way == 0:
        return Decimal(random.randint(0, 20))
    if way == 1:
        return (2 * random.randint(0, 10**5) + 1) * unit / 2
    return Decimal(random.randint(0, 10**8)).scaleb(-2) if way == 2 else Decimal(random.randint(0, 10**10)).scaleb(-6)


def taxed(random: Random, group: Group) -> Row:
    """Say a tax group, sometimes without what goes without saying."""
    category, rate = group
    if category in ("standard", "zero_rated") and random.randint(0, 2) == 0:
        return {"tax_rate": rate}
    return {"tax_category": category, "tax_rate": rate} if rate else {"tax_category": category}


def random_line(random: Random, groups: Sequence[Group], unit: Decimal) -> Row:
    quantity = random.choice([Decimal(1), number(random, unit)])
    said = {
        "description": "Work", "quantity": quantity if random.randint(0, 9) else -quantity, "unit_price": number(random, unit),
        **taxed(random, random.choice(groups)),
    }  # fmt: skip
    if random.randint(0, 3) == 0:
        said["discount"] = random.randint(-(10**4), 10**4) * unit
    if random.randint(0, 3) == 0:
        said["price_per"] = Decimal(random.choice(("3", "12", "100", "1000", "0.5", "7.000001")))
    return said


def random_adjustment(random: Random, groups: Sequence[Group], unit: Decimal, reason: str) -> Row:
    said: Row = {"reason": reason}
    if random.randint(0, 1):
        said["percent"] = random.choice([Decimal(random.randint(0, 100)), Decimal(random.randint(0, 10**6)).scaleb(-4)])
    else:
        said["amount"] = random.randint(0, 10**5) * unit
    if random.randint(0, 1):
        category, rate = random.choice([*groups, *groups, random.choice(GROUPS)])
        said |= {"tax_category": category, "tax_rate": rate}
    return said


def random_document(random: Random, inclusive: bool | None = None) -> Document:
    currency = random.choice(list(DIGITS))
    unit = Decimal(1).scaleb(-DIGITS[currency])
    groups = random.sample(GROUPS, random.randint(1, 4))
    lines = [random_line(random, groups, unit) for _ in range(random.randint(1, 7))]
    discounts = [
        random_adjustment(random, groups, unit, f"discount {nth}") for nth in range(random.choice((0, 0, 1, 2)))
    ]
    charges = [random_adjustment(random, groups, unit, f"charge {nth}") for nth in range(random.choice((0, 0, 1, 2)))]
    coin = random.choice((5, 10, 25, 100)) * unit if random.randint(0, 3) == 0 else None
    if inclusive is None:
        inclusive = random.randint(0, 3) == 0
    return Document(currency, lines, discounts, charges, coin, inclusive)


documents = st.builds(random_document, st.randoms())
with_tax = st.builds(random_document, st.randoms(), st.just(True))


def draft_at_once(
    book: Book, customer: int, asked: Sequence[tuple[Row, Sequence[Row], Sequence[Row], Sequence[Row]]]
) -> list[int]:
    """Draft many documents as `amounts` has them, within the operation that is open, and return their ids."""
    op = book._store.current
    assert op is not None
    shared = {"kind": "invoice", "series": "own", "status": "draft", "customer": customer, "date": DAY}
    heads, lines, adjustments = [], [], []
    for row, (head, of, discounts, charges) in enumerate(asked, 1):
        heads.append({**shared, **head, "row": row})
        lines += [{**one, "row": row, "place": place} for place, one in enumerate(of, 1)]
        adjustments += amounts.adjustments_given(discounts, charges, row)
    amounts.stage(op, heads, lines, adjustments)
    return amounts.write(op)


def all_agree(book: Book, invoices: Sequence[int], asked: Sequence[Document], every: int = 1) -> None:
    """Compare all, and see that the rules hold on some of them."""
    with localcontext(prec=80):
        for nth, (invoice, document, said) in enumerate(zip(invoices, asked, written(book, invoices), strict=True)):
            try:
                agrees(document, said)
                if nth % every == 0:
                    rules_hold(book, invoice, document.unit)
            except AssertionError as error:
                error.add_note(repr(document))
                raise


def try_out(book: Book, customer: int, asked: Sequence[Document], every: int = 1) -> None:
    with book._store.trial("random documents"):
        told = [(one.head, one.lines, one.discounts, one.charges) for one in asked]
        all_agree(book, draft_at_once(book, customer, told), asked, every)


@given(st.lists(documents, min_size=1, max_size=6))
@settings(few, max_examples=20)
def test_any_document_comes_to_what_a_slow_calculation_says(book: Book, acme: int, asked: list[Document]) -> None:
    try_out(book, acme, asked)


@given(st.lists(documents, min_size=1, max_size=4))
@settings(few, max_examples=6)
def test_any_draft_comes_to_what_a_slow_calculation_says(book: Book, acme: int, asked: list[Document]) -> None:
    with book.operation("many"):
        drafts = [
            book.invoices.draft(
                customer=acme, date=DAY, lines=one.lines, discounts=one.discounts, charges=one.charges, **one.head
            )
            for one in asked
        ]
    all_agree(book, drafts, asked)


@given(st.lists(with_tax, min_size=1, max_size=6))
@settings(few, max_examples=20)
def test_prices_with_tax_are_paid_to_the_last_unit_as_they_were_said(
    book: Book, acme: int, asked: list[Document]
) -> None:
    try_out(book, acme, asked)


def test_500_random_documents_agree(book: Book, acme: int) -> None:
    random = Random(500)
    try_out(book, acme, [random_document(random) for _ in range(500)], every=50)


@pytest.mark.long
def test_10_000_random_documents_agree(book: Book, acme: int) -> None:
    random = Random(16931)
    for _ in range(10):
        try_out(book, acme, [random_document(random) for _ in range(1000)], every=20)


@pytest.mark.parametrize(
    ("quantity", "unit_price", "price_per", "net"),
    [("1.000001", "2", "1", "2"), ("2000000", "1.000001", "1", "2000002"), ("2000000", "1", "1.000001", "1999998")],
)
def test_quantities_and_prices_have_six_decimals(
    book: Book, acme: int, quantity: str, unit_price: str, price_per: str, net: str
) -> None:
    given = {"quantity": quantity, "unit_price": unit_price, "price_per": price_per}
    invoice = book.invoices.draft(customer=acme, date=DAY, lines=[{"description": "Tolls", **given}])
    [said] = book.invoices.lines(invoice)[[*given, "net"]].values.tolist()
    assert said == [Decimal(value) for value in (*given.values(), net)]


@pytest.mark.parametrize(("inclusive", "due"), [(False, "11999999998.80"), (True, "9999999999.00")])
def test_ten_billion_is_an_amount_like_any_other(book: Book, acme: int, inclusive: bool, due: str) -> None:
    lines = [{"description": "A bridge", "quantity": 1, "unit_price": "10000000000", "tax_rate": "20"}]
    invoice = book.invoices.draft(
        customer=acme, date=DAY, lines=lines, discounts=[{"amount": "1", "reason": "Goodwill"}], smallest_coin="0.05",
        prices_include_tax=inclusive,
    )  # fmt: skip
    assert book.invoices.totals(invoice)["amount_due"] == Decimal(due)


@pytest.mark.parametrize(("currency", "coin"), [("EUR", "0.003"), ("JPY", "0.7")])
def test_a_coin_of_parts_of_the_smallest_unit_is_refused(book: Book, acme: int, currency: str, coin: str) -> None:
    """Nobody could pay the amount due to the last unit."""
    lines = [{"description": "Work", "quantity": 1, "unit_price": "1003"}]
    with pytest.raises(InvalidValue):
        book.invoices.draft(customer=acme, date=DAY, lines=lines, currency=currency, smallest_coin=coin)


@pytest.mark.parametrize("inclusive", [False, True])
def test_no_share_of_a_discount_is_more_than_all_of_it(book: Book, acme: int, inclusive: bool) -> None:
    """Where one tax group is bought and another given back, the shares of 1.00 were 1,000.00 and -999.00."""
    lines = [
        {"description": "Bought", "quantity": 1, "unit_price": "10", "tax_rate": "20"},
        {"description": "Given back", "quantity": -1, "unit_price": "9.99", "tax_rate": "10"},
    ]
    invoice = book.invoices.draft(
        customer=acme,
        date=DAY,
        lines=lines,
        discounts=[{"amount": "1", "reason": "Goodwill"}],
        prices_include_tax=inclusive,
    )
    [said] = written(book, [invoice])
    shares = [row["gross" if inclusive else "amount"] for row in said.adjustments]
    assert sum(shares) == 1
    assert all(0 <= share <= 1 for share in shares), shares


@given(
    st.decimals(-(10**12), 10**12, places=4, allow_nan=False),
    st.lists(st.decimals(0, 10**9, places=6, allow_nan=False), min_size=1, max_size=12),
    st.sampled_from(sorted(DIGITS.values())),
)
@settings(few, max_examples=200)
def test_shares_add_up_and_none_is_a_unit_beside_what_is_due(
    whole: Decimal, weights: list[Decimal], places: int
) -> None:
    unit = Decimal(1).scaleb(-places)
    whole = whole.quantize(unit)
    shares = money.spread(whole, weights, places)
    assert (sum(shares), len(shares)) == (whole, len(weights))
    assert not any(share % unit for share in shares)
    total = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        if total:
            assert abs(share - whole * weight / total) <= unit
            assert weight or not share


@given(st.integers(-(10**6), 10**6), st.lists(st.integers(-1000, 1000), min_size=1, max_size=12))
@settings(few, max_examples=200)
def test_shares_add_up_whatever_the_signs_of_the_weights(cents: int, weights: list[int]) -> None:
    whole = Decimal(cents).scaleb(-2)
    assert sum(money.spread(whole, [Decimal(weight) for weight in weights], 2)) == whole


# Public samples

CATEGORIES = {code: name for name, (code, *_) in TAX_CATEGORIES.items()}
SUMS = {
    "line_total": "lines", "allowance_total": "discounts", "charge_total": "charges", "tax_exclusive": "net",
    "tax_total": "tax", "tax_inclusive": "total", "prepaid": "prepaid", "rounding": "rounding", "amount_due": "amount_due",
}  # fmt: skip
BY_NET: Row = {"net": "as stated"}  # a line is entered by its amount alone


@dataclass(frozen=True)
class Explained:
    """Why the sums of a sample do not follow from its lines as they were read."""

    why: str
    # How lines are entered, told by their places: exactly these do not come to their stated amounts otherwise.
    lines: Mapping[int, Row]
    head: Row = field(default_factory=dict)
    # What differs even then: stated, and worked out. Nothing, in most of them.
    still: Mapping[str | Group, tuple[Any, Any]] = field(default_factory=dict)


def _price_over_again(*places: int) -> Explained:
    why = "Where the quantity belongs that a price is for (BT-149), it says the price over again; the price is for one."
    return Explained(why, {place: {"price_per": None} for place in places})


_RETURNED = Explained(
    "Line 20 takes back six boxes of fat: its amount is negative, and its quantity is not.", {20: {"quantity": "-6"}}
)
_ONE_LAPTOP = Explained(
    "Line 1 says two laptops at 1,273 and amounts to one; CII_example2, the same invoice, says one.",
    {1: {"quantity": "1"}},
)

EXPLAINED = {
    "cii/CII_business_example_01.xml": _price_over_again(1, 2, 3, 4, 5),
    "cii/CII_business_example_Z.xml": Explained(
        "Line 16 says one piece at 1.50 and states 177.41: it stands for lines left out, and kept a price.", {3: BY_NET}
    ),
    "cii/CII_example1.xml": _RETURNED,
    "cii/CII_example2.xml": _price_over_again(1, 2, 3, 4, 5),
    "cii/CII_example8.xml": Explained(
        "As above; and lines 3, 5 and 6 are priced for twelve months, as ubl-tc434-example8, the same invoice, says.",
        {place: {"price_per": "12" if place in (3, 5, 6) else None} for place in range(1, 11)},
    ),
    "cii/CII_example9.xml": _price_over_again(1),
    "cii/XRechnung-O.xml": Explained(
        "Its prices hold the insurance tax that its lines call a charge, and leave out of their amounts: the document charges it.",
        {1: {"discount": "15894.27"}, 2: {"discount": "33349.38"}},
    ),
    "cii/huf_example_cii.xml": Explained(
        "It rounds lines and tax to whole forints, and ISO 4217 gives the forint two digits: the tax is 0.40 less.",
        dict.fromkeys((1, 2, 3), BY_NET),
        head={"smallest_coin": "1"},
        still={
            ("standard", Decimal(27)): ((69180, 18679), (69180, Decimal("18678.60"))), "tax": (18679, Decimal("18678.60")),
            "total": (87859, Decimal("87858.60")), "rounding": (0, Decimal("0.40")),
        },
    ),
    "ubl/guide-example1.xml": _RETURNED,
    "ubl/guide-example2.xml": _ONE_LAPTOP,
    "ubl/guide-example3.xml": Explained(
        "Two pieces at 800 are stated to be 400, twice: example 3 was split into two lines, and these kept its price.",
        dict.fromkeys((1, 2), BY_NET),
    ),
    "ubl/ubl-tc434-creditnote1.xml": Explained(
        "It is a credit note, and states positive amounts; here they are negative, and it credits an invoice of the same lines.",
        {1: {}},
    ),
    "ubl/ubl-tc434-example1.xml": _RETURNED,
    "ubl/ubl-tc434-example10.xml": _RETURNED,
    "ubl/ubl-tc434-example2.xml": _ONE_LAPTOP,
    "ubl/ubl-tc434-example3.xml": Explained(
        "Two pieces at 800 are stated to be 800, twice.", dict.fromkeys((1, 2), BY_NET)
    ),
}  # fmt: skip


@dataclass
class Sample:
    """An invoice of somebody else: what it is made of, and what it says that comes to."""

    head: Row
    lines: list[Row] = field(default_factory=list)
    adjustments: list[Row] = field(default_factory=list)
    taxes: list[Row] = field(default_factory=list)

    @property
    def sign(self) -> int:
        """The amounts of a credit note are negative here."""
        return -1 if self.head["kind"] == "credit_note" else 1

    def asked(self, lines: Mapping[int, Row], head: Row) -> tuple[Row, list[Row], list[Row], list[Row]]:
        """Return what is to be drafted, with what is entered otherwise."""
        entered = [_line(line, lines.get(place, {})) for place, line in enumerate(self.lines, 1)]
        of: dict[str, list[Row]] = {"allowance": [], "charge": []}
        for row in self.adjustments:
            of[row["type"]].append({"amount": Decimal(row["amount"]), "reason": "As stated", **_taxed(row)})
        currency = self.head["currency"]
        return {"currency": currency, "tax_reason": "As stated", **head}, entered, of["allowance"], of["charge"]

    def stated(self) -> dict[str | Group, Any]:
        """Return the lines, tax groups and sums it states."""
        tax = sum(Decimal(row["tax"]) for row in self.taxes)
        sums = {**self.head, "tax_total": tax}
        return {
            **{f"line {place}": self.sign * Decimal(row["net"]) for place, row in enumerate(self.lines, 1)},
            **{_group(row): tuple(self.sign * Decimal(row[name]) for name in ("base", "tax")) for row in self.taxes},
            **{ours: self.sign * Decimal(sums[theirs] or 0) for theirs, ours in SUMS.items()},
        }


def _group(row: Row) -> Group:
    return CATEGORIES[row["tax_category"]], Decimal(row["tax_rate"] or 0)


def _taxed(row: Row) -> Row:
    return dict(zip(("tax_category", "tax_rate"), _group(row), strict=True))


def _line(row: Row, otherwise: Row) -> Row:
    if otherwise is BY_NET:
        return {"description": row["line"], "net": Decimal(row["net"]), **_taxed(row)}
    discount = Decimal(row["allowances"] or 0) - Decimal(row["charges"] or 0)
    said = {
        "quantity": row["quantity"],
        "unit_price": row["unit_price"],
        "price_per": row["price_base_quantity"] or None,
    }
    numbers = {**said, "discount": discount, **otherwise}
    exact = {name: None if value is None else Decimal(value) for name, value in numbers.items()}
    return {"description": row["line"], **exact, **_taxed(row)}


def samples(folder: Path) -> dict[str, Sample]:
    def rows(name: str) -> Iterable[Row]:
        with (folder / "einvoice_totals" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)

    found = {row["invoice"]: Sample(row) for row in rows("invoices")}
    for name, part in (("lines", "lines"), ("allowances_charges", "adjustments"), ("taxes", "taxes")):
        for row in rows(name):
            getattr(found[row["invoice"]], part).append(row)
    return found


def told(book: Book, invoice: int) -> dict[str | Group, Any]:
    """Return the lines, tax groups and sums of an invoice."""
    said: dict[str | Group, Any] = {
        group_of(row): (row["base"], row["tax"]) for row in records(book.invoices.taxes(invoice))
    }
    said.update((f"line {place}", net) for place, net in enumerate(book.invoices.lines(invoice)["net"], 1))
    said.update(book.invoices.totals(invoice).items())
    return said


def differences(
    stated: Mapping[str | Group, Any], ours: Mapping[str | Group, Any]
) -> dict[str | Group, tuple[Any, Any]]:
    names = {**stated, **ours}
    return {name: (stated.get(name), ours.get(name)) for name in names if stated.get(name) != ours.get(name)}


def issue(book: Book, customer: int, sample: Sample, explained: Explained) -> int:
    """Draft a sample, issue it where that is to be seen, and return what it is compared with."""
    head, lines, discounts, charges = sample.asked(explained.lines, explained.head)
    invoice = book.invoices.draft(
        customer=customer, date=DAY, lines=lines, discounts=discounts, charges=charges, **head
    )
    if sample.sign < 0:
        book.invoices.finalize(invoice)
        return book.invoices.credit(invoice, date=DAY)
    if Decimal(sample.head["prepaid"] or 0):
        book.invoices.finalize(invoice)
        book.payments.record(customer, amount=sample.head["prepaid"], date=DAY, invoices=invoice)
    return invoice


def test_sums_of_public_samples_follow_from_their_lines(book: Book, acme: int, shared_data: Path) -> None:
    """BT-106 to BT-117 of each, and what is due once the prepaid amount was paid."""
    public = samples(shared_data)
    assert len(public) == 32
    found = {}
    for name, sample in public.items():
        explained = EXPLAINED.get(name, Explained("", {}))
        invoice = issue(book, acme, sample, explained)
        found[name] = differences(sample.stated(), told(book, invoice))
    assert {name: differ for name, differ in found.items() if differ} == {
        name: explained.still for name, explained in EXPLAINED.items() if explained.still
    }
    assert book.check().empty


def test_exactly_the_explained_samples_do_not_add_up_by_themselves(book: Book, acme: int, shared_data: Path) -> None:
    """Entered as they were read, the lines that are explained come to something else, no more and no fewer; so do the sums."""
    public = samples(shared_data)
    plain = {}
    with book._store.trial("as read"):
        drafts = draft_at_once(book, acme, [sample.asked({}, {}) for sample in public.values()])
        for (name, sample), invoice in zip(public.items(), drafts, strict=True):
            # Nothing was paid yet on these.
            stated = {key: value for key, value in sample.stated().items() if key not in ("prepaid", "amount_due")}
            ours = {key: value for key, value in told(book, invoice).items() if key not in ("prepaid", "amount_due")}
            plain[name] = differences(stated, ours)
    assert {name for name, differ in plain.items() if differ} == set(EXPLAINED)
    for name, explained in EXPLAINED.items():
        assert {key for key in plain[name] if str(key).startswith("line ")} == {
            f"line {place}" for place in explained.lines
        }
        assert {"lines", "net", "total"} <= plain[name].keys(), name
