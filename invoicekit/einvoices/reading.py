"""An electronic invoice somebody sent -> what it says, as a document of ours would say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from invoicekit.einvoices.codes import CATEGORY_NAMES, UNIT_NAMES
from invoicekit.errors import NotAWorkbook
from invoicekit.signs import turned

__all__ = ["content_of", "read_terms", "read_xml"]

_LARGEST = 50_000_000


def read_xml(data: bytes) -> dict[str, Any]:
    """Return what an electronic invoice says - UBL, CII, or a PDF that holds one - as `invoices.as_issued` would.

    Raises
    ------
    NotAWorkbook
        If it is none, is broken, or wants something fetched from elsewhere.
    """
    return content_of(read_terms(data))


def read_terms(data: bytes) -> dict[str, Any]:
    """Return the business terms of an electronic invoice: UBL, CII, or a PDF that holds one."""
    import facturx

    if len(data) > _LARGEST:
        raise NotAWorkbook(f"An electronic invoice has {len(data):,} bytes; {_LARGEST:,} are read at most.")
    if data.lstrip()[:5] == b"%PDF-":
        data = _embedded(data)
    tree = _parsed(data)
    try:
        found: dict[str, Any] = facturx.parse_ubl_cii_xml(tree, check_xsd=True, check_schematron=False)
    except Exception as error:  # noqa: BLE001 - the library raises bare ones, and says why in words
        raise NotAWorkbook(
            f"This is no electronic invoice that can be read: {str(error).splitlines()[0][:300]}. UBL 2.1 and CII are read."
        ) from None
    return found


def _embedded(pdf: bytes) -> bytes:
    import facturx

    try:
        name, xml = facturx.get_xml_from_pdf(pdf, check_xsd=False, check_schematron=False)
    except Exception as error:  # noqa: BLE001 - broken PDFs end in whatever their readers raise
        raise NotAWorkbook(f"This PDF cannot be read: {error}.") from None
    if not name or not xml:
        raise NotAWorkbook(
            "This PDF holds no electronic invoice: it is a picture of one. Ask for the Factur-X, or the XML."
        )
    return bytes(xml)


def _parsed(data: bytes) -> Any:
    from lxml import etree

    # Nothing is fetched, and no entity is unfolded: neither files of this machine nor a billion laughs.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        tree = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise NotAWorkbook(f"This is no XML that can be read: {error}.") from None
    if tree.getroottree().docinfo.doctype:
        raise NotAWorkbook("This XML declares a document type, which no electronic invoice does: it is not read.")
    return tree


def content_of(bt: Mapping[str, Any]) -> dict[str, Any]:
    """Return what business terms say, as `invoices.as_issued` would."""
    kind = "credit_note" if bt["BT-3"] in _credit_notes() else "invoice"
    currency = bt["BT-5"]
    corrected = (bt.get("BG-3") or [{}])[0]
    found = {
        "document": {
            "kind": kind, "number": bt["BT-1"], "date": _iso(bt["BT-2"]), "due_date": _iso(bt.get("BT-9")), "currency": currency,
            "purchase_order": bt.get("BT-13"), "matter": bt.get("BT-10"), "corrects": corrected.get("BT-25"),
            "corrects_date": _iso(corrected.get("BT-26")), "since": _iso(bt.get("BT-73")), "until": _iso(bt.get("BT-74")),
            "note": "\n".join(_notes(bt)) or None,
        },
        "seller": _said_party(bt["BG-4"]) | {"iban": bt.get("BT-84"), "bic": bt.get("BT-86")},
        "buyer": _said_party(bt["BG-7"]),
        "lines": [_said_line(nth, line) for nth, line in enumerate(bt.get("BG-25") or [], 1)],
        "adjustments": [
            {"kind": kind_of, "reason": one.get("reason"), "percent": None, "amount": Decimal(one["amount"]),
             "tax_category": CATEGORY_NAMES.get(one.get("vat_category_code", "S")), "tax_rate": _decimal(one.get("vat_rate"))}
            for kind_of, group in (("discount", "BG-20"), ("charge", "BG-21")) for one in bt.get(group) or []
        ],
        "taxes": [
            {"tax_category": CATEGORY_NAMES.get(tax["BT-118"]), "tax_rate": _decimal(tax.get("BT-119")) or Decimal(0),
             "base": Decimal(tax["BT-116"]), "tax": Decimal(tax["BT-117"]), "reason": tax.get("BT-120")}
            for tax in bt.get("BG-23") or []
        ],
        "totals": {
            "lines_net": _decimal(bt.get("BT-106")), "net": _decimal(bt["BT-109"]), "tax": _decimal(bt.get("BT-110")) or Decimal(0),
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
        "tax_id": party.get("vat_identifier") or party.get("tax_identifier") or next(iter(identifiers.values()), None),
        "email": contact.get("email") or (party.get("einvoicing_addr") if party.get("einvoicing_addr_schemeid") == "EM" else None),
        "phone": contact.get("phone"),
    }  # fmt: skip


def _said_line(nth: int, line: Mapping[str, Any]) -> dict[str, Any]:
    taken = sum((Decimal(one["amount"]) for one in line.get("BG-27") or []), Decimal(0))
    added = sum((Decimal(one["amount"]) for one in line.get("BG-28") or []), Decimal(0))
    words = [line["BT-153"], line.get("BT-154")]
    return {
        "position": nth, "item": line.get("BT-155"), "description": "\n".join(text for text in words if text),
        "quantity": Decimal(line["BT-129"]), "unit": UNIT_NAMES.get(line["BT-130"]), "unit_price": Decimal(line["BT-146"]),
        "price_per": _decimal(line.get("BT-149")), "discount": (taken - added) or None, "net": Decimal(line["BT-131"]),
        "tax_category": CATEGORY_NAMES.get(line.get("BT-151", "S")), "tax_rate": _decimal(line.get("BT-152")),
    }  # fmt: skip


@cache
def _credit_notes() -> Sequence[str]:
    from facturx.generate_xml import CREDIT_NOTE_TYPE_CODES

    codes: Sequence[str] = CREDIT_NOTE_TYPE_CODES
    return codes


def _decimal(text: str | None) -> Decimal | None:
    return Decimal(text) if text not in (None, "") else None


def _iso(day: date | str | None) -> str | None:
    return day.isoformat() if isinstance(day, date) else day
