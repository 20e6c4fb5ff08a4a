"""Screens as a person uses them, by their widgets, without a browser.

Proves S0.2, S0.8, S1.7, S1.8, S1.9, S1.10, S1.11, S1.12, S1.13, S1.45, S2.2, S2.4, S2.5, S2.12, S2.13, S2.14, S3.1, S3.2, S3.4,
S3.5, S3.9, S3.10, S3.11, S3.12, S3.13, S3.14, S3.15, S3.16, S3.17, S3.18, S4.4, S4.5, S4.6, S4.7, S4.8, S4.9, S4.10, S4.12, S4.14,
S4.15, S4.16, S4.18, S4.19, S4.20, S4.21, S4.22, S4.23, S4.27, C1.
"""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import ipywidgets
import pytest

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.demo import sample_data
from invoicekit.errors import IllegalTransition
from invoicekit.forms.parts.dialog import ask_for
from invoicekit.forms.parts.words import Words, catalogue
from tests.mail_server import MailServer
from tests.test_forms import widgets


def button(screen: Any, text: str) -> Any:
    """Return the button of that text which a person would see."""
    found = [one for one in shown(screen.box) if isinstance(one, ipywidgets.Button) and one.description == text]
    assert found, f"no button {text!r}"
    return found[-1]


def shown(box: Any) -> Iterator[Any]:
    """Yield the widgets inside a box that are not hidden."""
    if getattr(getattr(box, "layout", None), "display", None) == "none":
        return
    yield box
    for child in getattr(box, "children", ()):
        yield from shown(child)


def texts(screen: Any) -> str:
    """Return everything a screen says."""
    return " ".join(str(one.value) for one in shown(screen.box) if isinstance(one, ipywidgets.HTML))


def told(screen: Any) -> str:
    """Return what a screen, or a field, tells, as a person reads it."""
    return unescape(screen.said.value if hasattr(screen, "said") else screen.message.value)


def control(screen: Any, label: str) -> Any:
    """Return the control that bears a label."""
    return next(one for one in shown(screen.box) if getattr(one, "description", "").removesuffix(" *") == label)


def handed(name: str, content: bytes) -> tuple[dict[str, Any], ...]:
    """Return a file as a browser hands it over."""
    when = datetime(2026, 1, 1, tzinfo=UTC)
    return ({"name": name, "type": "", "size": len(content), "content": memoryview(content), "last_modified": when},)


def tick(screen: Any, *ids: int) -> None:
    screen._rows(0, 200, "", False)
    screen.grid.tick(map(str, ids))


def pick(screen: Any, label: str, text: str) -> None:
    """Type first letters into a field, and choose the best match."""
    typed = control(screen, label)
    typed.value = text
    typed._handle_custom_msg({"event": "submit"}, [])


@pytest.fixture
def acme(book: Book) -> int:
    book.seller.change(name="Lee & Co", address="1 High Street", city="Leeds", country="IE", email="a@lee.example")
    return book.customers.add(display_name="Acme SA", address="2 Low Street", phone="12", email="ana@acme.example")


@pytest.fixture
def lease(book: Book, acme: int) -> int:
    matter = book.matters.open("Lease", customers=acme, rate="200")
    for day, minutes in (("2025-12-05", "90 min"), ("2025-12-06", "60 min")):
        book.activities.add(matter, worked=minutes, description=f"Call of {day}", date=day)
    return matter


# The desk


def test_S1_45_S2_2_S2_12_every_screen_opens_in_one_call_and_from_the_desk(book: Book, lease: int) -> None:
    desk = book.forms.desk()
    for place in desk.places:
        screen = desk.go(place)
        assert desk.places[place].button_style == "primary"
        assert screen.is_open
    desk.close()
    assert not desk.is_open
    for call in (
        "customers",
        "matters",
        "activities",
        "invoices",
        "payments",
        "reports",
        "outbox",
        "imports",
        "duplicates",
    ):
        getattr(book.forms, call)().close()
    for form in (book.forms.matter(lease), book.forms.activity(1), book.forms.activity(), book.forms.stopwatch()):
        form.close()


@pytest.mark.parametrize("language", ["en", "fr", "es", "de"])
def test_every_screen_speaks_four_languages(book: Book, lease: int, language: str) -> None:
    desk = book.forms.desk(language=language)
    for place in desk.places:
        desk.go(place)
        assert Words(language)("import_title" if place == "import" else place) in texts(desk) + desk.inner.name
    desk.languages.value = "de"
    assert "customers" in desk.places
    assert desk.places["customers"].description == "Kunden"


def test_every_text_stands_in_the_catalogue_in_four_languages_and_takes_the_same_blanks() -> None:
    said = catalogue()
    folder = Path(ik.__file__).parent / "forms"
    code = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    for key in re.findall(r'(?<!\w)(?:w|words)(?:\.count)?\(\s*"(\w+)"', code):
        assert key in said, key
    for key in re.findall(r'(?<!\w)(?:w|words)\.count\(\s*"(\w+)"', code):
        assert f"{key}_one" in said, key
    for key, four in said.items():
        assert len(four) == 4, key
        assert len({frozenset(re.findall(r"\{(\w+)\}", text)) for text in four}) == 1, key


def test_S0_8_no_screen_has_a_save_button(book: Book, lease: int) -> None:
    desk = book.forms.desk()
    for place in desk.places:
        desk.go(place)
        labels = [one.description.lower() for one in widgets(desk.box) if isinstance(one, ipywidgets.Button)]
        assert not [label for label in labels if label.startswith("save") and "pdf" not in label]


def test_closing_a_screen_leaves_nothing_of_it_in_memory(book: Book, lease: int) -> None:
    from ipywidgets.widgets import widget

    book.forms.desk().close()
    before = len(widget._instances)
    for _ in range(3):
        desk = book.forms.desk()
        for place in desk.places:
            desk.go(place)
        desk.close()
    assert len(widget._instances) <= before


def test_S2_14_help_leads_to_whoever_keeps_the_book(book: Book, acme: int) -> None:
    assert "mailto:a@lee.example" in texts(book.forms.desk())


def test_S0_2_the_dashboard_begins_a_new_customer_and_says_what_is_owed_as_reports_do(book: Book, lease: int) -> None:
    book.invoices.record("Acme SA", number="F-1", date="2026-01-10", due_date="2026-01-20", total="1200")
    desk = book.forms.desk()
    home = desk.inner
    assert "EUR 1,200.00" in home.cards.value
    assert "EUR 500.00" in home.cards.value
    assert "Acme SA" in home.late.value
    home.new.value = "customer"
    assert desk.place == "customers"
    assert desk.inner.form.fields["display_name"].input.value == "New customer 2"
    assert "incomplete" in desk.inner.form.heading.value
    desk.go("home")
    assert len(book.customers.list()) == 1


def test_the_dashboard_takes_back_what_was_done_last(book: Book, acme: int) -> None:
    book.customers.change(acme, phone="99")
    desk = book.forms.desk()
    next(one for one in shown(desk.inner.last) if getattr(one, "description", "") == "Undo").click()
    assert book.customers.get(acme)["phone"] == "12"


# Customers


def test_a_field_takes_back_what_was_saved_in_it_step_by_step(book: Book, acme: int) -> None:
    form = book.forms.customer(acme)
    field = form.fields["phone"]
    assert field.undo_button is None
    for text in ("34", "56"):
        field.input.value = text
        field.flush()
    field.undo()
    assert (book.customers.get(acme)["phone"], field.input.value) == ("34", "34")
    field.undo_button.click()
    assert (book.customers.get(acme)["phone"], field.input.value) == ("12", "12")
    assert field.undo_button.layout.display == "none"


def test_S2_4_S2_5_what_is_missing_is_marked_and_whatever_else_is_known_is_kept(book: Book, tmp_path: Path) -> None:
    book.settings.complete_profile = ["address", "phone"]
    form = book.forms.customer(book.customers.add(display_name="Ann"))
    assert "Ann (incomplete)" in texts(form)
    for name, text in (
        ("address", "1 High Street"),
        ("phone", "12"),
        ("notes", "Calls on Mondays"),
        ("extra", "Bar: Lyon"),
    ):
        form.fields[name].input.value = text
    form.flush()
    assert "incomplete" not in texts(form)
    held = book.customers.get(form.id)
    assert (held["notes"], held["extra"]) == ("Calls on Mondays", {"Bar": "Lyon"})
    book.export(tmp_path / "all")
    told = (tmp_path / "all" / "customers.csv").read_text(encoding="utf-8-sig")
    assert "Calls on Mondays" in told
    assert "Lyon" in told


def test_S2_13_a_customer_is_changed_from_the_list_at_any_time(book: Book, lease: int) -> None:
    issued(book, lease)
    screen = book.forms.customers()
    screen._act("1", "edit")
    screen.form.fields["phone"].input.value = "99"
    screen.form.flush()
    assert book.customers.get(1)["phone"] == "99"


def test_S3_7_a_customer_shows_its_matters_activities_invoices_and_history(book: Book, acme: int, lease: int) -> None:
    form = book.forms.customer(acme)
    form.tabs.show("Activities")
    assert [row["description"] for row in form.inner.rows()] == ["Call of 2025-12-06", "Call of 2025-12-05"]
    form.tabs.show("Matters")
    assert [row["title"] for row in form.inner.rows()] == ["Lease"]
    form.tabs.show("Invoices")
    assert form.inner.rows() == []
    form.tabs.show("History")
    assert "created" in texts(form) or "add" in texts(form)
    form.tabs.show("Details")
    assert form.body.layout.display == ""


def test_S2_11_the_list_is_of_one_tag(book: Book, acme: int) -> None:
    book.customers.add(display_name="Beta", tags="vip")
    screen = book.forms.customers()
    assert "vip" in screen.tag.options
    screen.tag.value = "vip"
    assert [row["customer"] for row in screen._rows(0, 9, "customer", False)[1]] == ["Beta"]


# Import


def test_S1_8_S1_10_S1_11_S1_12_S1_13_the_wizard_goes_step_by_step_and_keeps_what_was_said(book: Book) -> None:
    screen = book.forms.customers()
    screen.new.value = "import"
    wizard = screen.inner
    wizard.next.click()
    assert wizard.step == "file"
    assert "Choose a file" in texts(wizard)
    wizard.path.value = str(sample_data() / "clients_lyon.xlsx")
    wizard.next.click()
    assert wizard.step == "columns"
    assert "created" in wizard._counts.value
    wizard.map("Clients", "Raison sociale", "")
    wizard.map("Clients", "N° client", "")
    wizard.next.click()
    assert wizard.step == "columns"
    assert "Something is missing" in texts(wizard)
    wizard.map("Clients", "Raison sociale", "display_name")
    wizard.map("Clients", "N° client", "external_id")
    wizard.map("Clients", "Courriel", "")
    wizard.back.click()
    wizard.next.click()
    assert wizard.fields["Clients", "Courriel"].value == ""
    wizard.next.click()
    assert wizard.step == "rows"
    wizard.next.click()
    assert wizard.step == "rows"
    assert "cannot be imported before this is answered" in texts(wizard)
    wizard.answers["same_names"].value = "separate"
    button(wizard, "Answer").click()
    total = len(wizard._preview)
    first = wizard._key(wizard._preview[0])
    wizard.grid.tick(set(wizard.grid.ticked) - {first})
    assert f"{total - 1:,} rows chosen" in wizard._counts.value
    wizard.next.click()
    assert wizard.step == "done"
    written = sum(wizard.receipt.created.values())
    assert written == len(book.customers.list(include_inactive=True))
    assert wizard.receipt.rows.set_index("row").loc[wizard._preview[0]["row"], "outcome"] == "skipped"
    assert book.customers.list(include_inactive=True)["email"].isna().all()
    wizard.undo_button.click()
    assert book.customers.list(include_inactive=True).empty


def test_S1_9_a_file_is_handed_over(book: Book) -> None:
    content = b"Name;City\nAcme;Puebla\nZebra;Lyon\n"
    wizard = book.forms.imports("customers")
    wizard.file.value = handed("clients.csv", content)
    for _ in range(3):
        wizard.next.click()
    assert book.customers.list()["customer"].tolist() == ["Acme", "Zebra"]
    wizard.close()


def test_a_file_that_cannot_be_read_is_told_and_the_wizard_stays(book: Book, tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_bytes(b"no workbook")
    wizard = book.forms.imports()
    wizard.path.value = str(tmp_path / "x.xlsx")
    wizard.next.click()
    assert wizard.step == "file"
    assert wizard.said.value


# Matters and activities


def test_a_matter_is_opened_and_closed_untouched_it_is_gone(book: Book, acme: int) -> None:
    screen = book.forms.matters()
    form = screen.add()
    form.close()
    assert book.matters.list().empty
    form = screen.add()
    form.fields["title"].input.value = "Trade mark"
    form.fields["title"].flush()
    pick(form, "Add a client", "acm")
    form.close()
    assert book.matters.list()[["title", "clients"]].values.tolist() == [["Trade mark", "Acme SA"]]


def test_S3_1_S3_2_S3_5_S3_9_S3_10_the_kind_comes_first_then_the_matter(book: Book, acme: int, lease: int) -> None:
    desk = book.forms.desk()
    desk.shortcut.click()
    new = desk.inner.inner
    assert new.form is None
    form = new.choose("time")
    assert form.id is None
    form.fields["worked"].input.value = "1h20"
    form.fields["worked"].flush()
    assert "Not saved" in form.fields["worked"].message.value
    assert form.not_saved() == 'Time worked: "1h20"'
    pick(form, "Matter", "lea")
    assert book.activities.get(form.id)["amount"] == Decimal("266.67")
    assert not form.not_saved()
    for name in ("worked", "matter"):
        assert "Saved" in form.fields[name].message.value
        assert "meanwhile" not in form.fields[name].message.value
    of_matter = book.forms.activity(matter=lease).choose("disbursement")
    assert of_matter.fields["matter"].text == f"Lease ({lease})"
    of_customer = book.forms.activity(customer=acme).choose("expense")
    assert of_customer.fields["customer"].saved == acme


@pytest.mark.parametrize(
    ("kind", "given", "amount"),
    [
        ("time", {"rate": "180", "worked": "0:45"}, "135"),
        ("service", {"quantity": "3", "rate": "50"}, "150"),
        ("expense", {"amount": "12.50"}, "12.50"),
        ("disbursement", {"amount": "70", "paid_to": "Court", "receipt": "B-1"}, "70"),
    ],
)
def test_S3_3_S3_4_each_kind_asks_for_what_it_needs(
    book: Book, lease: int, kind: str, given: dict[str, str], amount: str
) -> None:
    form = book.forms.activity(matter=lease).choose(kind)
    for name, text in given.items():
        assert form.id is None
        form.fields[name].input.value = text
        form.fields[name].flush()
    held = book.activities.get(form.id)
    assert (held["kind"], held["amount"]) == (kind, Decimal(amount))
    form.fields["description"].input.value = "More"
    form.close()
    assert book.activities.get(form.id)["description"] == "More"


def test_S3_14_S3_15_a_client_is_asked_for_where_the_matter_has_several(book: Book, acme: int, lease: int) -> None:
    beta = book.customers.add(display_name="Beta")
    form = book.forms.activity(1)
    assert form.fields["customer"].box.layout.display == "none"
    book.matters.change(lease, customers=[acme, beta])
    book.customers.add(display_name="Bellini")
    form.refresh()
    assert form.fields["customer"].box.layout.display == ""
    control(form, "Customer").value = "be"
    assert [id_ for _, id_ in form.fields["customer"].picker.found.options] == [beta]
    form.fields["customer"].picker.found.value = beta
    assert book.activities.get(1)["customer"] == beta


def test_S3_16_S3_17_S3_18_S4_23_group_actions_appear_on_what_is_chosen(book: Book, acme: int, lease: int) -> None:
    other = book.matters.open("Sale", customers=acme, rate="100")
    screen = book.forms.activities()
    assert screen.actions.layout.display == "none"
    tick(screen, 1)
    assert screen.actions.layout.display == ""
    assert screen.buttons["Write off"].layout.display == ""
    screen.tick_all()
    assert sorted(screen.chosen) == [1, 2]
    screen.click("Transfer")
    pick(screen, "Matter", "sale")
    screen.question.click("Transfer")
    assert book.activities.list(matter=other)["id"].sort_values().tolist() == [1, 2]
    tick(screen, 1, 2)
    screen.click("Set client")
    pick(screen, "Customer", "acm")
    screen.question.click("Set client")
    assert book.activities.get(1)["customer"] == book.activities.get(2)["customer"] == acme
    tick(screen, 1)
    screen.click("Write off")
    screen.question.click("Write off")
    assert "needs a reason" in screen.said.value
    control(screen, "Reason").value = "too long"
    screen.question.click("Write off")
    assert book.activities.get(1)["write_off_reason"] == "too long"
    tick(screen, 1)
    assert screen.buttons["Transfer"].layout.display == "none"
    screen.click("Restore")
    assert book.activities.get(1)["written_off_on"] is None


def test_S3_11_the_stopwatch_becomes_an_activity(book: Book, lease: int) -> None:
    bar = book.forms.stopwatch()
    bar.begin.click()
    assert len(book.stopwatches.list()) == 1
    assert bar.begin.layout.display == "none"
    bar.close()
    book._store.clock.now += timedelta(minutes=20)
    again = book.forms.stopwatch()
    button(again, "■ Stop").click()
    pick(again, "Matter", "lea")
    control(again, "Description").value = "Reading"
    again.question.click("Note it")
    assert book.stopwatches.list().empty
    assert book.activities.list()["description"].tolist().count("Reading") == 1


def test_S3_12_an_appointment_becomes_an_activity(book: Book, lease: int) -> None:
    calendar = b"\r\n".join(
        [b"BEGIN:VCALENDAR", b"VERSION:2.0", b"PRODID:x", b"BEGIN:VEVENT", b"UID:1", b"DTSTAMP:20251205T080000Z",
         b"DTSTART:20251205T090000Z", b"DTEND:20251205T100000Z", b"SUMMARY:Meeting", b"END:VEVENT", b"END:VCALENDAR", b""]
    )  # fmt: skip
    screen = book.forms.activities(lease)
    button(screen, "From a calendar or e-mail").click()
    upload = next(one for one in shown(screen.box) if isinstance(one, ipywidgets.FileUpload))
    upload.value = handed("a.ics", calendar)
    screen.question.click("Convert")
    assert "1 activity noted" in screen.said.value
    assert "Meeting" in book.activities.list(matter=lease)["description"].tolist()


def test_S3_13_a_task_and_an_email_become_activities(book: Book, lease: int) -> None:
    task = b"\r\n".join(
        [b"BEGIN:VCALENDAR", b"VERSION:2.0", b"PRODID:x", b"BEGIN:VTODO", b"UID:2", b"DTSTAMP:20251205T080000Z",
         b"DTSTART:20251205T090000Z", b"DURATION:PT20M", b"SUMMARY:Read the file", b"END:VTODO", b"END:VCALENDAR", b""]
    )  # fmt: skip
    mail = (
        b"From: a@example.org\r\nTo: b@example.org\r\nDate: Fri, 05 Dec 2025 10:00:00 +0000\r\n"
        b"Message-ID: <1@example.org>\r\nSubject: Reply\r\n\r\nHello\r\n"
    )
    screen = book.forms.activities(lease)
    for name, content in (("task.ics", task), ("reply.eml", mail)):
        button(screen, "From a calendar or e-mail").click()
        upload = next(one for one in shown(screen.box) if isinstance(one, ipywidgets.FileUpload))
        upload.value = handed(name, content)
        screen.question.click("Convert")
    assert 'The email "Reply" of 2025-12-05 does not say how long it took' in told(screen)
    control(screen, "Time worked").value = "10 min"
    screen.question.click("Convert")
    assert "1 activity noted" in told(screen)
    noted = book.activities.list(matter=lease)
    worked = dict(zip(noted["description"], noted["hours_worked"] * 60, strict=True))
    assert {name: round(worked[name]) for name in ("Read the file", "Reply")} == {"Read the file": 20, "Reply": 10}


# Invoices


def billed(book: Book, lease: int) -> tuple[Any, Any]:
    form = book.forms.matter(lease)
    button(form, "Bill").click()
    return form.inner, form.inner.inner


def test_S4_4_S4_5_S4_6_S4_18_S4_19_S4_20_from_draft_to_closed_and_back(book: Book, lease: int) -> None:
    screen, draft = billed(book, lease)
    assert [row["status"] for row in screen.rows()] == ["draft"]
    assert screen.actions.layout.display == "none"
    button(draft, "Finalise").click()
    assert "Finalise this draft?" in screen.question.text
    screen.question.click("Finalise")
    assert book.invoices.get(draft.id)["status"] == "final"
    assert "Issued: 1" in screen.said.value
    tick(screen, draft.id)
    assert screen.buttons["Delete"].layout.display == "none"
    screen.click("Close")
    assert "1 closed" in screen.said.value
    assert screen.rows() == []
    screen.status.value = "closed"
    assert [row["id"] for row in screen.rows()] == [draft.id]
    tick(screen, draft.id)
    assert screen.buttons["Send"].layout.display == "none"
    screen.click("Revert to final")
    assert book.invoices.get(draft.id)["status"] == "final"


def test_S4_5_deleting_a_draft_frees_its_work_after_yes(book: Book, lease: int) -> None:
    screen, draft = billed(book, lease)
    tick(screen, draft.id)
    screen.click("Delete")
    screen.question.click("No")
    assert screen.rows()
    screen.click("Delete")
    screen.question.click("Yes")
    assert screen.rows() == []
    assert book.activities.list(state="unbilled")["id"].sort_values().tolist() == [1, 2]


def test_S4_7_S4_8_a_new_template_is_in_the_menu_and_is_used(book: Book, lease: int) -> None:
    book.documents.templates.new("ours", from_="default")
    screen, draft = billed(book, lease)
    draft.finalise()
    menu = control(screen, "Template")
    assert [label for label, _ in menu.options] == ["the usual one", "ours"]
    menu.value = "ours"
    screen.question.click("Finalise")
    assert book.invoices.get(draft.id)["template"] == "ours"


def test_the_editor_changes_lines_and_its_totals_follow(book: Book, lease: int) -> None:
    _, draft = billed(book, lease)
    assert "EUR 500.00" in draft.totals.value
    line = draft.add_line()
    for name, text in (("description", "Copies"), ("quantity", "10"), ("unit_price", "0.25")):
        line.fields[name].input.value = text
        line.fields[name].flush()
    draft.refresh()
    assert "EUR 502.50" in draft.totals.value
    assert [row["description"] for row in draft._rows(0, 9, "", False)[1]][-1] == "Copies"
    draft.lines.tick(["3"])
    draft._take_off.click()
    draft.refresh()
    assert "EUR 500.00" in draft.totals.value
    draft.lines.tick(["1"])
    draft._write.click()
    control(draft, "Percent more (10) or less (-10)").value = "-10"
    draft.question.click("Write up or down")
    assert "needs a reason" in draft.said.value
    control(draft, "Reason").value = "agreed"
    draft.question.click("Write up or down")
    draft.refresh()
    assert "EUR 470.00" in draft.totals.value
    button(draft, "Discount or charge").click()
    control(draft, "Percent").value = "10"
    control(draft, "Reason").value = "loyalty"
    draft.question.click("Apply")
    draft.refresh()
    assert "EUR 423.00" in draft.totals.value
    draft.preview.value = True
    assert "423" in texts(draft)
    draft.fields["subject"].input.value = "The lease"
    draft.fields["subject"].flush()
    assert book.invoices.get(draft.id)["subject"] == "The lease"


def test_S4_27_work_noted_since_is_offered(book: Book, lease: int) -> None:
    _, draft = billed(book, lease)
    book.activities.add(lease, worked="1h", description="Late", date="2025-12-07")
    draft.refresh()
    assert "1 activity could be on this draft" in texts(draft)
    button(draft, "Add work").click()
    draft.question.click("Add work")
    assert book.invoices.get(draft.id)["net"] == Decimal("700.0000")


def test_lines_by_hand_for_a_customer_alone(book: Book, acme: int) -> None:
    screen = book.forms.invoices(customer=acme)
    screen.add()
    screen.question.click("Draft it")
    assert isinstance(screen.inner.id, int)
    assert book.invoices.get(screen.inner.id)["customer"] == acme


def issued(book: Book, lease: int) -> Any:
    screen, draft = billed(book, lease)
    draft.finalise()
    screen.question.click("Finalise")
    tick(screen, draft.id)
    return screen


def test_S4_12_the_mail_dialog_wants_its_fields_and_S4_10_sends(
    book: Book, lease: int, mail_server: MailServer
) -> None:
    book.mail.change(host="127.0.0.1", port=mail_server.port, security="none", sender="a@lee.example")
    screen = issued(book, lease)
    screen.click("Send")
    to = control(screen, "To")
    assert to.value == "ana@acme.example"
    for label in ("To", "Subject", "Text"):
        held, control(screen, label).value = control(screen, label).value, ""
        screen.question.click("Send")
        assert f"{label} is empty" in screen.said.value
        control(screen, label).value = held
    screen.question.click("Send")
    assert "1 sent" in screen.said.value
    assert len(mail_server.of("ana@acme.example")) == 1


def test_S4_9_issued_all_the_same_where_mail_cannot_go_out(book: Book, lease: int) -> None:
    screen, draft = billed(book, lease)
    draft.finalise()
    screen.question.click("Finalise and send")
    assert book.invoices.get(draft.id)["status"] == "final"
    assert "Issued, but not sent" in screen.said.value


def test_S4_22_who_owns_another_customer_does_not_finalise_and_is_told(
    book: Book, lease: int, lies_at: Path | str
) -> None:
    beta = book.customers.add(display_name="Beta")
    hers, draft = billed(book, lease)
    book.users.add("ana")
    book.users.add("ben")
    for user, of in (("ana", None), ("ben", beta)):
        book.access.grant(user, "owner", customer=of)
        book.access.grant(user, "processing")
    with ik.open(lies_at, actor="ben") as bens:
        screen = bens.forms.invoices()
        tick(screen, draft.id)
        screen.click("Finalise")
        screen.question.click("Finalise")
        assert "ben cannot issue invoices for Acme SA: it takes an owner of that customer" in told(screen)
    assert book.invoices.get(draft.id)["status"] == "draft"
    draft.finalise()
    hers.question.click("Finalise")
    assert book.invoices.get(draft.id)["status"] == "final"


def test_S4_15_sent_by_other_means_is_recorded(book: Book, lease: int) -> None:
    screen = issued(book, lease)
    screen.click("Sent otherwise")
    control(screen, "By").value = "hand"
    screen.question.click("Record")
    assert book.invoices.sendings()["means"].tolist() == ["hand"]


def test_S4_14_the_pdf_is_handed_over(book: Book, lease: int) -> None:
    screen = issued(book, lease)
    screen.click("PDF")
    [data] = re.findall(r"data:application/pdf;base64,([^\"]+)", texts(screen))
    assert base64.b64decode(data).startswith(b"%PDF")


def test_S4_21_what_is_handed_over_is_what_is_sent(book: Book, lease: int, mail_server: MailServer) -> None:
    book.mail.change(host="127.0.0.1", port=mail_server.port, security="none", sender="a@lee.example")
    screen = issued(book, lease)
    screen.click("PDF")
    [data] = re.findall(r"data:application/pdf;base64,([^\"]+)", texts(screen))
    screen.click("Send")
    screen.question.click("Send")
    [message] = mail_server.of("ana@acme.example")
    [attached] = [
        part.get_payload(decode=True) for part in message.walk() if part.get_content_type() == "application/pdf"
    ]
    assert attached == base64.b64decode(data)


def test_a_credit_note_is_issued_with_its_reason(book: Book, lease: int) -> None:
    screen = issued(book, lease)
    screen.click("Credit note")
    control(screen, "Reason").value = "mistake"
    screen.question.click("Credit note")
    assert "was issued" in screen.said.value
    assert len(book.invoices.list()) == 2


# Payments, outbox, reports


def test_a_payment_is_posted_once_it_is_confirmed_and_settles_what_was_chosen(book: Book, acme: int) -> None:
    for number, total in (("F-1", "100"), ("F-2", "200")):
        book.invoices.record(acme, number=number, date="2025-12-10", total=total)
    screen = book.forms.payments()
    screen.add()
    screen.question.click("Record a payment")
    assert "Choose who paid" in screen.said.value
    pick(screen, "Customer", "acm")
    control(screen, "Amount").value = "150"
    control(screen, "Settles").value = (2,)
    screen.question.click("Record a payment")
    assert "EUR 150.00, on 1 invoice" in screen.said.value
    assert book.payments.allocations()["number"].tolist() == ["F-2"]
    tick(screen, 1)
    screen.click("Apply otherwise")
    control(screen, "Settles").value = (1,)
    screen.question.click("Apply")
    assert "Applied to 1 invoice" in screen.said.value
    assert [
        row["number"] for row in book.payments.allocations().to_dict("records") if row["taken_back_on"] is None
    ] == ["F-1"]
    tick(screen, 1)
    screen.click("What it settles")
    screen.question.click("Take it back")
    assert "Taken back" in screen.said.value
    tick(screen, 1)
    screen.click("Bounced")
    control(screen, "Reason").value = "no funds"
    screen.question.click("Bounced")
    assert screen.rows()[0]["bounced_on"]


def test_an_invoice_is_paid_from_its_row(book: Book, lease: int) -> None:
    screen = issued(book, lease)
    screen.click("Record a payment")
    assert control(screen, "Amount").value == "500.00"
    screen.question.click("Record a payment")
    assert book.invoices.list()["payment_status"].tolist() == ["paid"]


def test_the_outbox_tells_and_tries_again(book: Book, lease: int, mail_server: MailServer) -> None:
    outbox = book.forms.outbox()
    button(outbox, "Mail account").click()
    control(outbox, "Server").value = "127.0.0.1"
    control(outbox, "Port").value = str(mail_server.port)
    control(outbox, "Sender").value = "a@lee.example"
    control(outbox, "Security").value = "none"
    outbox.question.click("Keep it")
    assert "Kept" in outbox.said.value
    assert book.mail.get()["host"] == "127.0.0.1"
    button(outbox, "Send what waits").click()
    assert "0 sent" in outbox.said.value


def test_a_report_is_asked_as_its_parameters_stand(book: Book, acme: int) -> None:
    book.invoices.record(acme, number="F-1", date="2026-01-10", due_date="2026-02-09", total="1200")
    screen = book.forms.reports("aging")
    screen.parameters["as_of"].value = ik.dates.to_date("2026-02-20")
    screen.parameters["by"].value = "invoice"
    report = screen.run()
    assert report.table.to_pylist() == book.reports.aging(as_of="2026-02-20", by="invoice").table.to_pylist()
    assert screen._rows(screen.report, 0, 9, "", False)[1][0]["days_1_30"] == "1,200.00"
    screen.grid.selected = "0"
    button(screen, "Explain").click()
    assert "F-1" in texts(screen)
    button(screen, "As a workbook").click()
    assert 'download="aging.xlsx"' in texts(screen)
    for name in [name for _, name in screen.which.options]:
        screen.which.value = name
        assert "ik-refused" not in screen.said.value, name
    screen.which.value = "aging"
    screen.parameters["buckets"].value = "90, 30"
    screen.run()
    assert "rising" in screen.said.value


# What may not be lost, or go to somebody else


def test_a_payment_goes_to_whoever_stands_there_or_to_nobody(book: Book, acme: int) -> None:
    book.customers.add(display_name="Beta")
    screen = book.forms.payments()
    screen.add()
    pick(screen, "Customer", "acm")
    control(screen, "Customer").value = "Beta"
    control(screen, "Amount").value = "10"
    screen.question.click("Record a payment")
    assert '"Beta" is typed, and nothing is chosen' in told(screen)
    assert book.payments.list().empty
    assert control(screen, "Amount").value == "10"
    screen.question.click("Cancel")


def test_emptying_a_choice_while_the_form_is_refreshed_holds_nobody_up(book: Book, lease: int) -> None:
    book.users.add("ann")
    form = book.forms.matter(lease)
    pick(form, "Responsible", "an")
    threads = [threading.Thread(target=form.refresh) for _ in range(20)]
    for nth, thread in enumerate(threads):
        thread.start()
        control(form, "Responsible").value = "" if nth % 2 else "ann"
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    book.customers.add(display_name="Somebody")


def test_a_form_shows_that_a_choice_was_emptied_elsewhere(book: Book, acme: int) -> None:
    book.customers.change(acme, language="fr", notes="old")
    form = book.forms.customer(acme)
    book.customers.change(acme, language=None, notes="new")
    form.refresh()
    assert (form.fields["language"].input.value, form.fields["notes"].input.value) == ("", "new")


def test_a_line_is_followed_where_it_moves_and_told_where_it_is_gone(book: Book, acme: int) -> None:
    lines = [{"description": name, "quantity": "1", "unit_price": "10"} for name in ("one", "two", "three")]
    draft = book.invoices.draft(customer=acme, lines=lines)
    form = book.forms.draft(draft)
    line = form.open_line(2)
    form.lines.tick(["2"])
    book.invoices.remove_lines(draft, [1])
    line.fields["unit_price"].input.value = "999"
    line.fields["unit_price"].flush()
    assert book.invoices.lines(draft)[["description", "unit_price"]].values.tolist() == [["two", 999], ["three", 10]]
    form._take_off.click()
    assert "were changed elsewhere" in form.said.value
    assert len(book.invoices.lines(draft)) == 2
    line = form.open_line(2)
    line.fields["quantity"].input.value = "many"
    book.invoices.remove_lines(draft, [2])
    line.refresh()
    assert not line.is_open
    assert "This line is no more" in form.said.value


def test_a_draft_issued_elsewhere_says_what_was_typed_in_vain(book: Book, lease: int) -> None:
    screen, draft = billed(book, lease)
    line = draft.open_line(1)
    line.fields["tax_rate"].input.value = "much"
    line.fields["tax_rate"].flush()
    book.invoices.finalize(draft.id)
    draft.refresh()
    assert not draft.is_open
    assert 'It was issued meanwhile, as 1. Not kept of what was typed: Tax rate: "much".' in told(screen)
    with pytest.raises(IllegalTransition, match="was issued"):
        book.forms.draft(draft.id)


def test_the_file_that_is_imported_is_the_one_handed_over_last(book: Book) -> None:
    wizard = book.forms.imports("customers")
    for phone in (b"111", b"222"):
        wizard.file.value = handed("c.csv", b"Name,Phone\nZeta," + phone + b"\n")
        wizard.next.click()
        wizard.back.click()
    for _ in range(3):
        wizard.next.click()
    assert book.customers.get("Zeta")["phone"] == "222"


def test_rows_left_out_stay_so_when_somebody_looks_back(book: Book) -> None:
    wizard = book.forms.imports("customers")
    wizard.file.value = handed("c.csv", b"Name\nAcme\nZeta\n")
    wizard.next.click()
    wizard.next.click()
    wizard.grid.tick([wizard._key(wizard._preview[0])])
    wizard.back.click()
    wizard.next.click()
    assert len(wizard.grid.ticked) == 1
    wizard.next.click()
    assert book.customers.list()["customer"].tolist() == ["Acme"]


def test_another_kind_may_be_chosen_and_what_was_typed_is_named(book: Book, lease: int) -> None:
    new = book.forms.activity()
    form = new.choose("time")
    form.fields["worked"].input.value = "1:30"
    new.choose("expense")
    assert new.is_open
    assert new.form is not None
    assert 'Time worked: "1:30"' in told(new)


def test_what_a_dialog_was_given_is_named_when_it_is_left(book: Book, acme: int) -> None:
    desk = book.forms.desk()
    desk.go("payments").add()
    control(desk, "Amount").value = "1200"
    desk.go("home")
    assert 'Amount: "1200"' in told(desk)


def test_a_dialog_stays_where_its_answer_fails_whatever_the_reason(book: Book, acme: int, caplog: Any) -> None:
    screen = book.forms.invoices()
    screen.add()
    screen.question.click("Draft it")
    assert "Choose a customer or a matter" in screen.said.value
    assert screen.question.box.layout.display == ""

    def fail(_: object) -> None:
        raise ZeroDivisionError("by nought")

    asked = ask_for(screen, "?", {}, {"Go": fail})
    asked.click("Go")
    assert "ZeroDivisionError: by nought" in screen.said.value
    assert asked.box.layout.display == ""


def test_nought_is_a_value(book: Book, lease: int) -> None:
    book.matters.change(lease, tax_rate="0")
    form = book.forms.matter(lease)
    field = form.fields["tax_rate"]
    assert field.input.value == "0"
    field.input.value = ""
    field.flush()
    assert book.matters.get(lease)["tax_rate"] is None


def test_taking_back_never_writes_over_somebody_else(book: Book, acme: int) -> None:
    form = book.forms.customer(acme)
    field = form.fields["phone"]
    field.input.value = "222"
    field.flush()
    book.customers.change(acme, phone="999")
    form.refresh()
    field.undo()
    assert book.customers.get(acme)["phone"] == "999"
    assert "changed elsewhere since, to 999" in field.message.value


def test_a_refused_choice_counts_as_not_saved(book: Book, acme: int, lease: int) -> None:
    book.matters.open("Sale", customers=acme)
    book.invoices.draft(lease)
    form = book.forms.activity(1)
    pick(form, "Matter", "sale")
    assert "Not saved" in form.fields["matter"].message.value
    assert "Sale" in form.not_saved()
    form.fields["matter"].drop()
    assert form.not_saved() == ""


@pytest.mark.parametrize("text", ["--5", "5-", "x"])
def test_what_is_no_number_is_refused_in_its_field(book: Book, lease: int, text: str) -> None:
    field = book.forms.matter(lease).fields["time_step"]
    field.input.value = text
    field.flush()
    assert field.is_pending
    assert "Not saved" in field.message.value
    field.drop()


def test_two_lines_of_one_name_are_not_made_one(book: Book, acme: int) -> None:
    field = book.forms.customer(acme).fields["extra"]
    field.input.value = "Gate: 1\nGate: 2"
    field.flush()
    assert 'Two lines are called "Gate"' in told(field)
    assert book.customers.get(acme)["extra"] == {}
    field.drop()


def test_a_screen_that_was_closed_hears_of_nothing(book: Book, acme: int) -> None:
    watchers = book._store._place.watchers._callbacks
    before = len(watchers)
    desk = book.forms.desk()
    desk.go("import")
    desk.close()
    assert len(watchers) == before


def test_what_is_gone_is_chosen_no_more_and_sums_follow(book: Book, lease: int) -> None:
    screen, draft = billed(book, lease)
    tick(screen, draft.id)
    assert screen.grid.totals["total"] == "EUR 500.00"
    book.invoices.delete_draft(draft.id)
    screen.refresh()
    assert screen.chosen == []
    screen._rows(20, 20, "", False)
    assert screen.grid.totals == {}


def test_a_report_that_was_not_shown_is_not_handed_over(book: Book, acme: int) -> None:
    screen = book.forms.reports("aging")
    screen.which.value = "statement"
    button(screen, "As a workbook").click()
    assert "Show the report first" in screen.said.value


def test_looking_over_a_customer_leads_back_to_its_form(book: Book, acme: int) -> None:
    form = book.forms.customer(acme)
    form.tabs.show("Payments")
    form.review()
    form.question.click("Go on")
    assert (form.tabs.box.value, form.body.layout.display) == ("Details", "")


# What people type


NASTY = (
    "<img src=x onerror=alert(1)>",
    "x" * 10_000,
    "🦄 Ünïcödé",
    "שלום עולם",
    "'; drop table customers; --",
    "{name}",
)


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("name", NASTY)
def test_whatever_is_typed_is_shown_as_text_on_every_screen(book: Book, name: str) -> None:
    acme = book.customers.add(display_name=name, tags=name.replace(",", " "), notes=name)
    matter = book.matters.open(name, customers=acme, rate="10")
    book.activities.add(matter, worked="1h", description=name, date="2025-12-05")
    draft = book.invoices.draft(matter, subject=name)
    book.invoices.record(acme, number="F-1", date="2025-12-10", total="12")
    book.payments.record(acme, amount="5", date="2025-12-11", reference=name, method=name)
    desk = book.forms.desk()
    for place in desk.places:
        screen = desk.go(place)
        if place == "reports":
            assert len(screen.report)
        elif place not in ("home", "import", "outbox"):
            assert screen._rows(0, 9, "customer" if place == "customers" else "", False)[0]
    forms = (book.forms.customer(acme), book.forms.matter(matter), book.forms.activity(1), book.forms.draft(draft))
    for screen in (desk.go("home"), *forms):
        assert "<img src=x" not in texts(screen)
