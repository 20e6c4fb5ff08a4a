"""S4.6, S4.7, S4.8, S4.14, S4.21, C3: what documents look like, that they are kept, and that nothing in them runs."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from invoicekit.book import Book
from invoicekit.documents import printing
from invoicekit.documents.paying import payload, scan_code
from invoicekit.documents.words import Words, _words
from invoicekit.errors import FileMissing, IllegalTransition, InUse, InvalidValue, NameTaken, NotFound, UndoRefused
from invoicekit.schema import LANGUAGES
from tests.conftest import ready_to_bill


def png() -> bytes:
    from PIL import Image

    written = io.BytesIO()
    Image.new("RGBA", (400, 120), (200, 30, 30, 120)).save(written, "PNG")
    return written.getvalue()


def text_of(pdf: bytes) -> str:
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def pages_of(pdf: bytes) -> int:
    from pypdf import PdfReader

    return len(PdfReader(io.BytesIO(pdf)).pages)


@pytest.fixture
def issued(book: Book) -> int:
    ready_to_bill(book)
    book.customers.add(
        display_name="Acme SA", email="ana@acme.example", country="IE", address="2 Low Street", city="Cork"
    )
    draft = book.invoices.draft(
        customer="Acme SA",
        date="2026-01-31",
        lines=[{"description": "Advice", "quantity": "1.5", "unit_price": "200", "tax_rate": "23"}],
    )
    book.invoices.finalize(draft)
    return draft


def test_S4_14_a_final_invoice_is_a_PDF_and_a_draft_bears_a_watermark(book: Book, issued: int, tmp_path: Path) -> None:
    document = book.documents.invoice(issued)
    assert document.pdf.startswith(b"%PDF")
    said = text_of(document.pdf)
    for words in (
        "Invoice 1",
        "Acme SA",
        "Advice",
        "1.5",
        "200.00",
        "€369.00",
        "31 January 2026",
        "Page 1 / 1",
        "Lee & Co",
    ):
        assert words in said, words
    assert "Draft" not in said
    draft = book.invoices.draft(customer="Acme SA", lines=[{"description": "More", "unit_price": "1"}])
    assert "Draft" in text_of(book.documents.invoice(draft).pdf)
    assert book.documents.invoice(issued).save(tmp_path).read_bytes() == document.pdf
    assert (tmp_path / "1.pdf").is_file()
    with pytest.raises(IllegalTransition, match="no electronic invoice: it has no number"):
        book.documents.invoice(draft, form="facturx")
    with pytest.raises(IllegalTransition, match="no electronic invoice"):
        book.documents.xml(draft)


def test_S4_21_notebook_mail_and_PDF_are_one_rendering(book: Book, issued: int) -> None:
    document = book.documents.invoice(issued)
    shown = document._repr_html_()
    assert shown.startswith("<iframe sandbox ")
    assert "&lt;!doctype html&gt;" in shown
    again = printing.printed(document.html, title="Invoice 1", author="Lee & Co", day=book.invoices.get(issued)["date"])
    assert again == document.pdf


def test_C3_the_first_printing_is_kept_and_every_reprint_gives_it(book: Book, issued: int) -> None:
    first = book.documents.invoice(issued).pdf
    kept = book.documents.kept(issued)
    assert kept[["form", "name", "sha256", "size"]].values.tolist() == [
        ["pdf", "1.pdf", hashlib.sha256(first).hexdigest(), len(first)]
    ]
    book.customers.change("Acme SA", display_name="Zebra", address="Elsewhere")
    book.seller.change(name="Other", logo=png(), colour="#ff0000")
    assert book.documents.invoice(issued).pdf == first
    assert len(book.documents.kept(issued)) == 1
    assert "Zebra" in text_of(book.documents.statement("Zebra", as_of="2026-12-31").pdf)
    keeping = int(book.sql("select operation from kept_documents")["operation"][0])
    with pytest.raises(UndoRefused, match="a reprint gives the same bytes"):
        book.undo(keeping)
    assert book.at(keeping).documents.invoice(issued).pdf == first
    assert book.check().empty


def test_C3_bytes_that_were_tampered_with_are_found(book: Book, issued: int) -> None:
    _ = book.documents.invoice(issued).pdf
    with book.operation("tamper") as op:
        op.update("kept_documents", [{"id": 1, "content": b"%PDF other"}])
    assert book.check()["finding"].str.contains("1.pdf").any()


def test_the_same_input_gives_the_same_bytes(book: Book, issued: int, tmp_path: Path) -> None:
    import sys

    first = {form: book.documents.invoice(issued, form=form).pdf for form in ("pdf", "facturx")}
    code = (
        "import sys, invoicekit as ik; from invoicekit.documents import making; from "
        "invoicekit.documents.content import contents, look_of\n"
        "with ik.open(sys.argv[1]) as book:\n"
        "    store = book._store\n"
        "    for form in ('pdf', 'facturx'):\n"
        f"        made = making.made(making.Making(contents(store, [{issued}])[{issued}], 'invoice.html', look_of(store), form))\n"
        "        open(sys.argv[2] + form, 'wb').write(made)\n"
    )
    address = book.address
    book.close()
    out = str(tmp_path / "made")
    subprocess.run([sys.executable, "-c", code, address, out], check=True)
    for form, content in first.items():
        assert Path(out + form).read_bytes() == content, form


def test_S4_7_S4_8_a_template_of_ones_own_is_in_the_menu_and_is_used(book: Book, issued: int, tmp_path: Path) -> None:
    book.documents.templates.new("ours", from_="default")
    assert ["ours", "invoice"] in book.documents.templates.list()[["name", "kind"]].values.tolist()
    path = book.documents.templates.save("ours", tmp_path / "ours.html")
    path.write_text(
        path.read_text(encoding="utf-8").replace("{% block notes %}", "{% block notes %}<p>Our motto</p>"),
        encoding="utf-8",
    )
    book.documents.templates.change("ours", path)
    said = {"customer": "Acme SA", "date": "2026-01-31", "lines": [{"description": "x", "unit_price": "1"}]}
    chosen, usual = book.invoices.draft(**said), book.invoices.draft(**said)  # type: ignore[arg-type]
    book.invoices.finalize(chosen, template="ours")
    book.invoices.finalize(usual)
    assert "Our motto" in text_of(book.documents.invoice(chosen).pdf)
    assert "Our motto" not in text_of(book.documents.invoice(usual).pdf)
    assert "Our motto" in text_of(book.documents.invoice(usual, template="ours").pdf)
    assert len(book.documents.kept(usual)) == 1, "a look at it in another dress is not kept"
    with pytest.raises(NotFound, match=r'no template "theirs" of invoices. The menu is: default, ours'):
        book.invoices.finalize(book.invoices.draft(**said), template="theirs")  # type: ignore[arg-type]
    assert book.invoices.list(status="draft")["id"].size == 1
    later = book.invoices.draft(**said)  # type: ignore[arg-type]
    book.invoices.finalize(later, template="ours")
    with pytest.raises(InUse, match=r'"ours" cannot be removed: 2 invoices look like it, the first 2'):
        book.documents.templates.remove("ours")
    book.documents.templates.new("other", from_="ours")
    made = int(book.operations()["id"].max())
    another = book.invoices.draft(**said)  # type: ignore[arg-type]
    book.invoices.finalize(another, template="other")
    with pytest.raises(UndoRefused, match="is to look like the template other, which is not there"):
        book.undo(made)
    book.documents.templates.new("unused", from_="ours")
    book.documents.templates.remove("unused")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("\n\n{{ documnt.number }}", 'line 3: "documnt" is unknown'),
        ("\n{{ document.nmber }}\n", "line 2: there is nothing called 'nmber'"),
        ("\n{% if %}\n", "line 2: Expected an expression"),
        ("\n{{ money(totals.net) | shout }}\n", "line 2: No filter named 'shout'"),
        ("{{ t('no_such_word') }}\n", 'line 1: There is no word "no_such_word"'),
        ("{% include 'other.html' %}\n", "other.html"),
        ("{% extends '/etc/passwd' %}\n", "passwd"),
        ("{{ ''.__class__.__mro__ }}\n", "does what no template may"),
        ("{{ document.__class__.__init__.__globals__ }}\n", "does what no template may"),
        ("{% for x in range(10**9) %}x{% endfor %}\n", "does what no template may"),
        ("{{ 'x' * 10000000 }}\n", "does what no template may"),
        ("{{ '%3000000000d' % 1 }}\n", "does what no template may"),
        ("{% for x in range(10000000) %}x{% endfor %}\n", "Range too big"),
        ("{{ t.__init__ }}\n", "does what no template may"),
        ("{{ lines.append(1) }}\n", "does what no template may"),
        ("{{ self.__init__.__globals__ }}\n", "does what no template may"),
        ("{{ cycler.__init__.__globals__.os }}\n", "does what no template may|unknown"),
    ],
)
def test_S4_8_a_wrong_or_wicked_template_is_refused_with_its_line(
    book: Book, tmp_path: Path, source: str, told: str
) -> None:
    path = tmp_path / "wrong.html"
    path.write_text(source, encoding="utf-8")
    with pytest.raises(InvalidValue, match=told):
        book.documents.templates.new("wrong", from_=path)
    book.documents.templates.new("right")
    before = book.sql("select source from templates")["source"][0]
    with pytest.raises(InvalidValue, match=told):
        book.documents.templates.change("right", path)
    assert book.sql("select source from templates")["source"].tolist() == [before]


def test_S4_8_wrong_names_of_templates(book: Book, tmp_path: Path) -> None:
    book.documents.templates.new("ours")
    for name, error in (
        ("ours", NameTaken),
        ("default", InvalidValue),
        ("", InvalidValue),
        ("a/b", InvalidValue),
        ("x.html", InvalidValue),
    ):
        with pytest.raises(error):
            book.documents.templates.new(name)
    with pytest.raises(FileMissing, match="neither a template nor a file"):
        book.documents.templates.new("more", from_="theirs")
    with pytest.raises(InvalidValue, match="template of invoices, not of reminders"):
        book.documents.templates.new("more", from_="ours", kind="reminder")
    with pytest.raises(InvalidValue, match="Only reminders"):
        book.documents.templates.new("more", level=1)
    with pytest.raises(InvalidValue, match="invoice, statement, reminder"):
        book.documents.templates.new("more", kind="letter")
    (tmp_path / "latin.html").write_bytes("é".encode("latin-1"))
    with pytest.raises(InvalidValue, match="no text in UTF-8"):
        book.documents.templates.new("more", from_=tmp_path / "latin.html")
    with pytest.raises(NotFound, match="The book's own are: ours"):
        book.documents.templates.change("theirs", "x\n")


WICKED = ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "{% for x in y %}", "<script>alert(1)</script>",
     '"><img src="http://evil.example/x.png">',
          "{{ config }} ${7*7} #{7*7}", "</td></tr></table><h1>Paid</h1>", "<iframe src=file:///etc/passwd>")  # fmt: skip


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)


def test_what_people_type_is_text_and_nothing_else(book: Book) -> None:
    """Templates and HTML in names, lines, notes and reasons stand there as they were typed, in every document and mail."""
    ready_to_bill(book)
    wicked = " ".join(WICKED)
    book.seller.change(name=f"Seller {wicked}", website=WICKED[2], late_payment=WICKED[0])
    book.customers.add(
        display_name=f"Buyer {wicked}",
        company_name=f"Firm {wicked}",
        address=wicked,
        city=WICKED[1],
        country="IE",
        email="a@a.example",
    )
    draft = book.invoices.draft(
        customer=1, date="2026-01-01", note=wicked, subject=wicked, purchase_order=WICKED[3],
        lines=[{"description": wicked, "item": WICKED[0], "unit_price": "100"}], discounts=[{"percent": "5", "reason": wicked}],
    )  # fmt: skip
    book.invoices.finalize(draft)
    invoice = book.documents.invoice(draft)
    statement = book.documents.statement(1, as_of="2026-01-01")
    for document in (invoice, statement):
        tags = Tags()
        tags.feed(document.html)
        assert not tags.found & {"script", "iframe", "img"}, document
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in document.html
        assert document.pdf.startswith(b"%PDF")
    assert "__subclasses__" in text_of(invoice.pdf)
    assert "<script>alert(1)</script>" not in invoice._repr_html_()
    xml = book.documents.xml(draft)
    assert b"<script>" not in xml
    assert b"&lt;script&gt;" in xml


def test_a_template_fetches_nothing(book: Book, tmp_path: Path) -> None:
    for address in ("http://evil.example/x.png", "file:///etc/passwd", "ftp://a/b"):
        path = tmp_path / "x.html"
        blocks = f'{{% block notes %}}<img src="{address}">{{% endblock %}}'
        path.write_text(f'{{% extends "invoice.html" %}}{blocks}\n', encoding="utf-8")
        with pytest.raises(InvalidValue, match="fetches nothing"):
            book.documents.templates.new("curious", from_=path)


def test_logo_and_colour(book: Book, issued: int, tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "logo.png").write_bytes(png())
    book.seller.change(logo=tmp_path / "logo.png", colour="#0B6E4F")
    assert book.seller.get()["colour"] == "#0b6e4f"
    draft = book.invoices.draft(customer="Acme SA", lines=[{"description": "x", "unit_price": "1"}])
    html = book.documents.invoice(draft).html
    assert "data:image/png;base64," in html
    assert "#0b6e4f" in html
    assert b"/Subtype /Image" in book.documents.invoice(draft).pdf
    Image.new("CMYK", (40, 12)).save(tmp_path / "cmyk.jpg")
    (tmp_path / "broken.png").write_bytes(png()[:40])
    (tmp_path / "large.png").write_bytes(png() + bytes(600_000))
    for said, told in (
        ({"logo": tmp_path / "nothing.png"}, "cannot be read"), ({"logo": b"GIF89a"}, "neither"),
             ({"logo": tmp_path / "large.png"}, "at most"),
        ({"logo": tmp_path / "cmyk.jpg"}, "CMYK"), ({"logo": tmp_path / "broken.png"}, "cannot be read"),
             ({"colour": "red"}, "#1f4e79"),
        ({"colour": "#ffff00"}, "too light"),
        ({"colour": "#fff;} body{"}, "#1f4e79"),
    ):  # fmt: skip
        with pytest.raises(InvalidValue, match=told):
            book.seller.change(**said)
    book.seller.change(logo=None)
    assert "data:image" not in book.documents.invoice(draft).html


@pytest.mark.parametrize(
    ("language", "country", "words"),
    [
        ("en", "GB", ("Invoice 1", "31 January 2026", "€1,234.56", "23%", "Amount due")),
        ("fr", "FR", ("Facture 1", "31 janvier 2026", "1\u202f234,56\xa0€", "23\xa0%", "Net à payer")),
        ("es", "ES", ("Factura 1", "31 de enero de 2026", "1.234,56\xa0€", "23\xa0%", "Total a pagar")),
        ("es", "MX", ("Factura 1", "31 de enero de 2026", "EUR\xa01,234.56", "23%")),
        ("de", "DE", ("Rechnung 1", "31. Januar 2026", "1.234,56\xa0€", "23\xa0%", "Zu zahlen")),
        ("de", "CH", ("Rechnung 1", "EUR\xa01’234.56")),
    ],
)
def test_documents_speak_the_language_of_the_customer(
    book: Book, language: str, country: str, words: tuple[str, ...]
) -> None:
    ready_to_bill(book)
    book.customers.add(display_name="Acme", language=language, country=country)
    draft = book.invoices.draft(
        customer="Acme", date="2026-01-31", lines=[{"description": "x", "unit_price": "1003.71", "tax_rate": "23"}]
    )
    book.invoices.finalize(draft)
    html = book.documents.invoice(draft).html
    for word in words:
        assert word in html, word


def test_every_word_is_there_in_every_language() -> None:
    law = {"recovery_fee", "no_early_discount"}
    for name, held in _words().items():
        forms = held.values() if "other" in held else [held]
        for form in forms:
            assert set(form) == set(LANGUAGES) or name in law, name
    blanks = {
        name: {tuple(sorted(part for part in text.split("{")[1:])) for text in held.values() if isinstance(text, str)}
        for name, held in _words().items()
    }
    for name, found in blanks.items():
        assert len({tuple(sorted(one.split("}")[0] for one in parts)) for parts in found}) <= 1, name


def test_plurals_follow_the_language() -> None:
    assert "1 invoice," in Words("en")("mail_reminder", count=1, amount="€1")
    assert "2 invoices," in Words("en")("mail_reminder", count=2, amount="€1")
    assert "0 facture," in Words("fr")("mail_reminder", count=0, amount="1 €"), "French counts nothing as one"
    assert "2 Rechnungen" in Words("de")("mail_reminder", count=2, amount="1 €")


def test_hours_are_told_by_the_clock_where_decimals_cannot() -> None:
    hours = Words("fr").hours
    told = {
        "1.5": "1,5 h",
        "0.666667": "0:40 h",
        "1.333333": "1:20 h",
        "0.002778": "0:00:10 h",
        "-0.666667": "-0:40 h",
        "10": "10 h",
    }
    assert {said: hours(Decimal(said)) for said in told} == told


def test_many_pages_repeat_headings_and_keep_the_totals_together(book: Book) -> None:
    ready_to_bill(book)
    book.customers.add(display_name="Acme", country="IE")
    lines = [{"description": f"Line {nth}", "unit_price": "1.10", "tax_rate": "23"} for nth in range(1, 121)]
    draft = book.invoices.draft(customer="Acme", date="2026-01-31", lines=lines)
    book.invoices.finalize(draft)
    pdf = book.documents.invoice(draft).pdf
    count = pages_of(pdf)
    assert count >= 3
    from pypdf import PdfReader

    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    for nth, page in enumerate(pages, 1):
        assert f"Page {nth} / {count}" in page
        assert "DESCRIPTION" in page.upper() or "Line" not in page
    assert [page.count("Amount due") for page in pages[:-1]] == [0] * (count - 1)
    assert "€162.36" in pages[-1]
    assert "Lee & Co · Invoice 1" in pages[1]
    assert all(f"Line {nth}" in "\n".join(pages) for nth in range(1, 121))


def test_names_from_right_to_left_and_of_many_strokes_are_embedded(book: Book) -> None:
    ready_to_bill(book)
    book.customers.add(display_name="شركة الأمل 2024", company_name="株式会社サンプル", country="IE")
    draft = book.invoices.draft(customer=1, lines=[{"description": "北京 مرحبا Ж ω ł", "unit_price": "1"}])
    pdf = book.documents.invoice(draft).pdf
    from pypdf import PdfReader

    fonts = [
        font.get_object() for page in PdfReader(io.BytesIO(pdf)).pages for font in page["/Resources"]["/Font"].values()
    ]  # type: ignore[index]
    assert len(fonts) >= 2, "what one font lacks another one has"
    said = text_of(pdf)
    if (
        shutil.which("fc-list")
        and "Droid Sans Fallback" in subprocess.run(["fc-list"], capture_output=True, text=True, check=True).stdout
    ):
        assert "株式会社サンプル" in said


def test_a_code_to_scan_where_there_is_an_account_and_euros(book: Book, issued: int) -> None:
    assert "<svg" not in book.documents.invoice(issued).html
    book.seller.change(iban="IE29 AIBK 9311 5212 3456 78")
    said = {"customer": "Acme SA", "date": "2026-01-31", "lines": [{"description": "x", "unit_price": "1"}]}
    ids = [book.invoices.draft(**said), book.invoices.draft(**said, currency="USD")]  # type: ignore[arg-type]
    book.invoices.finalize_all(ids)
    assert ["<svg" in book.documents.invoice(one).html for one in ids] == [True, False]
    for wrong, told in (({"iban": "IE29 AIBK 9311 5212 3456 79"}, "check digits"), ({"bic": "X"}, "is no BIC")):
        with pytest.raises(InvalidValue, match=told):
            book.seller.change(**wrong)
    book.seller.change(iban="gb33 bukb 2020 1555 5555 55", bic=None)
    british = book.invoices.draft(**said)  # type: ignore[arg-type]
    book.invoices.finalize(british)
    assert "<svg" not in book.documents.invoice(british).html, "outside the EEA the bank has to be named"
    book.seller.change(bic="BUKBGB22")
    named = book.invoices.draft(**said)  # type: ignore[arg-type]
    book.invoices.finalize(named)
    assert "<svg" in book.documents.invoice(named).html


def test_a_phone_reads_the_code() -> None:
    """Read by a decoder that is not the encoder's, for payments of many lengths (EPC069-12: 331 bytes, version 13 at most)."""
    import segno
    import zxingcpp
    from PIL import Image

    seller = {"name": "Étude Morel & Fils", "iban": "FR76 3000 6000 0112 3456 7890 189", "bic": "AGRIFRPP"}
    for length in range(1, 140, 6):
        said = payload({**seller, "name": "É" * (length % 70 + 1)}, Decimal("1234.50"), "F" * length)
        if len(said.encode()) > 331:
            assert (
                scan_code({**seller, "name": "É" * (length % 70 + 1)}, Decimal("1234.50"), "EUR", "F" * length) is None
            )
            continue
        code = segno.make_qr(said, error="m", mode="byte", encoding="utf-8", mask=3, boost_error=False)
        assert code.version <= 13
        drawn = io.BytesIO()
        code.save(drawn, kind="png", scale=4, border=4)
        [read] = zxingcpp.read_barcodes(Image.open(drawn).convert("L"))
        assert read.text == said
    assert said.splitlines()[:5] == ["BCD", "002", "1", "SCT", "AGRIFRPP"]
    assert said.splitlines()[6:8] == ["FR7630006000011234567890189", "EUR1234.50"]


def test_bulk_PDFs_go_on_where_they_were_stopped(book: Book, issued: int, tmp_path: Path) -> None:
    said = {"customer": "Acme SA", "date": "2026-01-31", "lines": [{"description": "x", "unit_price": "1"}]}
    drafts = [book.invoices.draft(**said) for _ in range(3)]  # type: ignore[arg-type]
    book.invoices.finalize_all(drafts)
    first = book.documents.pdf(drafts[:2], tmp_path / "out")
    assert first["outcome"].tolist() == ["printed", "printed"]
    (tmp_path / "out" / "3.pdf").unlink()
    again = book.documents.pdf(book.invoices.list(), tmp_path / "out")
    assert dict(zip(again["number"], again["outcome"], strict=True)) == {
        "1": "printed",
        "2": "there",
        "3": "kept",
        "4": "printed",
    }
    for row in again.itertuples():
        assert hashlib.sha256(Path(row.file).read_bytes()).hexdigest() == row.sha256
        assert book.documents.invoice(int(row.invoice)).pdf == Path(row.file).read_bytes()
    assert not list((tmp_path / "out").glob("*.part"))
    draft = book.invoices.draft(**said)  # type: ignore[arg-type]
    with pytest.raises(IllegalTransition, match="is not issued"):
        book.documents.pdf([draft], tmp_path / "out")
    with pytest.raises(InvalidValue, match="at least 1"):
        book.documents.pdf(drafts, tmp_path / "out", processes=0)


def test_several_processes_print_the_same_bytes(book: Book, issued: int, tmp_path: Path) -> None:
    from invoicekit.documents import batch

    said = {"customer": "Acme SA", "date": "2026-01-31", "lines": [{"description": "x", "unit_price": "1"}]}
    with book.operation("many"):
        drafts = [book.invoices.draft(**said) for _ in range(3)]  # type: ignore[arg-type]
        book.invoices.finalize_all(drafts)
    few = batch._FEW
    batch._FEW = 1
    try:
        book.documents.pdf(drafts, tmp_path / "two", processes=2)
    finally:
        batch._FEW = few
    from invoicekit.documents.content import contents, look_of
    from invoicekit.documents.making import Making, made

    for id_, content in contents(book._store, drafts).items():
        here = made(Making(content, "invoice.html", look_of(book._store)))
        assert (tmp_path / "two" / f"{content['document']['number']}.pdf").read_bytes() == here, id_


def test_a_statement_tells_what_was_owed_what_happened_and_what_is_open(book: Book) -> None:
    ready_to_bill(book)
    acme = book.customers.add(display_name="Acme", country="IE", terms="NET_30")
    book.invoices.record(acme, number="OLD", date="2025-12-01", total="50.00")
    for nth, (day, total) in enumerate((("2026-01-10", "100.00"), ("2026-02-10", "70.00")), 1):
        book.invoices.record(acme, number=f"F-{nth}", date=day, total=total)
    book.payments.record(acme, amount="120.00", date="2026-02-15", reference="transfer 7")
    html = book.documents.statement(acme, as_of="2026-03-31").html
    said = text_of(book.documents.statement(acme, as_of="2026-03-31").pdf)
    for words in (
        "Statement of account",
        "Balance carried forward",
        "50.00",
        "Invoice F-1",
        "150.00",
        "Payment transfer 7",
        "220.00",
        "€100.00",
        "Open items",
    ):
        assert words in said, words
    assert html.count("F-2") == 2
    assert "Nothing is owed" in text_of(book.documents.statement(book.customers.add(display_name="New")).pdf)
    with pytest.raises(InvalidValue, match="after the day it is drawn up for"):
        book.documents.statement(acme, since="2026-04-01", as_of="2026-03-31")
    last = book.reports.balances(as_of="2026-03-31").df
    assert f"{last['balance'][0]:.2f}" == "100.00"


def test_M9_within_a_tree_a_payment_for_another_is_no_line_of_its_own(book: Book) -> None:
    ready_to_bill(book)
    group = book.customers.add(display_name="Group", country="IE")
    branch = book.customers.add(display_name="Branch", country="IE", parent=group)
    invoice = book.invoices.record(branch, number="B-1", date="2026-01-10", total="100.00")
    book.payments.record(group, amount="100.00", date="2026-02-01", invoices=[invoice], reference="transfer 7")
    whole = text_of(book.documents.statement(group, as_of="2026-03-31", tree=True).pdf)
    assert "Invoice B-1 Branch" in whole
    assert "Payment transfer 7" in whole
    assert "Applied" not in whole
    alone = text_of(book.documents.statement(group, as_of="2026-03-31").pdf)
    assert "Applied to B-1" in alone


def test_printing_loads_nothing_until_it_is_used() -> None:
    import sys

    heavy = "('plutoprint', 'pikepdf', 'facturx')"
    code = f"import sys, invoicekit, invoicekit.book; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "[]"
