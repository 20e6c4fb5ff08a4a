"""Seller and buyer -> the terms of EN 16931: names, numbers, addresses (BG-4, BG-7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from invoicekit.einvoices.codes import COUNTRIES, VAT_PREFIXES
from invoicekit.errors import Incomplete

__all__ = ["address_of", "country_of", "name_of", "party_of", "text", "vat_number"]

# Characters that XML 1.0 has no place for.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
# ISO 6523: who gives the numbers of French firms and of their places, and the French directory of electronic addresses.
_SIREN, _SIRET, _DIRECTORY = "0002", "0009", "0225"


def party_of(
    party: Mapping[str, Any], home: str, *, other: Mapping[str, Any], is_seller: bool, no_vat: bool
) -> dict[str, Any]:
    """Return seller or buyer as terms; one of whose country nothing is said is taken to be in the seller's, as on paper.

    Parameters
    ----------
    home
        The seller's country.
    other
        Who is on the other side.
    no_vat
        Whether numbers for VAT may not stand there, because nothing is subject to it (BR-O-02).
    """
    country = country_of(party, "seller" if is_seller else "buyer") or home
    number, registration = text(party.get("tax_id")), "".join((text(party.get("registration")) or "").split())
    vat = vat_number(number, country)
    found: dict[str, Any] = {**address_of(party, country), "name": name_of(party)}
    if vat is not None and not no_vat:
        found["vat_identifier"] = vat
    elif number or registration:
        # Who has no number for VAT is known to the tax office by another.
        found["identifiers"] = {None: number or registration}
        if is_seller:
            found["tax_identifier"] = number or registration
    found |= _registered(registration, vat, country)
    if found.get("legal_identifier_schemeid") == _SIREN and len(registration) == 14:
        found["identifiers"] = {**found.get("identifiers", {}), _SIRET: registration}
    if party.get("company_name") and party.get("display_name") not in (None, party["company_name"]):
        found["biz_name"] = text(party["display_name"])
    said = " ".join(word for name in ("legal_form", "register") if (word := text(party.get(name))))
    if is_seller and said:
        found["legal_info"] = said
    found |= _reached(party, found, other, country)
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _registered(registration: str, vat: str | None, country: str) -> dict[str, str]:
    """Return the number in the register of firms; that of a French firm is in its number for VAT and in that of its place."""
    if country == "FR":
        siren = registration[:9] if re.fullmatch(r"\d{9}(\d{5})?", registration) else (vat or "")[4:]
        if re.fullmatch(r"\d{9}", siren):
            return {"legal_identifier": siren, "legal_identifier_schemeid": _SIREN}
    return {"legal_identifier": registration} if registration else {}


def _reached(
    party: Mapping[str, Any], found: Mapping[str, Any], other: Mapping[str, Any], country: str
) -> dict[str, Any]:
    """Return where it is reached: between French firms by their place in the directory, else by mail."""
    said: dict[str, Any] = {}
    email, both_french = text(party.get("email")), country == "FR" and other.get("country") in ("FR", None)
    if both_french and found.get("legal_identifier_schemeid") == _SIREN:
        said |= {"einvoicing_addr": found["legal_identifier"], "einvoicing_addr_schemeid": _DIRECTORY}
    elif email:
        said |= {"einvoicing_addr": email, "einvoicing_addr_schemeid": "EM"}
    person = " ".join(word for name in ("first_name", "last_name") if (word := text(party.get(name))))
    contact = {"name": person or found["name"], "phone": text(party.get("phone")), "email": email}
    if contact["phone"] or contact["email"]:
        said["contacts"] = [{name: value for name, value in contact.items() if value}]
    return said


def name_of(party: Mapping[str, Any]) -> str:
    """Return what somebody is called: the legal name of a firm, else the name shown."""
    return text(party.get("company_name") or party.get("display_name") or party.get("name")) or "?"


def address_of(party: Mapping[str, Any], country: str) -> dict[str, Any]:
    """Return an address as terms (BG-5, BG-8): its lines are three."""
    lines = [word for line in (party.get("address") or "").splitlines() if (word := text(line))]
    found = dict(zip(("addr_l1", "addr_l2", "addr_l3"), [*lines[:2], ", ".join(lines[2:])], strict=False))
    return {
        **{name: word for name, word in found.items() if word},
        "city": text(party.get("city")),
        "postcode": text(party.get("postal_code")),
        "country_subdivision": text(party.get("region")),
        "country_code": country,
    }


def country_of(party: Mapping[str, Any], whose: str) -> str | None:
    """Return the code of a country; nothing where none is said.

    Raises
    ------
    Incomplete
        If one is said that has no code: taking it for another would make a foreigner of a neighbour.
    """
    said = text(party.get("country"))
    code = COUNTRIES.get(said or "", said)
    if code is not None and not re.fullmatch("[A-Z]{2}|1A", code):
        raise Incomplete(
            f'No electronic invoice can be written: the country of the {whose}, "{said}", is none known by a code of ISO 3166. '
            "Write its code before the next one is issued."
        )
    return code


def vat_number(number: str | None, country: str) -> str | None:
    """Return a number as a VAT identifier, which begins with its country (BR-CO-09); nothing for one of another kind.

    Examples
    --------
    >>> vat_number("FR83404833048", "FR"), vat_number("123456789", "GB"), vat_number("DEL010101AB1", "MX")
    ('FR83404833048', 'GB123456789', None)
    """
    if not number:
        return None
    from stdnum.eu import vat

    plain = re.sub(r"[^0-9A-Za-z+*]", "", number).upper()
    prefix = VAT_PREFIXES.get(country)
    if prefix is not None and (plain.startswith(prefix) or (country == "GB" and plain.startswith(("XI", "GB")))):
        return plain
    if country == "GB" and re.fullmatch(r"\d{9}|\d{12}", plain):
        return f"GB{plain}"
    if prefix is not None and vat.is_valid(prefix + plain):
        return prefix + plain
    # Registered in another member state: only what is a number there is taken for one.
    return plain if prefix is not None and vat.is_valid(plain) else None


def text(value: Any) -> str | None:
    """Return what XML can hold of a text, without blanks around it."""
    return _UNPRINTABLE.sub("", str(value)).strip() or None if value is not None else None
