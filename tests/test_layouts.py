"""What stands where on each page: snapshots of the text and its places, the same on every machine.

``pytest tests/test_layouts.py --accept-snapshots`` accepts what is printed now; look at the pages before.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from invoicekit.book import Book
from invoicekit.documents import Document
from tests.conftest import ready_to_bill
from tests.kinds import FRENCH

SNAPSHOTS = Path(__file__).parent / "snapshots" / "documents"
# Points a text may have moved: a newer engine rounds otherwise.
LEEWAY = 1.5


def boxes(pdf: bytes) -> list[tuple[int, float, float, str]]:
    """Return each text with its page and place, in points from the lower left."""
    from pypdf import PdfReader

    found: list[tuple[int, float, float, str]] = []
    for number, page in enumerate(PdfReader(io.BytesIO(pdf)).pages, 1):

        def seen(text: str, cm: Any, tm: Any, font: Any, size: Any, number: int = number) -> None:
            if text.strip():
                x, y = tm[4] * cm[0] + tm[5] * cm[2] + cm[4], tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
                found.append((number, round(x, 1), round(y, 1), " ".join(text.split())))

        page.extract_text(visitor_text=seen)
    return found


def billed(book: Book, language: str, count: int) -> int:
    ready_to_bill(book)
    book.seller.change(**FRENCH)
    book.customers.add(
        display_name="Acme", company_name="Acme SA", country="FR", address="12 avenue des Champs\nBâtiment C", city="Paris",
        postal_code="75008", tax_id="FR40303265045", terms="NET_30", language=language,
    )  # fmt: skip
    lines = [
        {"description": f"Advice {nth}\nwith a note" if nth % 3 == 1 else f"Deed {nth}", "quantity": "1.5", "unit_price": "180.00",
         "tax_rate": "10" if nth % 4 == 1 else "20", **({"discount": "20"} if nth == 2 else {})}
        for nth in range(1, count + 1)
    ]  # fmt: skip
    draft = book.invoices.draft(
        customer="Acme", date="2026-10-31", lines=lines, subject="Sale of the business", note="Thank you.",
        discounts=[{"percent": "5", "reason": "Loyalty"}],
    )  # fmt: skip
    book.invoices.finalize(draft)
    return draft


def _invoice(language: str, count: int) -> Callable[[Book], Document]:
    return lambda book: book.documents.invoice(billed(book, language, count))


def _credit_note(book: Book) -> Document:
    return book.documents.invoice(book.invoices.credit(billed(book, "en", 3), reason="Mistake", date="2026-11-02"))


def _statement(book: Book) -> Document:
    billed(book, "de", 3)
    book.payments.record("Acme", amount="100", date="2026-11-10", reference="transfer 7")
    return book.documents.statement("Acme", as_of="2026-12-31")


DOCUMENTS: dict[str, Callable[[Book], Document]] = {
    **{f"invoice_{language}": _invoice(language, 3) for language in ("en", "fr", "es", "de")},
    "invoice_of_120_lines": _invoice("en", 120),
    "credit_note": _credit_note,
    "statement": _statement,
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_S4_14_every_text_stands_where_it_stood(name: str, book: Book, request: pytest.FixtureRequest) -> None:
    found = boxes(DOCUMENTS[name](book).pdf)
    path = SNAPSHOTS / f"{name}.tsv"
    written = "".join(f"{page}\t{x:.1f}\t{y:.1f}\t{text}\n" for page, x, y, text in found)
    if request.config.getoption("--accept-snapshots"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(written, encoding="utf-8")
    held = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    assert [text for *_, text in found] == [row[3] for row in held]
    moved = [
        (text, (page, x, y), row[:3])
        for (page, x, y, text), row in zip(found, held, strict=True)
        if page != int(row[0]) or abs(x - float(row[1])) > LEEWAY or abs(y - float(row[2])) > LEEWAY
    ]
    assert not moved
