"""Forms and lists as a person uses them, by their widgets.

Proves C1, C14, M10, S0.2, S0.7, S0.8, S0.9, S0.10, S0.11, S0.12, S1.2, S1.5, S1.20, S1.21, S1.24, S1.28, S1.29, S1.32, S1.34,
S1.35, S1.37, S1.39, S1.42, S1.43, S1.45, S2.3, S2.6, S2.7.

Proves S0.3, S0.5.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import ipywidgets
import pytest

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.forms.customer import CustomerForm
from tests.test_customer_fields import EVERYTHING


def widgets(box: Any) -> Iterator[Any]:
    """Yield every widget inside a box, itself included."""
    yield box
    for child in getattr(box, "children", ()):
        yield from widgets(child)


def type_in(form: CustomerForm, name: str, text: Any) -> str:
    """Type into a field and leave it; return what is said below it."""
    form.fields[name].input.value = text
    form.fields[name].flush()
    return str(form.fields[name].message.value)


@pytest.fixture
def acme(book: Book) -> int:
    return book.customers.add(display_name="Acme SA", phone="1")


def test_S0_7_every_field_goes_from_form_to_table_and_back(book: Book) -> None:
    form = book.forms.customer(book.customers.add(display_name="Somebody"))
    for name, value in EVERYTHING.items():
        text = {"tags": "vip, north", "extra": "Agent: Ann"}.get(name, value)
        assert "Saved" in type_in(form, name, text) or value == book.customers.get(form.id)[name]
    held = book.customers.get(form.id)
    assert {name: held[name] for name in EVERYTHING} == EVERYTHING
    again = book.forms.customer(form.id)
    for name, field in form.fields.items():
        assert again.fields[name].input.value == field.input.value


def test_S0_8_C1_S1_5_S2_6_there_is_no_save_button_and_done_is_never_needed(book: Book, acme: int) -> None:
    form = book.forms.customer(acme)
    labels = [widget.description for widget in widgets(form.box) if isinstance(widget, ipywidgets.Button)]
    assert "Done" in labels
    assert not [label for label in labels if "save" in label.lower()]
    type_in(form, "phone", "2")
    with ik.open(book.address) as other:
        assert other.customers.get(acme)["phone"] == "2"


def test_S0_9_one_change_is_one_operation_that_can_be_undone(book: Book, acme: int) -> None:
    form = book.forms.customer(acme)
    type_in(form, "phone", "2")
    assert book.operations()["summary"].iloc[0] == "changed Acme SA: phone"
    book.undo(int(book.operations()["id"].iloc[0]))
    form.refresh()
    assert form.fields["phone"].input.value == "1"


def test_S0_10_closing_at_once_keeps_what_was_typed(book: Book, acme: int) -> None:
    form = book.forms.customer(acme)
    form.fields["phone"].input.value = "typed and closed"
    form.close()
    assert book.forms.customer(acme).fields["phone"].input.value == "typed and closed"


def test_S0_10_closing_the_book_keeps_what_was_typed(book: Book, acme: int) -> None:
    form, listed = book.forms.customer(acme), book.forms.customers()
    opened = listed.open(acme)
    form.fields["phone"].input.value = "in the form"
    opened.fields["fax"].input.value = "below the list"
    book.close()
    with ik.open(book.address) as again:
        assert again.customers.get(acme)["phone"] == "in the form"
        assert again.customers.get(acme)["fax"] == "below the list"


def test_S0_12_each_field_says_whether_it_is_saved(book: Book, acme: int) -> None:
    form = book.forms.customer(acme)
    assert "Saved" in type_in(form, "phone", "2")
    said = type_in(form, "terms", "soon")
    assert "Not saved: terms wants NET_30" in said
    assert form.fields["terms"].input.value == "soon"
    form.close()
    form.close()


def test_what_is_refused_stays_in_its_field_whatever_else_is_saved(book: Book, acme: int) -> None:
    form = book.forms.customer(acme)
    type_in(form, "terms", "soon")
    type_in(form, "phone", "2")
    assert form.fields["terms"].input.value == "soon"
    assert [field.declared.name for field in form.unsaved] == ["terms"]
    assert form.not_saved() == 'Terms: "soon"'
    form.close()


def test_what_was_refused_is_saved_once_another_field_clears_the_way(book: Book, acme: int) -> None:
    form = book.forms.customer(acme)
    type_in(form, "country", "MX")
    assert "has not the form of a RFC of MX" in type_in(form, "tax_id", "732829320")
    type_in(form, "country", "FR")
    assert book.customers.get(acme)["tax_id"] == "732829320"
    assert not form.unsaved


def test_a_form_asks_before_it_closes_over_something_refused(book: Book, acme: int) -> None:
    form = book.forms.customer(acme)
    type_in(form, "terms", "soon")
    next(widget for widget in widgets(form.box) if getattr(widget, "description", "") == "Close").click()
    assert form.is_open
    assert "Not saved: Terms" in form.question.text
    form.question.click("Close")
    assert not form.is_open


def test_texts_of_records_are_never_html(book: Book) -> None:
    evil = book.customers.add(display_name="<img src=x onerror=alert(1)>")
    form = book.forms.customer(evil)
    book.customers.add(display_name="<b>x</b>")
    type_in(form, "display_name", "<b>x</b>")
    form.review()
    for widget in widgets(form.box):
        if isinstance(widget, ipywidgets.HTML):
            assert "<img" not in widget.value
            assert "<b>x" not in widget.value
    form.close()


def test_closing_the_book_tells_what_it_could_not_save(book: Book, acme: int) -> None:
    form = book.forms.customer(acme)
    form.fields["terms"].input.value = "soon"
    with pytest.warns(UserWarning, match='Not saved: Terms: "soon". The book was closed all the same'):
        book.close()


def test_S0_10_a_pause_after_a_space_or_a_line_loses_nothing(book: Book, acme: int) -> None:
    form = book.forms.customer(acme)
    for name, typed in (
        ("city", ["New ", "New York"]),
        ("notes", ["one\n", "one\ntwo"]),
        ("tags", ["vip, ", "vip, gold"]),
    ):
        for text in typed:
            type_in(form, name, text)
            assert form.fields[name].input.value == text
    for text in ("Contra", "Contract: 12"):
        type_in(form, "extra", text)
    held = book.customers.get(acme)
    assert (held["city"], held["notes"], held["tags"]) == ("New York", "one\ntwo", ["vip", "gold"])
    assert held["extra"] == {"Contract": "12"}


def test_S0_10_keys_that_come_while_a_field_is_saved_are_kept(book: Book, acme: int) -> None:
    form = book.forms.customer(acme)
    city = form.fields["city"]
    save = city._save

    def type_meanwhile(value: object) -> None:
        save(value)
        if value == "Pue":
            city.input.value = "Puebla"

    city._save = type_meanwhile
    type_in(form, "city", "Pue")
    assert city.input.value == "Puebla"
    assert city.is_pending
    form.close()
    assert book.customers.get(acme)["city"] == "Puebla"


def test_S0_10_fields_that_save_at_once_from_threads_wait_for_nobody_for_ever(book: Book, acme: int) -> None:
    form = book.forms.customer(acme)
    names = ("phone", "mobile", "fax", "website", "address", "city", "region", "postal_code")
    for name in names:
        form.fields[name].input.value = f"{name} 1"
    threads = [threading.Thread(target=form.fields[name].flush, daemon=True) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    held = book.customers.get(acme)
    assert {name: held[name] for name in names} == {name: f"{name} 1" for name in names}


def test_a_field_tells_what_somebody_else_wrote_meanwhile(
    book: Book, acme: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("invoicekit.forms.parts.field.DELAY", 60)
    form = book.forms.customer(acme)
    form.fields["phone"].input.value = "typed"
    book.customers.change(acme, phone="from a cell")
    form.refresh()
    form.fields["phone"].flush()
    assert "meanwhile it had been: from a cell" in form.fields["phone"].message.value


def test_what_was_typed_into_a_customer_merged_meanwhile_is_told(book: Book, acme: int) -> None:
    double = book.customers.add(display_name="Acme S.A.")
    form = book.forms.customer(double)
    type_in(form, "terms", "soon")
    book.customers.merge(double, into=acme).confirm()
    form.refresh()
    assert form.id == acme
    assert "Not kept of what was typed: Terms: &quot;soon&quot;." in form.said.value


def test_a_declined_merge_is_not_offered_at_every_change(book: Book, acme: int) -> None:
    form = book.forms.customer(book.customers.add(display_name="Beta"))
    type_in(form, "display_name", "Acme SA")
    form.question.click("They are two")
    form.slot.children = ()
    type_in(form, "phone", "2")
    assert form.slot.children == ()
    form.close()


def test_a_new_customer_with_something_refused_is_not_taken_away(book: Book) -> None:
    screen = book.forms.customers()
    form = screen.add()
    type_in(form, "terms", "soon")
    screen.close_form()
    assert "Left unsaved in New customer 1 (incomplete): Terms: &quot;soon&quot;." in screen.said.value
    assert rows(screen) == ["New customer 1"]


def test_a_change_from_elsewhere_shows_in_an_open_form(book: Book, acme: int) -> None:
    form = book.forms.customer(acme)
    book.customers.change(acme, phone="3")
    form._show_change()
    assert form.fields["phone"].input.value == "3"


def test_S1_20_S1_21_a_sub_customer_needs_a_parent_that_is_chosen_by_letters(book: Book, acme: int) -> None:
    north = book.customers.add(display_name="North")
    gone = book.customers.add(display_name="Acme Gone")
    book.customers.make_inactive(gone)
    form = book.forms.customer(north)
    assert form.parent.box.layout.display == "none"
    form.is_sub_customer.value = True
    assert form.parent.box.layout.display == ""
    assert "Choose the main customer: until then this is not saved" in form.parent.message.value
    assert book.customers.get(north)["parent"] is None
    form.parent.text.value = "ac"
    assert form.parent.found.options == ((f"Acme SA ({acme})", acme),)
    form.parent.found.value = acme
    assert book.customers.get(north)["parent"] == acme
    assert form.parent.text.value == f"Acme SA ({acme})"
    assert book.forms.customer(acme)._possible_parents("") == []


def test_S1_24_unticking_makes_it_a_main_customer(book: Book, acme: int) -> None:
    north = book.customers.add(display_name="North", parent=acme)
    form = book.forms.customer(north)
    assert form.is_sub_customer.value
    form.is_sub_customer.value = False
    assert book.customers.get(north)["parent"] is None
    assert form.parent.box.layout.display == "none"


def test_S1_42_S1_43_a_taken_name_offers_the_merge_and_nothing_moves_before_yes(book: Book, acme: int) -> None:
    double = book.customers.add(display_name="Acme S.A.", notes="pays late")
    form = book.forms.customer(double)
    type_in(form, "display_name", "acme sa")
    form.question.click("They are one: show what would move")
    assert "Merge Acme S.A. into Acme SA?" in form.question.text
    form.question.click("No")
    assert len(book.customers.list()) == 2
    form.offer_merge(acme)
    form.question.take_over.value = (("notes", double),)
    form.question.click("Yes, merge")
    assert book.customers.list()["customer"].tolist() == ["Acme SA"]
    assert (form.id, form.fields["display_name"].input.value) == (acme, "Acme SA")
    assert form.fields["notes"].input.value == "pays late"


def test_S1_35_a_customer_becomes_inactive_after_yes(book: Book, acme: int) -> None:
    book.customers.add(display_name="North", parent=acme)
    form = book.forms.customer(acme)
    form._standing.click()
    assert "Make Acme SA and its 1 sub-customer inactive?" in form.question.text
    form.question.click("No")
    assert book.customers.get(acme)["inactive_since"] is None
    form._standing.click()
    form.question.click("Yes")
    assert book.customers.list().empty
    assert "inactive" in form.heading.value
    form._standing.click()
    form.question.click("Yes, Acme SA")
    assert book.customers.list()["customer"].tolist() == ["Acme SA"]
    book.customers.make_inactive(acme)
    book.undo(int(book.operations()["id"].iloc[0]))


def test_S1_32_S1_34_who_owes_is_not_made_inactive_and_the_form_says_why(book: Book, acme: int) -> None:
    book.invoices.record(acme, number="1", date="2026-01-01", total="12")
    form = book.forms.customer(acme)
    form._standing.click()
    form.question.click("Yes")
    assert "Acme SA owes EUR 12.00 on 1 open item" in form.said.value


def test_S2_7_done_shows_every_value_and_what_is_missing(book: Book, acme: int) -> None:
    form = book.forms.customer(acme)
    form.fields["city"].input.value = "Puebla"
    form.review()
    shown = form.question.box.children[1].value
    for text in ("Puebla", "missing: the customer is incomplete without it", "Acme SA"):
        assert text in shown
    form.question.click("Close the form")
    assert not form.is_open
    assert book.customers.get(acme)["city"] == "Puebla"


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        ("email", "ana at acme", "not an e-mail address; it is kept as written"),
        ("country", "Ruritania", "not a country known by that name; it is kept as written"),
        ("tax_id", "FR83404833049", "check digit"),
    ],
)
def test_S0_12_what_looks_odd_is_saved_and_said(book: Book, acme: int, field: str, text: str, why: str) -> None:
    form = book.forms.customer(acme)
    if field == "tax_id":
        form.fields["country"].input.value = "FR"
    form.fields[field].input.value = text
    form.flush()
    told = form.fields[field].message.value
    assert "Saved" in told
    assert why in told
    assert "ik-warning" in told
    assert book.customers.get(acme)[field] == text


# The list


def rows(screen: Any) -> list[str]:
    return [row["customer"] for row in screen._rows(0, 50, "customer", False)[1]]


def test_S0_3_the_list_carries_what_was_billed_is_open_and_overdue_as_reports_say_it(book: Book) -> None:
    for name, kind in (("Acme", "customer"), ("Lee", "lead"), ("Zebra", "customer")):
        book.customers.add(display_name=name, kind=kind)
    for name, total, currency, due in (
        ("Acme", "1200", "EUR", "2026-01-31"), ("Acme", "7.50", "GBP", "2199-01-01"), ("Zebra", "5", "EUR", "2026-01-31"),
    ):  # fmt: skip
        book.invoices.record(
            name, number=name + currency, date="2026-01-01", due_date=due, total=total, currency=currency
        )
    book.payments.record("Acme", amount="200", date="2026-01-15", currency="EUR")
    book.payments.record("Zebra", amount="5", date="2026-01-15", currency="EUR")
    rows = {row["customer"]: row for row in book.forms.customers()._rows(0, 50, "customer", False)[1]}
    said = {name: tuple(rows[name].get(column, "") for column in ("billed", "open", "overdue")) for name in rows}
    assert said == {
        "Acme": ("EUR 1,200.00 · GBP 7.50", "EUR 1,000.00 · GBP 7.50", "EUR 1,000.00"),
        "Lee": ("", "", ""),
        "Zebra": ("EUR 5.00", "", ""),
    }
    balances = book.reports.balances().table.to_pylist()
    assert [(row["customer"], row["currency"], row["invoiced"], row["balance"], row["overdue"]) for row in balances] == [
        ("Acme", "EUR", 1200, 1000, 1000), ("Zebra", "EUR", 5, 0, 0), ("Acme", "GBP", Decimal("7.5"), Decimal("7.5"), 0),
    ]  # fmt: skip


def test_S1_45_S1_28_S1_36_S1_37_S1_38_the_list_opens_searches_and_shows_inactive_ones_on_request(
    book: Book, acme: int
) -> None:
    gone = book.customers.add(display_name="Gone")
    book.customers.make_inactive(gone)
    screen = book.forms.customers()
    assert rows(screen) == ["Acme SA"]
    screen.include_inactive.value = True
    assert rows(screen) == ["Acme SA", "Gone (inactive)"]
    screen.text.value = "GON"
    assert rows(screen) == ["Gone (inactive)"]
    screen._act(str(gone), "turn")
    assert book.customers.get(gone)["inactive_since"] is None
    assert rows(screen) == ["Gone"]
    screen._act(str(acme), "edit")
    assert screen.form.id == acme


def test_S1_29_S1_35_the_list_puts_out_of_use_after_yes(book: Book, acme: int) -> None:
    screen = book.forms.customers()
    screen._act(str(acme), "turn")
    assert "Make Acme SA inactive?" in screen.question.text
    screen.question.click("No")
    assert rows(screen) == ["Acme SA"]
    screen._act(str(acme), "turn")
    screen.question.click("Yes")
    assert rows(screen) == []


def test_S0_2_S2_3_new_opens_a_form_and_closed_untouched_nothing_is_left(book: Book) -> None:
    screen = book.forms.customers()
    screen.new.value = "customer"
    assert rows(screen) == ["New customer 1"]
    assert "incomplete" in screen.form.heading.value
    screen.close_form()
    assert rows(screen) == []
    screen.new.value = "lead"
    type_in(screen.form, "display_name", "Lea")
    screen.close_form()
    assert rows(screen) == ["Lea"]
    assert book.customers.get("Lea")["kind"] == "lead"


def test_S1_2_many_at_once_come_from_a_workbook(book: Book) -> None:
    screen = book.forms.customers()
    screen.new.value = "import"
    assert screen.inner.into.value == "customers"


def test_S0_5_a_contact_is_chosen_and_becomes_a_customer(book: Book) -> None:
    ann = book.customers.add(display_name="Ann Lee", kind="contact", email="a@example.org")
    screen = book.forms.customers()
    assert rows(screen) == []
    screen.new.value = "contacts"
    screen._convert(screen._contacts("ann")[0][1])
    assert rows(screen) == ["Ann Lee"]
    assert (screen.form.id, screen.form.fields["email"].input.value) == (ann, "a@example.org")


def test_S0_11_a_list_hears_of_every_change(book: Book) -> None:
    screen = book.forms.customers()
    heard = threading.Event()
    screen.grid.send = lambda message: heard.set() if message == {"type": "refresh", "to_top": False} else None
    book.customers.add(display_name="Acme")
    assert heard.wait(30)
    screen.close()
    heard.clear()
    book.customers.add(display_name="Beta")
    assert not screen._refresh_soon.is_due


# The workbench


def test_M10_the_workbench_walks_through_groups_and_merges_after_yes(book: Book) -> None:
    place = {"address": "12 rue de la Gare", "city": "Lausanne"}
    for name in ("Café Régalin", "Cafe Regalin", "Bernasch Travaux", "Bernasch Travaux SA"):
        book.customers.add(display_name=name, **place)
    bench = book.forms.duplicates()
    assert "Group 1 of 2" in bench.heading.value
    bench.preview()
    bench.question.click("No")
    assert len(book.customers.list()) == 4
    bench.preview()
    bench.question.click("Yes, merge")
    assert len(book.customers.list()) == 3
    assert "Group 1 of 1" in bench.heading.value
    bench.tell_apart()
    assert "No customers look alike" in bench.heading.value
    assert book.forms.duplicates()._groups == []
    assert "No customers look alike" in book.forms.duplicates().heading.value


def test_forms_are_not_written_in_the_past(book: Book, acme: int) -> None:
    book.customers.change(acme, phone="2")
    form = book.at(1).forms.customer(acme)
    assert form.fields["phone"].input.value == "1"
    assert "cannot be done: this is the book as known after operation 1" in type_in(form, "phone", "3")
    form.close()
