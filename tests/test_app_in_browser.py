"""All screens of a book on pages of a real browser.

Proves S0.2, S0.7, S0.9, S0.10, S1.6, S1.8, S1.10, S1.40, S2.2, S2.7, S2.12, S2.13, S2.14, S3.1, S3.2, S3.8, S4.4, S4.6, S4.14.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import invoicekit as ik
from invoicekit.app import Served, serve
from invoicekit.demo import sample_data
from tests.conftest import empty_book

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.xdist_group("browser")

PLACES = ("Dashboard", "Customers", "Matters", "Activities", "Invoices", "Payments", "Reports", "Import", "Outbox")


class App:
    """A book, its server, and the pages that are open on it."""

    def __init__(self, path: Path, chromium: Browser, stack: ExitStack) -> None:
        self.book = stack.enter_context(ik.open(empty_book(path), actor="ana"))
        self.served: Served = serve(self.book)
        self.served.start()
        stack.callback(self.stop)
        self.context = chromium.new_context(viewport={"width": 1300, "height": 1000}, locale="en-US")
        stack.callback(self.context.close)
        self.outside: list[str] = []
        self.faults: list[str] = []

    def stop(self) -> None:
        """Stop the server that serves by now: a test may have started another."""
        self.served.stop()

    def page(self, url: str | None = None) -> Page:
        """Open a page, and wait until it is drawn."""
        page = self.context.new_page()
        page.set_default_timeout(60_000)
        own = ("http://127.0.0.1:", "data:", "blob:", "ws://127.0.0.1:", "about:")
        page.on("request", lambda asked: None if asked.url.startswith(own) else self.outside.append(asked.url))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        page.goto(url or self.served.url)
        expect(page.locator(".ik-nav button")).to_have_count(len(PLACES) + 1)
        return page


@pytest.fixture
def app(tmp_path: Path, chromium: Browser) -> Iterator[App]:
    with ExitStack() as stack:
        one = App(tmp_path / "acme.duckdb", chromium, stack)
        yield one
        assert one.outside == []
        assert one.faults == []


@pytest.fixture
def lease(app: App) -> int:
    book = app.book
    book.seller.change(name="Lee & Co", address="1 High Street", city="Dublin", country="IE", email="a@lee.example")
    acme = book.customers.add(display_name="Acme SA", address="2 Low Street", phone="12", city="Dublin", country="IE")
    return book.matters.open("Lease", customers=acme, rate="200")


def go(page: Page, place: str) -> None:
    page.locator(".ik-nav").get_by_role("button", name=place, exact=True).click()
    expect(page.locator(".ik-nav .mod-primary")).to_have_text(place)


def press(page: Page, text: str) -> None:
    page.get_by_role("button", name=text, exact=True).last.click()


def until(said: Callable[[], Any], wanted: Any, page: Page) -> None:
    """Wait until the book says something; every turn lets the page go on."""
    deadline = datetime.now().timestamp() + 60
    while (found := said()) != wanted:
        assert datetime.now().timestamp() < deadline, f"{found!r} is not {wanted!r}"
        page.wait_for_timeout(50)


def test_S0_7_S0_9_S0_10_S2_7_every_kind_of_field_is_there_when_it_is_closed_at_once_and_opened_again(app: App) -> None:
    page = app.page()
    go(page, "Customers")
    page.get_by_label("+ New").select_option("customer")
    form = page.locator(".ik-form")
    typed = {"Name": "Acme <b>SA</b>", "Phone": "+33 1", "Notes": "pays\nlate", "Terms": "NET_30", "Tags": "vip, north",
             "Further fields": "Agent: Ann", "Hourly rate": "180.50"}  # fmt: skip
    for label, text in typed.items():
        form.get_by_label(label, exact=True).or_(form.get_by_label(f"{label} *", exact=True)).fill(text)
    form.get_by_label("Kind", exact=True).select_option("lead")
    form.get_by_label("E-mail", exact=True).fill("ann@acme.example")
    press(page, "Close")
    held = {
        "notes": "pays\nlate",
        "tags": ["vip", "north"],
        "extra": {"Agent": "Ann"},
        "kind": "lead",
        "email": "ann@acme.example",
    }
    until(lambda: {name: app.book.customers.get(1)[name] for name in held}, held, page)
    page.get_by_role("button", name="Acme <b>SA</b>", exact=True).click()
    for label, text in typed.items():
        field = form.get_by_label(label, exact=True).or_(form.get_by_label(f"{label} *", exact=True))
        expect(field).to_have_value(text)
    press(page, "Done")
    expect(form.get_by_text("Everything is saved")).to_be_visible()


def test_S1_8_S1_10_a_workbook_comes_in_through_the_wizard_and_is_taken_back(app: App) -> None:
    page = app.page()
    go(page, "Customers")
    page.get_by_label("+ New").select_option("many, from a workbook")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file (0)").click()
    chooser.value.set_files(sample_data() / "invoices_leeds.csv")
    expect(page.get_by_role("button", name="Choose a file (1)")).to_be_visible()
    page.get_by_label("Its rows are").select_option("found by their headings")
    press(page, "Next")
    expect(page.get_by_text(re.compile(r"\d+ created"))).to_be_visible()
    press(page, "Next")
    expect(page.get_by_text("Rows that are not ticked are not imported.")).to_be_visible()
    # The screen is called as its button is, which comes with the last step.
    expect(page.get_by_role("button", name="Import", exact=True)).to_have_count(2)
    press(page, "Import")
    expect(page.get_by_text("6 customers, 40 invoices created")).to_be_visible()
    assert app.book.sql("select count(*) from invoices").iloc[0, 0] == 40
    press(page, "Take the import back")
    expect(page.get_by_text("Taken back.")).to_be_visible()
    assert app.book.sql("select count(*) from invoices").iloc[0, 0] == 0


def test_S3_2_S3_8_S4_6_S4_14_a_matter_is_billed_from_entry_to_pdf(app: App, lease: int) -> None:
    page = app.page()
    press(page, "+")
    press(page, "time")
    page.get_by_label("Matter *", exact=True).press_sequentially("lea")
    page.get_by_role("option", name="Lease (1)").click()
    page.get_by_label("Time worked", exact=True).fill("1h30")
    until(lambda: app.book.activities.list()["amount"].fillna(0).tolist(), [300], page)
    page.get_by_label("Description", exact=True).fill("Reading the lease")
    go(page, "Matters")
    page.get_by_role("button", name="Lease", exact=True).click()
    press(page, "Bill")
    expect(page.get_by_text("Draft for Acme SA")).to_be_visible()
    press(page, "Finalise")
    page.locator(".ik-question").get_by_role("button", name="Finalise", exact=True).click()
    expect(page.get_by_text("Issued: 1.")).to_be_visible()
    page.get_by_role("checkbox", name="Choose 1", exact=True).check()
    press(page, "PDF")
    link = page.get_by_role("link", name="Save ")
    expect(link).to_be_visible()
    found = re.fullmatch("data:application/pdf;base64,(.*)", link.get_attribute("href") or "")
    assert found is not None
    assert base64.b64decode(found[1]).startswith(b"%PDF")
    assert app.book.activities.list()["description"].tolist() == ["Reading the lease"]


def test_S1_40_two_customers_are_merged(app: App) -> None:
    for name in ("Café Régalin", "Cafe Regalin"):
        app.book.customers.add(display_name=name, address="12 rue de la Gare", city="Lausanne")
    page = app.page()
    go(page, "Customers")
    press(page, "Duplicates")
    press(page, "Show what would move")
    press(page, "Yes, merge")
    expect(page.get_by_text("No customers look alike.")).to_be_visible()
    assert len(app.book.customers.list()) == 1


def test_tabs_share_the_book_and_a_reload_finds_everything(app: App, lease: int) -> None:
    one, two = app.page(), app.page(app.served.url.partition("?")[0])
    for page in (one, two):
        go(page, "Customers")
        page.get_by_role("button", name="Acme SA", exact=True).click()
    one.get_by_label("Phone", exact=True).fill("99")
    expect(two.get_by_label("Phone", exact=True)).to_have_value("99")
    two.get_by_label("Fax", exact=True).fill("typed and reloaded")
    two.reload()
    until(lambda: app.book.customers.get("Acme SA")["fax"], "typed and reloaded", two)
    expect(one.get_by_label("Fax", exact=True)).to_have_value("typed and reloaded")
    go(two, "Customers")
    two.get_by_role("button", name="Acme SA", exact=True).click()
    expect(two.get_by_label("Fax", exact=True)).to_have_value("typed and reloaded")


def test_a_lost_connection_is_told_and_the_page_comes_back(app: App, lease: int) -> None:
    page = app.page()
    go(page, "Customers")
    page.get_by_role("button", name="Acme SA", exact=True).click()
    page.get_by_label("Phone", exact=True).fill("saved before")
    until(lambda: app.book.customers.get("Acme SA")["phone"], "saved before", page)
    where = urlsplit(app.served.url)
    app.served.stop()
    expect(page.get_by_text("The connection is lost.")).to_be_visible()
    expect(page.get_by_label("Phone", exact=True)).not_to_be_editable()
    app.served = serve(app.book, port=where.port or 0, token=where.query.removeprefix("token="))
    app.served.start()
    expect(page.get_by_text("Receivables")).to_be_visible()
    app.faults.clear()  # the browser says that it found nobody


def test_a_page_goes_on_while_another_one_works(app: App, lease: int) -> None:
    for number in range(30):
        app.book.invoices.record("Acme SA", number=f"F-{number}", date=date(2026, 1, 1), total="10")
    one, two = app.page(), app.page(app.served.url.partition("?")[0])
    go(one, "Reports")
    go(two, "Customers")
    two.get_by_role("button", name="Acme SA", exact=True).click()
    one.get_by_label("Report", exact=True).select_option(label="Cash-in forecast")
    two.get_by_label("Phone", exact=True).fill("77")
    until(lambda: app.book.customers.get("Acme SA")["phone"], "77", two)


def test_typing_without_a_pause_loses_nothing_and_writes_nothing_twice(app: App, lease: int) -> None:
    page = app.page()
    go(page, "Customers")
    page.get_by_role("button", name="Acme SA", exact=True).click()
    text = "0123456789 " * 20
    before = int(app.book.operations()["id"].max())
    page.get_by_label("Fax", exact=True).press_sequentially(text)
    until(lambda: app.book.customers.get("Acme SA")["fax"], text.strip(), page)
    written = app.book.sql("select count(*) as n from operations where id > $before", {"before": before})["n"][0]
    fax = app.book.history("Acme SA")
    assert len(fax[fax["field"] == "fax"]) == written


def test_whoever_types_already_keeps_the_cursor(app: App, lease: int) -> None:
    page = app.page()
    go(page, "Customers")
    page.get_by_role("button", name="Acme SA", exact=True).click()
    fax = page.get_by_label("Fax", exact=True)
    fax.press_sequentially("01")
    [desk] = app.book.forms._open
    customers = desk.inner
    assert customers is not None
    # As it comes from a machine that is busy: late.
    customers.frame.look_at(".ik-slot")
    customers.say("looked")
    expect(page.get_by_text("looked")).to_be_visible()
    expect(fax).to_be_focused()
    page.keyboard.type("23")
    until(lambda: app.book.customers.get("Acme SA")["fax"], "0123", page)


NASTY = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>\u202etxet {0} 🦄'


def test_S2_2_nothing_typed_becomes_a_script_on_any_screen(app: App) -> None:
    book = app.book
    book.seller.change(name=NASTY, address="1", city="Dublin", country="IE", email="a@lee.example")
    acme = book.customers.add(display_name=NASTY, notes=NASTY, phone="1", address=NASTY, city="Dublin")
    matter = book.matters.open(NASTY, customers=acme, rate="10")
    book.activities.add(matter, worked="1h", description=NASTY, date="2026-01-05")
    draft = book.invoices.draft(matter, subject="x")
    book.invoices.record(acme, number="F-1<b>", date="2026-01-10", due_date="2026-01-11", total="12")
    page = app.page()
    for place in PLACES:
        go(page, place)
        page.wait_for_function("() => !document.querySelector('[aria-busy=true]')")
    go(page, "Customers")
    page.get_by_role("grid").get_by_role("button", name="<img").first.click()
    for tab in ("Matters", "Activities", "Invoices", "Account", "History"):
        page.locator(".ik-tabs").get_by_role("button", name=tab, exact=True).click()
        expect(page.locator(".ik-tabs .mod-active")).to_have_text(tab)
    go(page, "Invoices")
    page.get_by_role("button", name=f"(draft {draft})").click()
    page.get_by_label("Preview").check()
    expect(page.locator("iframe.ik-page")).to_be_visible()
    assert page.evaluate("window.hacked") is None


def violations(page: Page, axe: str, where: str = ".ik") -> list[str]:
    """Return the serious faults of accessibility on a page."""
    page.evaluate(f"() => {{ {axe} }}")
    found = page.evaluate(f"async () => (await axe.run(document.querySelector('{where}'))).violations")
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0].get('failureSummary', '')[:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_screen_is_closed_to_anybody(app: App, lease: int, axe: str, scheme: Any) -> None:
    book = app.book
    book.activities.add(lease, worked="1h", description="Call", date="2026-01-05")
    book.invoices.record("Acme SA", number="F-1", date="2026-01-10", due_date="2026-01-11", total="12")
    book.payments.record("Acme SA", amount="5", date="2026-01-12")
    page = app.page()
    page.emulate_media(color_scheme=scheme)
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        # A list that is being asked for is drawn paler.
        page.wait_for_function(
            "() => !document.querySelector('[aria-busy=true]') && "
            "[...document.querySelectorAll('.ik-rows')].every(rows => getComputedStyle(rows).opacity === '1')"
        )
        found[name] = violations(page, axe)

    for place in PLACES:
        go(page, place)
        look(place)
    go(page, "Customers")
    page.get_by_role("button", name="Acme SA", exact=True).click()
    expect(page.get_by_label("Phone", exact=True)).to_be_visible()
    page.get_by_label("Terms", exact=True).fill("soon")
    expect(page.get_by_text("Not saved: terms wants")).to_be_visible()
    look("customer")
    press(page, "Make inactive")
    look("question")
    go(page, "Matters")
    page.get_by_role("button", name="Lease", exact=True).click()
    look("matter")
    press(page, "Bill")
    expect(page.get_by_text("Draft for Acme SA")).to_be_visible()
    look("draft")
    press(page, "Add a line")
    expect(page.get_by_label("Unit price", exact=True)).to_be_visible()
    look("line")
    go(page, "Activities")
    press(page, "New activity")
    press(page, "disbursement")
    expect(page.get_by_label("Paid to", exact=True)).to_be_visible()
    look("activity")
    go(page, "Payments")
    press(page, "Record a payment")
    look("payment")
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_S2_1_who_has_a_password_signs_in_on_the_page_and_works_in_their_own_name(app: App, axe: str) -> None:
    for name, role in (("ana", "owner"), ("ben", "owner")):
        app.book.users.add(name)
        app.book.access.grant(name, role)
        app.book.passwords.set(name, f"the long password of {name}")
    page = app.context.new_page()
    page.goto(app.served.url.partition("?")[0])
    assert violations(page, axe, "main") == []
    page.get_by_label("Name").fill("ben")
    page.get_by_label("Password").fill("the long password of ana")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("the password is another")
    page.get_by_label("Password").fill("the long password of ben")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#ik-who")).to_contain_text("ben")
    go(page, "Customers")
    page.get_by_label("+ New").select_option("customer")
    page.locator(".ik-form").get_by_label("Name *", exact=True).fill("Acme SA")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    until(lambda: [*app.book.customers.list()["display_name"]], ["Acme SA"], page)
    assert app.book.operations()["actor"].iloc[0] == "ben"
    app.faults[:] = [fault for fault in app.faults if "403" not in fault]
