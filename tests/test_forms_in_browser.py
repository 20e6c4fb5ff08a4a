"""The screens in a real JupyterLab, by a real browser.

Proves S0.2, S0.8, S0.9, S0.10, S0.11, S0.12, S1.20, S1.28, S1.32, S1.35, S1.37, S1.39, S1.42, S1.43.

Proves M10.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
from playwright.sync_api import Locator, expect

from tests.browser import Lab, Notebook

pytestmark = pytest.mark.xdist_group("browser")

BOOK = """
import invoicekit as ik
book = ik.open("acme.duckdb")
if not len(book.customers.list()):
    acme = book.customers.add(display_name="Acme SA", address="Calle 1", city="Puebla")
    north = book.customers.add(display_name="Acme North", phone="12")
    book.invoices.record(acme, number="F-1", date="2026-01-10", total="1200")
"""


FORM = "form = book.forms.customer(north); form"

Shows: TypeAlias = Callable[..., AbstractContextManager[Notebook]]


def field(form: Locator, label: str) -> Locator:
    return form.get_by_label(label, exact=True)


def saved(notebook: Notebook, customer: str, name: str, value: str) -> None:
    """Wait until a fresh read of the book gives a value."""
    notebook.run_until(f"print(book.customers.get({customer!r})[{name!r}])", value)


@pytest.fixture(scope="module")
def _shown(tmp_path_factory: pytest.TempPathFactory, lab: Lab) -> Iterator[Callable[[], Notebook]]:
    """Give a notebook that is opened by the first test that asks, and anew where a test has left it broken."""
    with ExitStack() as held:
        opened: list[Notebook] = []

        def current() -> Notebook:
            if not opened or opened[-1].page.is_closed():
                opened.append(held.enter_context(lab.notebook(["", ""], tmp_path_factory.mktemp("notebook"))))
            return opened[-1]

        yield current


@pytest.fixture
def shows(_shown: Callable[[], Notebook], tmp_path: Path) -> Shows:
    """Show what a cell gives, on a book of the test's own; page and kernel, which take seconds to start, are shared."""

    @contextmanager
    def show(what: str, more: str = "") -> Iterator[Notebook]:
        notebook = _shown()
        try:
            notebook.page_errors.clear()
            notebook.run(f"import os; os.chdir({str(tmp_path)!r})")
            notebook.write([BOOK + more, what])
            notebook.run_all()
            yield notebook
        except BaseException as error:
            notebook.__exit__(type(error))
            raise

    return show


def test_S0_8_S0_9_S0_12_a_form_saves_each_field_as_it_is_typed(shows: Shows) -> None:
    with shows(FORM) as notebook:
        form = notebook.cell(1)
        expect(form.get_by_role("button", name="Save")).to_have_count(0)
        text = "0123456789 " * 11
        field(form, "Phone").fill("")
        field(form, "Phone").press_sequentially(text)
        saved(notebook, "Acme North", "phone", text.strip())
        expect(form.get_by_text("Saved", exact=False).first).to_be_visible()
        field(form, "Terms").fill("soon")
        expect(form.get_by_text("Not saved: terms wants NET_30")).to_be_visible()
        field(form, "Terms").fill("NET_30")
        saved(notebook, "Acme North", "terms", "NET_30")
        assert notebook.page_errors == []


def test_S0_10_what_is_typed_and_closed_at_once_is_there_when_it_is_opened_again(shows: Shows) -> None:
    with shows(FORM) as notebook:
        form = notebook.cell(1)
        field(form, "Fax").fill("typed and closed")
        form.get_by_role("button", name="Close", exact=True).click()
        saved(notebook, "Acme North", "fax", "typed and closed")
        notebook.run_all()
        expect(field(notebook.cell(1), "Fax")).to_have_value("typed and closed")


def test_S1_20_S1_42_S1_43_parent_and_merge_by_hand(shows: Shows) -> None:
    with shows(FORM) as notebook:
        form = notebook.cell(1)
        form.get_by_role("checkbox", name="Is a sub-customer").check()
        expect(form.get_by_text("Choose the main customer")).to_be_visible()
        field(form, "Main customer").press_sequentially("acm")
        form.get_by_role("option", name="Acme SA (1)").click()
        saved(notebook, "Acme North", "parent", "1")
        form.get_by_role("checkbox", name="Is a sub-customer").uncheck()
        saved(notebook, "Acme North", "parent", "None")
        field(form, "Name *").fill("acme sa")
        form.get_by_role("button", name="They are one: show what would move").click()
        expect(form.get_by_text("Merge Acme North into Acme SA?")).to_be_visible()
        form.get_by_role("button", name="Yes, merge").click()
        notebook.run_until("print(len(book.customers.list()))", "1")
        expect(field(form, "City")).to_have_value("Puebla")
        assert notebook.page_errors == []


def test_S0_2_S0_11_S1_28_S1_35_S1_37_S1_39_the_list(shows: Shows) -> None:
    with shows("screen = book.forms.customers(); screen") as notebook:
        screen = notebook.cell(1)
        rows = screen.get_by_role("grid").get_by_role("row")
        expect(rows).to_have_count(3)  # with the headings
        notebook.run("_ = book.customers.add(display_name='Beta')")
        expect(rows).to_have_count(4)
        screen.get_by_role("button", name="Make inactive Acme SA").click()
        screen.get_by_role("button", name="Yes", exact=True).click()
        expect(screen.get_by_text("Acme SA owes EUR 1,200.00 on 1 open item")).to_be_visible()
        screen.get_by_role("button", name="Make inactive Beta").click()
        screen.get_by_role("button", name="Yes", exact=True).click()
        expect(rows).to_have_count(3)
        screen.get_by_role("checkbox", name="Include inactive").check()
        expect(screen.get_by_text("Beta (inactive)")).to_be_visible()
        screen.get_by_role("button", name="Activate Beta (inactive)").click()
        saved(notebook, "Beta", "inactive_since", "None")
        screen.get_by_label("Search").fill("north")
        expect(rows).to_have_count(2)
        screen.get_by_role("button", name="Edit Acme North").click()
        field(screen, "Mobile").fill("077")
        screen.get_by_label("+ New").select_option("customer")
        saved(notebook, "Acme North", "mobile", "077")
        expect(field(screen, "Name *")).to_have_value("New customer 4")
        screen.get_by_role("button", name="Close", exact=True).click()
        notebook.run_until("print(len(book.customers.list()))", "3")
        assert notebook.page_errors == []


def test_a_form_whose_kernel_was_restarted_says_so(shows: Shows) -> None:
    with shows(FORM) as notebook:
        notebook.restart()
        told = notebook.cell(1).locator(".ik-form").evaluate("form => getComputedStyle(form, '::before').content")
        assert "not connected any more" in told


def test_M10_the_workbench_in_the_browser(shows: Shows) -> None:
    more = "_ = book.customers.add(display_name='ACME S.A.', address='Calle 1', city='Puebla')"
    with shows("bench = book.forms.duplicates(); bench", more) as notebook:
        bench = notebook.cell(1)
        bench.get_by_role("button", name="Show what would move").click()
        bench.get_by_role("button", name="Yes, merge").click()
        expect(bench.get_by_text("Merged ACME S.A. into Acme SA")).to_be_visible()
        assert notebook.page_errors == []


def test_keys_pressed_on_a_list_are_the_forms_own(shows: Shows) -> None:
    with shows(FORM) as notebook:
        form, cells = notebook.cell(1), notebook.page.locator(".jp-Notebook .jp-Cell")
        form.get_by_label("Kind", exact=True).focus()
        for key in ("x", "b", "ArrowDown"):
            notebook.page.keyboard.press(key)
        saved(notebook, "Acme North", "kind", "lead")
        expect(cells).to_have_count(2)
        form.get_by_role("button", name="Done", exact=True).click()
        expect(form.get_by_role("button", name="Close the form")).to_be_focused()


def test_letters_typed_while_a_field_is_saved_are_kept(shows: Shows) -> None:
    """A key now and then, just as the pause before saving ends."""
    with shows(FORM) as notebook:
        form, text = notebook.cell(1), "abc def, ghi jkl"
        field(form, "City").press_sequentially(text, delay=420)
        expect(field(form, "City")).to_have_value(text)
        saved(notebook, "Acme North", "city", text)


def test_a_form_whose_kernel_is_shut_down_while_somebody_types_says_so(shows: Shows) -> None:
    with shows(FORM) as notebook:
        form = notebook.cell(1)
        field(form, "Phone").fill("before")
        saved(notebook, "Acme North", "phone", "before")
        notebook._do("await context.shutdown()")
        field(form, "Phone").press_sequentially("typed into nothing", delay=50)
        expect(form.locator(".ik-form.ik-silent, .ik-form.jupyter-widgets-disconnected")).to_have_count(1)
        notebook.close()


def test_what_is_typed_while_a_cell_runs_is_saved_once_it_ends_and_the_form_says_so(shows: Shows) -> None:
    """Where the notebook's widgets are heard on a subshell it is saved at once; else the form says that nobody answers."""
    with shows(FORM) as notebook:
        form = notebook.cell(1)
        notebook._do(
            "void context.session.kernel.requestExecute({code: 'import time; time.sleep(10)', store_history: false})"
        )
        field(form, "Fax").press_sequentially("meanwhile")
        expect(
            form.locator(".ik-form.ik-silent").or_(form.get_by_text("Saved", exact=False).first).first
        ).to_be_visible()
        saved(notebook, "Acme North", "fax", "meanwhile")
        expect(form.locator(".ik-form.ik-silent")).to_have_count(0)
        expect(field(form, "Fax")).to_have_value("meanwhile")


def test_every_screen_opens_in_a_notebook_in_light_and_in_dark(shows: Shows, axe: str) -> None:
    with shows("desk = book.forms.desk(); desk") as notebook:
        desk = notebook.cell(1)
        notebook.page.evaluate(f"() => {{ const define = undefined; {axe} }}")
        for theme in ("JupyterLab Dark", "JupyterLab Light"):
            notebook._do(f"await jupyterapp.commands.execute('apputils:change-theme', {{theme: '{theme}'}})")
            for place in (
                "Customers",
                "Matters",
                "Activities",
                "Invoices",
                "Payments",
                "Reports",
                "Import",
                "Outbox",
                "Dashboard",
            ):
                desk.locator(".ik-nav").get_by_role("button", name=place, exact=True).click()
                expect(desk.locator(".ik-nav .mod-primary")).to_have_text(place)
                notebook.page.wait_for_function(
                    "() => !document.querySelector('.ik [aria-busy=true]') && "
                    "[...document.querySelectorAll('.ik-rows')].every(rows => getComputedStyle(rows).opacity === '1')"
                )
                found = notebook.page.evaluate("async () => (await axe.run(document.querySelector('.ik'))).violations")
                serious = [
                    (one["id"], one["nodes"][0]["html"][:160])
                    for one in found
                    if one["impact"] in ("serious", "critical")
                ]
                assert serious == [], f"{place}, {theme}"
        assert notebook.page_errors == []
