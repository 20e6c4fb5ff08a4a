"""Makes the pictures the pages show, of documents and of reports: `python docs/pictures/make.py` (needs poppler's pdftoppm)."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw

import invoicekit as ik
from invoicekit.demo import AS_OF, FILES, sample_data

HERE = Path(__file__).parent


def logo(path: Path) -> Path:
    """Draw three leaves."""
    picture = Image.new("RGBA", (1200, 300), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    for nth, colour in enumerate(("#0b6e4f", "#4c9f70", "#9fd8b6")):
        draw.pieslice((nth * 150, 20, nth * 150 + 260, 280), 200, 20, fill=colour)
    picture.crop((0, 0, 580, 150)).save(path)
    return path


def book_of(folder: Path) -> ik.book.Book:
    """Make a small practice in Lyon."""
    book = ik.open(folder / "office.duckdb", currency="EUR")
    book.settings.complete_profile = ()
    book.seller.change(
        name="Étude Morel & Fils", legal_form="SELARL", address="8 rue Mercière", city="Lyon", postal_code="69002", country="FR",
        tax_id="FR83404833048", registration="404833048", register="RCS Lyon", email="etude@morel.example",
        phone="+33 4 72 00 00 00", iban="FR7630006000011234567890189", bic="AGRIFRPP",
        logo=logo(folder / "logo.png"), colour="#0b6e4f",
        late_payment="Pénalités de retard : trois fois le taux d'intérêt légal. Indemnité de recouvrement : 40 €.",
    )  # fmt: skip
    book.series.change(prefix="F{year}-", width=4)
    book.customers.add(
        display_name="Éole", company_name="Société Éole SA", address="12 avenue des Champs", city="Paris", postal_code="75008",
        country="FR", tax_id="FR40303265045", terms="NET_30", tax_rate="20",
    )  # fmt: skip
    return book


def charts(folder: Path) -> None:
    """Draw what the pages show of the sample practice's reports."""
    with ik.open(folder / "practice.duckdb") as book:
        for name in FILES:
            book.imports.read(sample_data() / name).same_names("separate").apply()
        reports = {
            "aging": book.reports.aging(as_of=AS_OF),
            "forecast": book.reports.cash_forecast(as_of=AS_OF, weeks=4, backtest=6, currency="EUR"),
            "dso": book.reports.dso(as_of=AS_OF, currency="EUR"),
            "concentration": book.reports.concentration(as_of=AS_OF, currency="EUR"),
        }
        for called, report in reports.items():
            report.plot().savefig(HERE / f"{called}.png", dpi=90)
            smaller(called)


def smaller(called: str) -> None:
    """Keep as many colours of a picture as it shows."""
    with Image.open(HERE / f"{called}.png") as page:
        page.convert("P", palette=Image.Palette.ADAPTIVE, colors=64).save(HERE / f"{called}.png", optimize=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        charts(Path(name))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with book_of(folder) as book:
            matter = book.matters.open("Cession du fonds", customers="Éole", number="D-14", rate="240")
            for day, worked, what in (
                (5, "2h30", "Rédaction de l'acte de cession"),
                (9, "0h40", "Entretien téléphonique"),
                (16, "3h", "Négociation"),
            ):
                book.activities.add(matter, worked=worked, date=f"2026-10-{day:02}", description=what)
            book.activities.add(
                matter, "expense", amount="46.20", tax_rate="10", date="2026-10-16", description="Train Lyon - Paris"
            )
            invoice = book.invoices.draft(matter, date="2026-10-31", subject="Cession du fonds de commerce")
            book.invoices.finalize(invoice)
            book.payments.record("Éole", amount="500", date="2026-11-12", reference="virement 118")
            pages = {
                "invoice": book.documents.invoice(invoice),
                "statement": book.documents.statement("Éole", as_of="2026-12-15"),
            }
            for called, document in pages.items():
                path = document.save(folder / f"{called}.pdf")
                subprocess.run(
                    ["pdftoppm", "-r", "75", "-png", "-singlefile", str(path), str(HERE / called)], check=True
                )
        for called in pages:
            smaller(called)


if __name__ == "__main__":
    main()
