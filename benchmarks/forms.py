"""Screens on a page: from a key to "Saved", and what a list of any length costs.

    python benchmarks/forms.py [customers ...]

In a headless Chromium on the same machine. One field of an open form is changed again and again, by one key; what passes until its
message says "Saved" is told beside what of it is the pause (0.4 s) that a form waits for, and what the bare write takes. Then the
list of customers is opened, scrolled to its end and sorted in books of 100, 100,000 and 1,000,000; so is the list of invoices, one
for each customer. Bytes are those of the socket, times until the last row in sight is drawn. Milliseconds, medians.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from customers import filled, timed
from playwright.sync_api import Page, sync_playwright

import invoicekit as ik
from invoicekit.app import serve
from invoicekit.forms.parts.field import DELAY

TURNS = 40
SIZES = (100, 100_000, 1_000_000)

WATCH = """() => { window.times = []; window.begun = 0;
    document.querySelector('.ik-form').addEventListener('input', () => { window.begun = performance.now() }, true);
    new MutationObserver(() => { if (window.begun && document.querySelector('.ik-below .ik-saved')) {
        window.times.push(performance.now() - window.begun); window.begun = 0 } }).observe(
        document.querySelector('.ik-form'), {subtree: true, childList: true, characterData: true}) }"""


def keys(page: Page, book: ik.book.Book) -> None:
    go(page, "Customers")
    page.get_by_role("grid").get_by_role("button").first.wait_for()
    page.get_by_role("button", name="Edit").first.click()
    phone = page.get_by_label("Phone", exact=True)
    phone.fill("1")
    page.locator(".ik-below .ik-saved").wait_for()
    page.evaluate(WATCH)
    for turn in range(TURNS):
        phone.press("End")
        phone.press(str(turn % 10))
        page.wait_for_function("told => window.times.length > told", arg=turn)
    times = sorted(page.evaluate("window.times"))
    bare = median(timed(lambda turn=turn: book.customers.change(1, fax=str(turn))) for turn in range(TURNS))
    print(
        f"key to saved: median {median(times):.0f}, p95 {quantiles(times, n=20)[18]:.0f}; {DELAY * 1000:.0f} of it is the pause, "
        f"{bare:.0f} the bare change; {TURNS} keys"
    )


def lists(page: Page, size: int) -> None:
    received = [0]
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda sent: received.__setitem__(0, received[0] + len(sent))),
    )
    page.reload()
    page.wait_for_selector(".ik-card")
    for place, heading in (("Customers", "Name"), ("Invoices", "Date")):
        told: list[str] = []
        for act in ("first rows", "end", "sorted"):
            before, start = received[0], time.perf_counter()
            if act == "first rows":
                page.locator(".ik-nav").get_by_role("button", name=place, exact=True).click()
                page.locator(".ik-title", has_text=place).wait_for()
            elif act == "end":
                page.get_by_role("grid").focus()
                page.keyboard.press("End")
            else:
                page.get_by_role("columnheader", name=heading, exact=True).get_by_role("button").click()
            page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            page.wait_for_function(
                "() => { const grid = document.querySelector('.ik-scroll'); return grid?.getAttribute('aria-busy') === 'false' "
                "&& [...grid.querySelectorAll('.ik-rows .ik-row')].every(row => row.textContent.length > 3) "
                "&& grid.querySelector('.ik-rows .ik-row') }"
            )
            told.append(f"{act} {(time.perf_counter() - start) * 1000:,.0f} ms {(received[0] - before) / 1000:,.0f} kB")
        print(f"{size:>9,} {place.lower()}: {'; '.join(told)}")


def go(page: Page, place: str) -> None:
    page.locator(".ik-nav").get_by_role("button", name=place, exact=True).click()
    page.locator(".ik-title", has_text=place).wait_for()


def main() -> None:
    sizes = [int(one) for one in sys.argv[1:]] or [*SIZES]
    found = shutil.which("chromium") or shutil.which("google-chrome")
    for size in sizes:
        with (
            tempfile.TemporaryDirectory() as folder,
            filled(Path(folder) / "large.duckdb", size, size) as book,
            sync_playwright() as playwright,
        ):
            served = serve(book)
            served.start()
            browser = playwright.chromium.launch(executable_path=found, chromium_sandbox=False)
            page = browser.new_page(viewport={"width": 1300, "height": 900})
            page.set_default_timeout(180_000)
            page.goto(served.url)
            page.wait_for_selector(".ik-card")
            lists(page, size)
            keys(page, book)
            browser.close()
            served.stop()


if __name__ == "__main__":
    main()
