"""Customers: what they are called, where they stand, whether they are in use.

Proves C3, C5, C6, C7, C14, C16, S1.1, S1.3, S1.14, S1.15, S1.16, S1.17, S1.18, S1.21, S1.22, S1.23, S1.24,
S1.29, S1.31, S1.32, S1.33, S1.34, S1.36, S1.38, S1.39, S2.13.
"""

from __future__ import annotations

from datetime import date

import pytest

from invoicekit.book import Book
from invoicekit.errors import BalanceNotZero, InvalidValue, MatterOpen, NameTaken, NotFound
from tests.conftest import ROOT


def test_S1_1_adding_a_customer_adds_exactly_one_row(book: Book) -> None:
    book.customers.add(display_name="Acme SA")
    assert book.sql("select count(*) as n from customers")["n"].tolist() == [1]


@pytest.mark.parametrize("name", ["", "   ", None])
def test_S1_3_a_blank_name_is_refused_and_nothing_else_is_needed(book: Book, name: str | None) -> None:
    with pytest.raises(InvalidValue, match="A customer needs a name"):
        book.customers.add(display_name=name)
    book.customers.add(display_name="Just a name")


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"first_name": "Zoë", "last_name": "Núñez", "company_name": "Acme"}, "Zoë Núñez"),
        ({"company_name": "Acme"}, "Acme"),
        ({"external_id": "00012"}, "00012"),
        ({"display_name": " Shown ", "company_name": "Acme"}, "Shown"),
    ],
)
def test_a_customer_without_a_name_takes_the_persons_the_firms_or_its_key(
    book: Book, fields: dict[str, str], name: str
) -> None:
    assert book.customers.get(book.customers.add(**fields))["display_name"] == name


@pytest.mark.parametrize(
    ("held", "tried"),
    [("Acme", " ACME "), ("Straße", "STRASSE"), ("Éole", "éOLE"), ("Café", "Cafe\u0301"), ("ΟΔΟΣ", "οδος")],
)
def test_C14_names_are_the_same_when_trimmed_and_case_folded(book: Book, held: str, tried: str) -> None:
    book.customers.add(display_name=held)
    with pytest.raises(NameTaken, match="There is another customer called"):
        book.customers.add(display_name=tried)


def test_C14_accents_keep_names_apart(book: Book) -> None:
    book.customers.add(display_name="Eole")
    book.customers.add(display_name="Éole")


def test_S1_14_a_sub_customer_stands_under_its_parent_named_or_numbered(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    by_id = book.customers.add(display_name="North", parent=acme)
    by_name = book.customers.add(display_name="South", parent="acme")
    assert {book.customers.get(child)["parent"] for child in (by_id, by_name)} == {acme}


def test_S1_17_four_levels_below_the_main_one_and_no_more(book: Book) -> None:
    parent = book.customers.add(display_name="Main")
    for level in range(1, 5):
        parent = book.customers.add(display_name=f"Level {level}", parent=parent)
    with pytest.raises(InvalidValue, match="would reach 5 levels below the main customer; four is the most"):
        book.customers.add(display_name="Level 5", parent=parent)


def test_S1_17_moving_a_subtree_must_not_make_it_too_deep(book: Book) -> None:
    top = book.customers.add(display_name="Top")
    middle = book.customers.add(display_name="Middle", parent=top)
    deep = book.customers.add(display_name="Deep", parent=middle)
    moved = book.customers.add(display_name="Moved")
    book.customers.add(display_name="Leaf", parent=book.customers.add(display_name="Twig", parent=moved))
    book.customers.change(moved, parent=middle)
    with pytest.raises(InvalidValue, match='"Moved" cannot stand there: its tree would reach 5 levels'):
        book.customers.change(moved, parent=deep)


def test_S1_21_nobody_stands_under_its_own_descendant(book: Book) -> None:
    top = book.customers.add(display_name="Top")
    child = book.customers.add(display_name="Child", parent=top)
    with pytest.raises(InvalidValue, match="it would be its own parent"):
        book.customers.change(top, parent=child)
    with pytest.raises(InvalidValue, match="it would be its own parent"):
        book.customers.change(top, parent=top)


def test_S1_18_an_unknown_parent_is_refused(book: Book) -> None:
    with pytest.raises(NotFound, match="There is no customer 9 to stand under"):
        book.customers.add(display_name="A", parent=9)
    with pytest.raises(NotFound, match='There is no customer called "Nobody"'):
        book.customers.add(display_name="A", parent="Nobody")


def test_a_name_that_nobody_has_is_answered_with_those_that_are_close(book: Book) -> None:
    book.customers.add(display_name="Lavigne Transport")
    book.customers.add(display_name="Zebra")
    with pytest.raises(NotFound, match="Did you mean Lavigne Transport"):
        book.customers.get("Lavinge Transport")
    with pytest.raises(NotFound, match="There is no customer 7. book.customers.list"):
        book.customers.get(7)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("terms", "soon", "NET_30, END_OF_MONTH_15 or DUE_ON_RECEIPT"),
        ("currency", "euro", "ISO 4217"),
        ("bill_to", "nobody", "one of self, parent"),
        ("phone", 123, "wants text"),
        ("inactive_since", "31/12/2026", "is not a date"),
        ("favourite", "blue", "have no field favourite"),
        ("id", 3, "have no field id"),
    ],
)
def test_a_value_its_field_cannot_hold_is_refused_by_name(book: Book, field: str, value: object, said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        book.customers.add(display_name="Acme", **{field: value})


def test_S2_13_fields_change_and_empty_text_is_nothing(book: Book) -> None:
    acme = book.customers.add(display_name="Acme", phone="1", email="a@example.com")
    book.customers.change(acme, phone="", email="b@example.com")
    held = book.customers.get(acme)
    assert (held["phone"], held["email"]) == (None, "b@example.com")
    with pytest.raises(InvalidValue, match="cannot be left without a name"):
        book.customers.change(acme, display_name="  ")


def test_S1_38_search_finds_without_case_and_accents_and_beginnings_first(book: Book) -> None:
    for name in ("Société Éole", "Eolienne", "Acme"):
        book.customers.add(display_name=name, external_id=f"K-{name[:2]}")
    assert book.customers.find("éol")["display_name"].tolist() == ["Eolienne", "Société Éole"]
    assert book.customers.find("k-ac")["display_name"].tolist() == ["Acme"]
    assert book.customers.find("%_'").empty


def test_S1_29_an_inactive_customer_leaves_lists_and_stays_in_the_book(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    book.customers.make_inactive(acme, since="2026-03-01")
    assert book.customers.list().empty
    shown = book.customers.list(include_inactive=True)
    assert shown["customer"].tolist() == ["Acme (inactive)"]
    assert book.customers.get("Acme")["inactive_since"] == date(2026, 3, 1)
    assert "(inactive)" not in book.customers.get(acme)["display_name"]
    book.customers.activate(acme)
    assert book.customers.list()["customer"].tolist() == ["Acme"]


@pytest.mark.parametrize("total", ["120.00", "-120.00"])
def test_S1_32_a_balance_either_way_refuses_and_names_the_amount(book: Book, total: str) -> None:
    acme = book.customers.add(display_name="Acme")
    book.invoices.record(acme, number="1", date="2026-01-01", total=total, currency="MXN")
    said = "owes MXN 120.00" if total > "0" else "is in credit by MXN 120.00"
    with pytest.raises(
        BalanceNotZero, match=f"Acme cannot be made inactive: Acme {said} on 1 open item. First record.*open_items"
    ):
        book.customers.make_inactive(acme)


def test_C16_the_balance_must_be_zero_in_each_currency(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    book.invoices.record(acme, number="1", date="2026-01-01", total="10", currency="EUR")
    book.invoices.record(acme, number="2", date="2026-01-01", total="-10", currency="USD")
    with pytest.raises(
        BalanceNotZero, match="Acme owes EUR 10.00 on 1 open item; Acme is in credit by USD 10.00 on 1 open item"
    ):
        book.customers.make_inactive(acme)


# Trees


@pytest.fixture
def family(book: Book) -> dict[str, int]:
    """Acme over North and South, and North over Quay."""
    acme = book.customers.add(display_name="Acme")
    north = book.customers.add(display_name="North", parent=acme, bill_to="parent")
    south = book.customers.add(display_name="South", parent=acme)
    quay = book.customers.add(display_name="Quay", parent=north, bill_to="parent")
    return {"acme": acme, "north": north, "south": south, "quay": quay}


def test_S1_22_S1_23_the_nearest_parent_that_bills_itself_is_billed(book: Book, family: dict[str, int]) -> None:
    assert book.customers.billed(family["quay"]) == family["acme"]
    assert book.customers.billed("South") == family["south"]
    book.customers.change("North", bill_to="self")
    assert book.customers.billed("Quay") == family["north"]
    book.customers.change("Acme", bill_to="parent")
    assert book.customers.billed("Acme") == family["acme"]


def test_S1_24_promoting_to_main_keeps_id_invoices_and_children(book: Book, family: dict[str, int]) -> None:
    book.invoices.record("North", number="1", date="2026-01-01", total="5")
    book.customers.change("North", parent=None)
    assert book.customers.get("Quay")["parent"] == family["north"]
    assert book.customers.get("North")["id"] == family["north"]
    assert book.invoices.list()["customer"].tolist() == ["North"]


def test_S1_31_a_parent_takes_all_below_it_along_in_one_operation(book: Book, family: dict[str, int]) -> None:
    before = len(book.operations())
    down = book.customers.make_inactive("Acme", since="2026-02-01")
    assert set(down) == set(family.values())
    assert down[0] == family["acme"]
    assert len(book.operations()) == before + 1
    assert book.operations()["summary"].iloc[0] == "made Acme and 3 sub-customers inactive"
    assert book.customers.list().empty


def test_C5_S1_34_one_blocked_sub_customer_stops_all_and_every_blocker_is_named(
    book: Book, family: dict[str, int]
) -> None:
    book.invoices.record("Quay", number="1", date="2026-01-01", total="1200", currency="MXN")
    book.invoices.record("South", number="2", date="2026-01-01", total="-3", currency="EUR")
    _open_matter(book, family["north"])
    with pytest.raises(BalanceNotZero) as refused:
        book.customers.make_inactive("Acme")
    assert str(refused.value) == (
        "Acme cannot be made inactive: North has the open matter M-1 Trade mark; "
        "South is in credit by EUR 3.00 on 1 open item; Quay owes MXN 1,200.00 on 1 open item. "
        "First record the payments or credit notes that settle it (the report open_items lists what is open) "
        "and close the matters."
    )
    assert len(book.customers.list()) == 4


def test_S1_33_C7_an_open_matter_blocks_and_a_closed_one_does_not(book: Book, family: dict[str, int]) -> None:
    matter = _open_matter(book, family["quay"])
    with pytest.raises(
        MatterOpen, match="Acme cannot be made inactive: Quay has the open matter M-1 Trade mark. First close"
    ):
        book.customers.make_inactive("Acme")
    with book.operation("close matter") as op:
        op.update("matters", [{"id": matter, "closed_on": date(2026, 1, 5)}])
    book.customers.make_inactive("Acme")


def test_C6_S1_39_reactivating_brings_back_the_one_or_exactly_those_that_went_with_it(
    book: Book, family: dict[str, int]
) -> None:
    book.customers.make_inactive("South")
    book.customers.make_inactive("Acme")
    assert book.customers.activate("Acme") == [family["acme"]]
    book.customers.make_inactive("Acme")
    book.customers.activate("Acme")
    book.customers.activate("North")
    book.customers.activate("Quay")
    assert set(book.customers.make_inactive("Acme")) == {family["acme"], family["north"], family["quay"]}
    back = book.customers.activate("Acme", include_sub_customers=True)
    assert set(back) == {family["acme"], family["north"], family["quay"]}
    assert book.customers.list()["display_name"].tolist() == ["Acme", "North", "Quay"]


def _open_matter(book: Book, customer: int) -> int:
    with book.operation("open matter") as op:
        [matter] = op.insert("matters", [{"number": "M-1", "title": "Trade mark", "opened_on": date(2026, 1, 1)}])
        op.insert("matter_clients", [{"matter": matter, "customer": customer}])
    return matter


def test_S1_15_members_of_a_group_and_clients_acted_for_are_shown_by_example(practice: Book) -> None:
    assert practice.customers.list(parent="Groupe Lavigne")["customer"].tolist() == [
        "Lavigne Immobilier",
        "Lavigne Transport",
    ]
    told = (ROOT / "notebooks" / "03_customers.ipynb").read_text(encoding="utf-8")
    assert "a member of a group, or somebody a lawyer acts for" in told


def test_S1_16_ten_thousand_sub_customers_stand_under_one(book: Book) -> None:
    top, other = book.customers.add(display_name="Top"), book.customers.add(display_name="Other")
    with book.operation("fill") as op:
        names = op.arrow(
            f"select 'Sub ' || i as display_name, {top} as parent, 'customer' as kind from range(10000) t(i)"
        )
        op.insert("customers", names)
    assert len(book.customers.list(parent=top)) == len(book.customers.below(top)) == 10_000
    book.customers.change(top, parent=other)
    assert len(book.customers.below(other)) == 10_001
    assert len(book.customers.make_inactive(top)) == 10_001
    assert book.customers.page()[0] == 1
    book.undo(int(book.operations()["id"].iloc[0]))
    assert book.customers.page("Sub 99", count=5)[0] == 111


def test_S1_36_inactive_is_shown_behind_the_name_and_never_stored(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    book.invoices.record(acme, number="1", date="2026-01-01", total="5")
    book.payments.record(acme, amount="5", date="2026-01-02")
    book.customers.make_inactive(acme)
    for shown in (
        book.invoices.list(),
        book.payments.list(),
        book.reports.balances().df,
        book.sql("select * from balances"),
    ):
        assert shown["customer"].tolist() == ["Acme (inactive)"]
    assert book.sql("select display_name from customers")["display_name"].tolist() == ["Acme"]
    assert book.customers.get("Acme")["id"] == acme
    book.customers.activate(acme)
    assert book.invoices.list()["customer"].tolist() == ["Acme"]


def test_C3_lists_and_reports_follow_the_live_customer(book: Book) -> None:
    acme = book.customers.add(display_name="Acme", city="Puebla")
    book.invoices.record(acme, number="1", date="2026-01-01", total="5")
    then = int(book.operations()["id"].iloc[0])
    book.customers.change(acme, display_name="Acme Group", city="Lyon")
    assert book.reports.open_items().df["customer"].tolist() == ["Acme Group"]
    assert book.reports.open_items(known_at=then).df["customer"].tolist() == ["Acme"]
