"""Takes the pictures of screens that the pages show: `python docs/pictures/screens.py` (needs Playwright and a Chromium)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

import invoicekit as ik
from invoicekit.app import serve
from invoicekit.demo import FILES, sample_data

HERE = Path(__file__).parent


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as name,
        ik.open(Path(name) / "practice.duckdb", actor="claire") as book,
        sync_playwright() as playwright,
    ):
        for file in FILES:
            book.imports.read(sample_data() / file).same_names("separate").apply()
        book.settings.complete_profile = ()
        book.seller.change(
            name="Étude Morel & Fils", address="8 rue Mercière", city="Lyon", country="FR", email="etude@morel.example"
        )
        served = serve(book)
        served.start()
        found = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=found, chromium_sandbox=False)
        for scheme, walk in (("light", in_light), ("dark", in_dark)):
            context = browser.new_context(viewport={"width": 1180, "height": 760}, color_scheme=scheme)  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(served.url)
            page.wait_for_selector(".ik-card")
            walk(page)
            context.close()
        browser.close()
        served.stop()


def in_light(page: Page) -> None:
    keep(page, "dashboard")
    go(page, "Customers")
    page.get_by_role("button", name="Lavigne Transport", exact=True).click()
    page.get_by_label("Phone", exact=True).fill("+33 4 72 10 20 30")
    page.locator(".ik-saved").first.wait_for()
    page.get_by_role("heading", name="Lavigne Transport").evaluate("one => one.scrollIntoView()")
    keep(page, "customer")
    go(page, "Activities")
    page.get_by_label("Choose all").check()
    page.locator(".ik-rows input:checked").first.wait_for()
    keep(page, "activities")
    go(page, "Import")
    page.get_by_label("Or its path").fill(str(sample_data() / "clients_lyon.xlsx"))
    press(page, "Next")
    page.get_by_text("unchanged").wait_for()
    keep(page, "import")
    go(page, "Matters")
    page.get_by_role("button", name="Éole, marque").click()
    press(page, "Bill")
    page.get_by_text("Draft for").wait_for()
    page.get_by_label("Preview").check()
    page.locator("iframe").wait_for()
    page.get_by_text("Draft for").scroll_into_view_if_needed()
    page.get_by_role("heading", name="Draft for").evaluate("one => one.scrollIntoView()")
    keep(page, "draft")


def in_dark(page: Page) -> None:
    go(page, "Reports")
    page.locator(".ik-picture.ik-dark").wait_for()
    keep(page, "report_dark")


def go(page: Page, place: str) -> None:
    page.locator(".ik-nav").get_by_role("button", name=place, exact=True).click()
    page.locator(".ik-nav .mod-primary", has_text=place).wait_for()


def press(page: Page, text: str) -> None:
    page.get_by_role("button", name=text, exact=True).last.click()


def keep(page: Page, called: str) -> None:
    page.wait_for_function("() => !document.querySelector('[aria-busy=true]')")
    path = HERE / f"screen_{called}.png"
    page.screenshot(path=path)
    with Image.open(path) as picture:
        picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(path, optimize=True)


if __name__ == "__main__":
    main()
