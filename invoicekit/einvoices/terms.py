"""What a document says -> the business terms of EN 16931 (BT-1, BG-25 ...): the one place where both stand side by side."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from invoicekit import money
from invoicekit.einvoices.codes import CATEGORIES, KINDS, UNITS, VAT_PREFIXES, WHY
from invoicekit.errors import Incomplete
from invoicekit.signs import turned

__all__ = ["terms", "vat_number"]

# Characters that XML 1.0 has no place for.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def terms(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a document says as business terms of EN 16931, the dict that factur-x writes."""
    said = turned(content)
    document, seller, buyer, totals = (said[name] for name in ("document", "seller", "buyer", "totals"))
    if not seller or not seller.get("country"):
        raise Incomplete("No electronic invoice can be written: the seller has no country. Say it: book.seller.change.")
    currency = document["currency"]
    taxes, lines, adjustments = _completed(said)
    plain = {tax["tax_category"] for tax in taxes} == {"not_subject"}

    def amount(value: Any) -> str:
        return f"{money.round_to(Decimal(value or 0), money.digits(currency)):f}"

    found: dict[str, Any] = {
        "BT-1": _text(document["number"]) or "0",
        "BT-2": document["date"],
        "BT-3": KINDS[document["kind"]],
        "BT-5": currency,
        "BT-9": document.get("due_date") if document["kind"] == "invoice" else None,
        "BT-10": _text(document.get("matter")),
        "BT-13": _text(document.get("purchase_order")),
        "BT-20": None if document.get("due_date") else "NET",
        "BT-23": None,
        # Directive 2006/112/EC, article 226 (7): where nothing else is said, the day of supply is that of the document.
        "BT-72": document.get("until") or document["date"],
        "BT-73": document.get("since"),
        "BT-74": document.get("until"),
        "BT-106": amount(sum((line["net"] for line in lines), Decimal(0))),
        "BT-107": amount(_sum(adjustments, "discount")) if _sum(adjustments, "discount") else None,
        "BT-108": amount(_sum(adjustments, "charge")) if _sum(adjustments, "charge") else None,
        "BT-109": amount(sum((tax["base"] for tax in taxes), Decimal(0))),
        "BT-110": amount(sum((tax["tax"] for tax in taxes), Decimal(0))),
        "BT-112": amount(totals["total"]),
        "BT-114": amount(totals["rounding"]) if totals.get("rounding") else None,
        "BT-115": amount(totals["payable"]),
        "BG-1": [
            {"BT-21": note.get("code"), "BT-22": _text(note["text"])} for note in said.get("notes", ()) if _text(note["text"])
        ] + [{"BT-22": _text(document[name])} for name in ("note", "reason", "subject") if _text(document.get(name))],
        "BG-3": _corrected(document),
        "BG-4": _party(seller, seller["country"], is_seller=True, no_vat=plain),
        "BG-7": _party(buyer, seller["country"], is_seller=False, no_vat=plain),
        "BG-13": _delivered_to(said, seller["country"]),
        "BG-20": [_adjustment(one, amount) for one in adjustments if one["kind"] == "discount"],
        "BG-21": [_adjustment(one, amount) for one in adjustments if one["kind"] == "charge"],
        "BG-23": [_tax(tax, amount) for tax in taxes],
        "BG-25": [_line(nth, line, amount) for nth, line in enumerate(lines, 1)],
        **_payment(seller, document, totals),
    }  # fmt: skip
    return {name: value for name, value in found.items() if value not in (None, [], "")}


def _corrected(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    said = {"BT-25": _text(document.get("corrects")), "BT-26": document.get("corrects_date")}
    return [said] if said["BT-25"] else []


def _payment(seller: Mapping[str, Any], document: Mapping[str, Any], totals: Mapping[str, Any]) -> dict[str, Any]:
    """How it is to be paid: UNTDID 4461, a SEPA transfer where the account is of its kind, a transfer else."""
    iban = "".join((seller.get("iban") or "").split())
    if not iban or document["kind"] != "invoice" or totals["payable"] <= 0:
        return {}
    return {
        "BT-81": "58" if document["currency"] == "EUR" else "30",
        "BT-83": _text(document["number"]),
        "BT-84": iban,
        "BT-85": _text(seller["name"]),
        "BT-86": _text(seller.get("bic")),
    }


def _party(party: Mapping[str, Any], home: str, *, is_seller: bool, no_vat: bool) -> dict[str, Any]:
    """Return seller or buyer; one whose country is not known is taken to be in the seller's, as on paper."""
    country = _country(party.get("country")) or home
    number = _text(party.get("tax_id"))
    vat = vat_number(number, country)
    found = {
        **_address(party, country),
        "name": _text(party.get("company_name") or party.get("display_name") or party.get("name")) or "?",
        "vat_identifier": vat if not no_vat else None,
    }
    if number and (vat is None or no_vat):
        found["identifiers"] = {None: number}
        if is_seller:
            found["tax_identifier"] = number
    if party.get("company_name") and party.get("display_name") not in (None, party["company_name"]):
        found["biz_name"] = _text(party["display_name"])
    if party.get("registration"):
        registration = "".join(str(party["registration"]).split())
        found["legal_identifier"] = registration
        if country == "FR" and re.fullmatch(r"\d{9}(\d{5})?", registration):
            # ISO 6523: 0002 is SIREN, 0009 is SIRET.
            found["legal_identifier_schemeid"] = "0002" if len(registration) == 9 else "0009"
    said = " ".join(text for name in ("legal_form", "register") if (text := _text(party.get(name))))
    if is_seller and said:
        found["legal_info"] = said
    if party.get("email"):
        found |= {"einvoicing_addr": _text(party["email"]), "einvoicing_addr_schemeid": "EM"}
    person = " ".join(text for name in ("first_name", "last_name") if (text := _text(party.get(name))))
    contact = {"name": person or (found["name"] if is_seller else None), "phone": _text(party.get("phone")),
               "email": _text(party.get("email"))}  # fmt: skip
    if contact["name"] and (contact["phone"] or contact["email"]):
        found["contacts"] = [{name: value for name, value in contact.items() if value}]
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _address(party: Mapping[str, Any], country: str) -> dict[str, Any]:
    lines = [text for line in (party.get("address") or "").splitlines() if (text := _text(line))]
    found = dict(zip(("addr_l1", "addr_l2", "addr_l3"), [*lines[:2], ", ".join(lines[2:])], strict=False))
    return {
        **{name: text for name, text in found.items() if text},
        "city": _text(party.get("city")),
        "postcode": _text(party.get("postal_code")),
        "country_subdivision": _text(party.get("region")),
        "country_code": country,
    }


def _delivered_to(said: Mapping[str, Any], home: str) -> dict[str, Any] | None:
    buyer = said["buyer"]
    goes_abroad = any(tax.get("tax_category") == "intra_community" for tax in said["taxes"])
    away = {name.removeprefix("shipping_"): value for name, value in buyer.items() if name.startswith("shipping_")}
    if not any(away.values()):
        if not goes_abroad:
            return None
        away = {name: buyer.get(name) for name in ("address", "city", "region", "postal_code", "country")}
    country = _country(away.get("country")) or _country(buyer.get("country")) or home
    address = _address(away, country)
    return {name: value for name, value in address.items() if value} | {
        "name": _party(buyer, home, is_seller=False, no_vat=True)["name"]
    }


def _adjustment(one: Mapping[str, Any], amount: Callable[[Any], str]) -> dict[str, Any]:
    found = {
        "amount": amount(one["amount"]),
        "reason": _text(one["reason"]) or one["kind"],
        "vat_category_code": CATEGORIES[one["tax_category"]],
        "vat_rate": _rate(one),
    }
    return {name: value for name, value in found.items() if value is not None}


def _tax(tax: Mapping[str, Any], amount: Callable[[Any], str]) -> dict[str, Any]:
    category = tax["tax_category"]
    found = {
        "BT-116": amount(tax["base"]),
        "BT-117": amount(tax["tax"]),
        "BT-118": CATEGORIES[category],
        "BT-119": _rate(tax),
        "BT-120": _text(tax.get("reason")) if category in ("exempt", *WHY) else None,
        "BT-121": WHY.get(category),
    }
    return {name: value for name, value in found.items() if value is not None}


def _line(nth: int, line: Mapping[str, Any], amount: Callable[[Any], str]) -> dict[str, Any]:
    quantity, price, per, discount = _priced(line)
    name = _text(line.get("description")) or _text(line.get("item")) or "-"
    first, _, rest = name.partition("\n")
    found: dict[str, Any] = {
        "BT-126": str(nth),
        "BT-129": _number(quantity),
        "BT-130": UNITS[line.get("unit")],
        "BT-131": amount(line["net"]),
        "BT-146": _number(price),
        "BT-149": _number(per) if per is not None else None,
        "BT-151": CATEGORIES[line["tax_category"]],
        "BT-152": _rate(line),
        "BT-153": first,
        "BT-154": rest.strip() or None,
        "BT-155": _text(line.get("item")),
    }
    if discount:
        name = "BG-27" if discount > 0 else "BG-28"
        found[name] = [{"amount": amount(abs(discount)), "reason": "Discount" if discount > 0 else "Charge"}]
    return {name: value for name, value in found.items() if value is not None}


def _priced(line: Mapping[str, Any]) -> tuple[Decimal, Decimal, Decimal | None, Decimal]:
    """Return quantity, price before tax, what the price is for, and discount: a price is never negative (BR-27).

    Where prices were given with tax, or none was, the net of the line is the price of all of it.
    """
    quantity, price, per = line.get("quantity"), line.get("unit_price"), line.get("price_per")
    discount = line.get("discount") or Decimal(0)
    if price is None or line.get("gross") is not None:
        quantity, per, discount = abs(quantity or Decimal(1)) or Decimal(1), None, Decimal(0)
        per = quantity if quantity != 1 else None
        return (quantity if line["net"] >= 0 else -quantity), abs(line["net"]), per, discount
    quantity = Decimal(1) if quantity is None else quantity
    return (-quantity, -price, per, discount) if price < 0 else (quantity, price, per, discount)


def _rate(taxed: Mapping[str, Any]) -> str | None:
    """Return the rate; what is not subject to tax has none (BR-O-05), what is charged none has 0."""
    if taxed["tax_category"] == "not_subject":
        return None
    return _number(taxed.get("tax_rate") or 0)


def _completed(said: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Return taxes, lines and adjustments; those of a document that another system issued are made of what it stated."""
    totals, document = said["totals"], said["document"]
    lines, taxes, adjustments = ([dict(one) for one in said[name]] for name in ("lines", "taxes", "adjustments"))
    if taxes:
        return taxes, lines, adjustments
    tax = (
        totals["tax"]
        if totals["tax"] is not None
        else totals["total"] - (totals["net"] if totals["net"] is not None else totals["total"])
    )
    net = totals["total"] - tax
    if not lines:
        lines = [
            {
                "description": document.get("subject") or f"{document['kind']} {document['number']}".replace("_", " "),
                "net": net,
            }
        ]
    usual = money.round_to(tax * 100 / net, 2) if net else Decimal(0)
    for line in lines:
        line["tax_rate"] = line.get("tax_rate") if line.get("tax_rate") is not None else usual
        line["tax_category"] = "standard" if line["tax_rate"] else "exempt"
        # What was stated for the line leads; a price that does not make it is left out.
        if (
            line.get("unit_price") is not None
            and money.round_to(line["unit_price"] * (line.get("quantity") or 1), money.digits(document["currency"]))
            != line["net"]
        ):
            line["unit_price"] = None
    stated = sum((line["net"] for line in lines), Decimal(0))
    if stated != net:
        first = lines[0]
        adjustments = [{"kind": "charge" if net > stated else "discount", "amount": abs(net - stated), "reason": "As stated",
                        "tax_category": first["tax_category"], "tax_rate": first["tax_rate"]}]  # fmt: skip
    return _grouped(lines, adjustments, tax, document["currency"]), lines, adjustments


def _grouped(
    lines: Sequence[Mapping[str, Any]], adjustments: Iterable[Mapping[str, Any]], stated: Decimal, currency: str
) -> list[dict[str, Any]]:
    """Return the taxes of lines by group; what rounding leaves of the tax that was stated goes to the largest."""
    bases: dict[tuple[str, Decimal], Decimal] = {}
    for one in lines:
        key = (one["tax_category"], one["tax_rate"])
        bases[key] = bases.get(key, Decimal(0)) + one["net"]
    for one in adjustments:
        bases[one["tax_category"], one["tax_rate"]] += one["amount"] if one["kind"] == "charge" else -one["amount"]
    taxes: list[dict[str, Any]] = [
        {"tax_category": category, "tax_rate": rate, "base": base, "tax": money.round_to(base * rate / 100, money.digits(currency)),
         "reason": "No tax was stated" if category == "exempt" else None}
        for (category, rate), base in bases.items()
    ]  # fmt: skip
    if taxed := [tax for tax in taxes if tax["tax_category"] == "standard"]:
        max(taxed, key=lambda tax: abs(tax["base"]))["tax"] += stated - sum((tax["tax"] for tax in taxes), Decimal(0))
    return taxes


def vat_number(number: str | None, country: str) -> str | None:
    """Return a number as a VAT identifier, which begins with its country (BR-CO-09); nothing for one of another kind.

    Examples
    --------
    >>> vat_number("FR83404833048", "FR"), vat_number("123456789", "GB"), vat_number("XAXX010101000", "MX")
    ('FR83404833048', 'GB123456789', None)
    """
    if not number:
        return None
    from stdnum.eu.vat import MEMBER_STATES

    plain = re.sub(r"[^0-9A-Za-z+*]", "", number).upper()
    prefix = VAT_PREFIXES.get(country, country)
    if plain.startswith((prefix, "XI", "EL")) or (
        re.match(r"[A-Z]{2}\w*\d", plain) and plain[:2].lower() in MEMBER_STATES
    ):
        return plain
    if country == "GB" and re.fullmatch(r"\d{9}|\d{12}", plain):
        return prefix + plain
    if country.lower() in MEMBER_STATES and _is_vat(prefix, plain):
        return prefix + plain
    return None


def _is_vat(prefix: str, plain: str) -> bool:
    from stdnum.eu import vat

    return bool(vat.is_valid(prefix + plain))


def _country(said: str | None) -> str | None:
    return said if said and re.fullmatch("[A-Z]{2}", said) else None


def _text(value: Any) -> str | None:
    return _UNPRINTABLE.sub("", str(value)).strip() or None if value is not None else None


def _number(value: Any) -> str:
    exact = Decimal(value)
    return f"{exact.normalize():f}" if exact else "0"


def _sum(adjustments: Iterable[Mapping[str, Any]], kind: str) -> Decimal:
    return sum((one["amount"] for one in adjustments if one["kind"] == kind), Decimal(0))
