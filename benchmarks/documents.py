"""Invoices as PDF, beside other engines on the same invoice, and with the book around them.

    python benchmarks/documents.py [documents]

Needs weasyprint (with pango) and typst beside invoicekit: what is not installed is left out, and said so. CPU per
document, warm, in
one run: the template filled in, the page printed, the archive with its XML; the same page by WeasyPrint; the same
invoice written for
typst. Then so many invoices of a book printed into a folder, kept, by one process and by two.
"""

from __future__ import annotations

import io
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import invoicekit as ik
from invoicekit.documents import making
from invoicekit.documents.content import contents, look_of
from invoicekit.documents.printing import printed
from invoicekit.einvoices import written

SELLER = {
    "name": "Étude Morel & Fils", "legal_form": "SELARL", "address": "8 rue Mercière", "city": "Lyon", "postal_code": "69002",
    "country": "FR", "tax_id": "FR83404833048", "registration": "404833048", "iban": "FR7630006000011234567890189",
    "bic": "AGRIFRPP", "late_payment": "Trois fois le taux d'intérêt légal.",
}  # fmt: skip
TYPST = """#set page(paper: "a4", margin: (x: 18mm, top: 16mm, bottom: 26mm))
#set page(footer: context [#counter(page).display("1 / 1", both: true)])
#set text(font: "DejaVu Sans Mono", size: 9pt)
= Facture {number}
Acme SA \\ 12 avenue des Champs \\ 75008 Paris

#table(columns: (1fr, auto, auto, auto, auto), stroke: (bottom: 0.5pt + gray),
table.header([Désignation], [Quantité], [Prix unitaire], [TVA], [Montant HT]),
{rows}
)
#align(right)[Net à payer *{total}*]
"""


def cpu(act: Callable[[], object], times: int, rounds: int = 5) -> float:
    """Return the CPU milliseconds of an act: the median of some rounds, each of so many times."""
    found = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(times):
            act()
        found.append((time.process_time() - start) * 1000 / times)
    return median(found)


def billed(book: ik.book.Book, count: int, lines: int) -> list[int]:
    """Issue so many invoices of so many lines."""
    said = [
        {"description": f"Consultation {nth}", "quantity": "1.5", "unit_price": "180", "tax_rate": "20"}
        for nth in range(lines)
    ]
    with book.operation("bill"):
        drafts = [book.invoices.draft(customer="Acme SA", date="2026-10-31", lines=said) for _ in range(count)]
        book.invoices.finalize_all(drafts)
    return drafts


def filled(path: Path) -> ik.book.Book:
    book = ik.open(path)
    book.settings.complete_profile = ()
    book.seller.change(**SELLER)
    book.customers.add(
        display_name="Acme SA",
        country="FR",
        address="12 avenue des Champs",
        city="Paris",
        postal_code="75008",
        tax_rate="20",
        terms="NET_30",
    )
    return book


def engines(book: ik.book.Book) -> None:
    """Print what one document costs, of few and of many lines."""
    print("lines   fill  print    all  facturx | weasyprint   typst | all: times faster than either")
    for lines in (3, 20, 120):
        [invoice] = billed(book, 1, lines)
        content = contents(book._store, [invoice])[invoice]
        plain = making.Making(content, "invoice.html", look_of(book._store))
        archive = making.Making(content, "invoice.html", look_of(book._store), "facturx")
        html = making.page(plain)
        day = book.invoices.get(invoice)["date"]
        times = 20 if lines < 100 else 5
        for warm in (plain, archive):
            making.made(warm)
        fill = cpu(lambda plain=plain: making.page(plain), times)
        page = cpu(lambda html=html, day=day: printed(html, title="x", author="y", day=day), times)
        whole = cpu(lambda plain=plain: making.made(plain), times)
        facturx = cpu(lambda archive=archive: making.made(archive), times)
        weasy, typst = by_weasyprint(html), by_typst(content)
        told = [f"{one:10.1f}" if one else "         -" for one in (weasy, typst)]
        faster = [f"{one / whole:.1f}" if one else "-" for one in (weasy, typst)]
        print(
            f"{lines:5} {fill:6.1f} {page:6.1f} {whole:6.1f} {facturx:8.1f} | {told[0]} {told[1]} | {', '.join(faster)}"
        )
        xml = cpu(lambda content=content: written(content, "cii"), times)
        print(
            f"        of which the XML {xml:.1f}; {len(making.made(plain)):,} bytes, "
            f"{len(making.made(archive)):,} with the data inside"
        )


def by_weasyprint(html: str) -> float | None:
    """Return the CPU of the same page by WeasyPrint, its fonts loaded already."""
    try:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
    except (ImportError, OSError):
        print("weasyprint is not installed")
        return None
    import font_source_sans_pro

    folder = Path(font_source_sans_pro.__file__).parent / "files"
    fonts = FontConfiguration()
    faces = "".join(
        f'@font-face {{ font-family: "Source Sans Pro"; font-weight: {weight}; src: url("{(folder / name).as_uri()}") }}'
        for weight, name in (
            (400, "SourceSansPro-Regular.ttf"),
            (600, "SourceSansPro-Semibold.ttf"),
            (700, "SourceSansPro-Bold.ttf"),
        )
    )
    style = CSS(string=faces, font_config=fonts)
    return cpu(lambda: HTML(string=html).write_pdf(stylesheets=[style], font_config=fonts), 1, 4)


def by_typst(content: dict) -> float | None:
    """Return the CPU of the same invoice written for typst."""
    try:
        import typst
    except ImportError:
        print("typst is not installed")
        return None
    rows = "\n".join(
        f"[{line['description']}], [{line['quantity'].normalize()}], [{line['unit_price'].normalize():f}], [20 "
        f"%], [{line['net']:.2f}],"
        for line in content["lines"]
    )
    source = TYPST.replace("{number}", content["document"]["number"]).replace("{rows}", rows)
    source = source.replace("{total}", f"{content['totals']['payable']:.2f} EUR")
    return cpu(lambda: typst.compile(source.encode()), 5)


def bulk(book: ik.book.Book, folder: Path, count: int) -> None:
    """Print so many into a folder; the children's CPU is counted in."""
    for processes in (1, os.cpu_count() or 1):
        ids = billed(book, count, 3)
        wall, own = time.perf_counter(), time.process_time()
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        told = book.documents.pdf(ids, folder / str(processes), processes=processes)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = time.process_time() - own + after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
        wall = time.perf_counter() - wall
        assert set(told["outcome"]) == {"printed"}
        size = sum(path.stat().st_size for path in (folder / str(processes)).iterdir())
        start = time.process_time()
        for path in (folder / str(processes)).iterdir():
            io.BytesIO(path.read_bytes())
        print(
            f"{count:,} into a folder and kept, {processes} process(es): {wall:.1f} s, {spent * 1000 / count:.1f} ms of CPU each; "
            f"{size / count / 1000:.0f} kB each, read again in {(time.process_time() - start) * 1000:.0f} ms"
        )
        start = time.perf_counter()
        again = book.documents.pdf(ids, folder / str(processes), processes=processes)
        assert set(again["outcome"]) == {"there"}
        print(f"  again, all of it there: {time.perf_counter() - start:.1f} s")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    folder = Path(tempfile.mkdtemp(prefix="invoicekit-bench-"))
    try:
        with filled(folder / "bench.duckdb") as book:
            engines(book)
            bulk(book, folder, count)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
