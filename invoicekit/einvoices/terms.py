"""What a document says -> the business terms of EN 16931 (BT-1, BG-25 ...): the one place where both stand side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from invoicekit import money
from invoicekit.einvoices.codes import CATEGORIES, KINDS, SEPA, UNITS, WHY
from invoicekit.einvoices.parties import address_of, country_of, name_of, party_of, text
from invoicekit.errors import Incomplete
from invoicekit.signs import turned

__all__ = ["terms"]


def terms(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a document says as business terms of EN 16931, the dict that factur-x writes."""
    said = turned(content)
    document, seller, buyer, totals = (said[name] for name in ("document", "seller", "buyer", "totals"))
    if not seller or not seller.get("country"):
        raise Incomplete("No electronic invoice can be written: the seller has no country. Say it: book.seller.change.")
    home = country_of(seller, "seller") or ""
    currency = document["currency"]
    taxes, lines, adjustments = _completed(said)
    adjustments = [_upright(one) for one in adjustments if one["amount"]]
    _must_be_numbered(seller, buyer, taxes)
    plain = {tax["tax_category"] for tax in taxes} == {"not_subject"}

    def amount(value: Any) -> str:
        return f"{money.round_to(Decimal(value or 0), money.digits(currency)):f}"

    found: dict[str, Any] = {
        "BT-1": text(document["number"]) or "0",
        "BT-2": document["date"],
        "BT-3": KINDS[document["kind"]],
        "BT-5": currency,
        "BT-9": document.get("due_date") if document["kind"] == "invoice" else None,
        "BT-10": text(buyer.get("buyer_reference")),
        "BT-11": text(document.get("matter")),
        "BT-13": text(document.get("purchase_order")),
        "BT-20": None if document.get("due_date") else "Due on receipt",
        # The French rules tell invoices of goods, of services (S1) and of both apart; time and fees are services.
        "BT-23": "S1" if home == "FR" else None,
        # Directive 2006/112/EC, article 226 (7): where nothing else is said, the day of supply is that of the document.
        "BT-72": document.get("until") or document.get("corrects_date") or document["date"],
        "BT-73": document.get("since"),
        "BT-74": document.get("until"),
        "BT-106": amount(sum((line["net"] for line in lines), Decimal(0))),
        "BT-107": amount(_sum(adjustments, "discount")) if _there(adjustments, "discount") else None,
        "BT-108": amount(_sum(adjustments, "charge")) if _there(adjustments, "charge") else None,
        "BT-109": amount(sum((tax["base"] for tax in taxes), Decimal(0))),
        "BT-110": amount(sum((tax["tax"] for tax in taxes), Decimal(0))),
        "BT-112": amount(totals["total"]),
        "BT-114": amount(totals["rounding"]) if totals.get("rounding") else None,
        "BT-115": amount(totals["payable"]),
        "BG-1": [
            {"BT-21": note.get("code"), "BT-22": text(note["text"])} for note in said.get("notes", ()) if text(note["text"])
        ] + [{"BT-22": _noted(document[name])} for name in ("note", "reason", "subject") if text(document.get(name))],
        "BG-3": _corrected(document),
        "BG-4": party_of(seller, home, other=buyer, is_seller=True, no_vat=plain),
        "BG-7": party_of(buyer, home, other=seller, is_seller=False, no_vat=plain),
        "BG-13": _delivered_to(said, home),
        "BG-20": [_adjustment(one, amount) for one in adjustments if one["kind"] == "discount"],
        "BG-21": [_adjustment(one, amount) for one in adjustments if one["kind"] == "charge"],
        "BG-23": [_tax(tax, amount) for tax in taxes],
        "BG-25": [_line(nth, line, amount) for nth, line in enumerate(lines, 1)],
        **_payment(seller, document, totals),
    }  # fmt: skip
    return {name: value for name, value in found.items() if value not in (None, [], "")}


def _must_be_numbered(seller: Mapping[str, Any], buyer: Mapping[str, Any], taxes: Sequence[Mapping[str, Any]]) -> None:
    """Refuse where a tax number is missing that the rules want (BR-S-02, BR-AE-02, BR-IC-02 ...).

    Raises
    ------
    Incomplete
        Saying whose, and where it is given.
    """
    categories = {tax["tax_category"] for tax in taxes}
    if categories != {"not_subject"} and not (seller.get("tax_id") or seller.get("registration")):
        raise Incomplete(
            "No electronic invoice can be written: the seller has neither a tax id nor a registration number (BR-CO-26). "
            "Say it before the next one is issued: book.seller.change."
        )
    if categories & {"reverse_charge", "intra_community"} and not buyer.get("tax_id"):
        raise Incomplete(
            f"No electronic invoice can be written: {name_of(buyer)} has no VAT number, which a supply without tax wants "
            "(BR-AE-02, BR-IC-02). Give it before the next one is issued: book.customers.change."
        )


def _upright(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return a discount below nothing as the charge it is, and the other way round."""
    if one["amount"] > 0:
        return dict(one)
    return {**one, "kind": "charge" if one["kind"] == "discount" else "discount", "amount": -one["amount"]}


def _there(adjustments: Iterable[Mapping[str, Any]], kind: str) -> bool:
    return any(one["kind"] == kind for one in adjustments)


def _noted(words: Any) -> str | None:
    """Return a note of people; in UBL a mark of numbers at its start would be taken for a code, a blank before it is not."""
    plain = text(words)
    return f"\xa0{plain}" if plain and plain.startswith("#") else plain


def _corrected(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    said = {"BT-25": text(document.get("corrects")), "BT-26": document.get("corrects_date")}
    return [said] if said["BT-25"] else []


def _payment(seller: Mapping[str, Any], document: Mapping[str, Any], totals: Mapping[str, Any]) -> dict[str, Any]:
    """How it is to be paid: UNTDID 4461, a SEPA transfer where the account is of its kind, a transfer else."""
    iban = "".join((seller.get("iban") or "").split())
    if not iban or document["kind"] != "invoice" or totals["payable"] <= 0:
        return {}
    return {
        "BT-81": "58" if document["currency"] == "EUR" and iban[:2] in SEPA else "30",
        "BT-83": text(document["number"]),
        "BT-84": iban,
        "BT-85": text(seller["name"]),
        "BT-86": text(seller.get("bic")),
    }


def _delivered_to(said: Mapping[str, Any], home: str) -> dict[str, Any] | None:
    buyer = said["buyer"]
    goes_abroad = any(tax.get("tax_category") == "intra_community" for tax in said["taxes"])
    away = {name.removeprefix("shipping_"): value for name, value in buyer.items() if name.startswith("shipping_")}
    if not any(away.values()):
        if not goes_abroad:
            return None
        away = {name: buyer.get(name) for name in ("address", "city", "region", "postal_code", "country")}
    country = country_of(away, "delivery") or country_of(buyer, "buyer") or home
    address = address_of(away, country)
    return {name: value for name, value in address.items() if value} | {"name": name_of(buyer)}


def _adjustment(one: Mapping[str, Any], amount: Callable[[Any], str]) -> dict[str, Any]:
    found = {
        "amount": amount(one["amount"]),
        "reason": text(one["reason"]) or one["kind"],
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
        "BT-120": text(tax.get("reason")) if category in ("exempt", *WHY) else None,
        "BT-121": WHY.get(category),
    }
    return {name: value for name, value in found.items() if value is not None}


def _line(nth: int, line: Mapping[str, Any], amount: Callable[[Any], str]) -> dict[str, Any]:
    quantity, price, per, discount = _priced(line)
    unit = line.get("unit")
    if unit == "hour" and quantity * 10_000 % 1:
        # 1h20 is no hours of four decimals; it is 80 minutes, at a price for sixty (seconds likewise).
        unit, in_hour = ("minute", 60) if _is_whole(quantity * 60) else ("second", 3600)
        quantity, per = Decimal(round(quantity * in_hour)), Decimal(in_hour) * (per or 1)
    name = text(line.get("description")) or text(line.get("item")) or "-"
    first, _, rest = name.partition("\n")
    found: dict[str, Any] = {
        "BT-126": str(nth),
        "BT-129": _number(quantity),
        "BT-130": UNITS[unit],
        "BT-131": amount(line["net"]),
        "BT-146": _number(price),
        "BT-149": _number(per) if per is not None else None,
        "BT-151": CATEGORIES[line["tax_category"]],
        "BT-152": _rate(line),
        "BT-153": first,
        "BT-154": rest.strip() or None,
        "BT-155": text(line.get("item")),
    }
    if discount:
        name = "BG-27" if discount > 0 else "BG-28"
        found[name] = [{"amount": amount(abs(discount)), "reason": "Discount" if discount > 0 else "Charge"}]
    return {name: value for name, value in found.items() if value is not None}


def _is_whole(value: Decimal) -> bool:
    return abs(value - round(value)) < Decimal("0.001")


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


def _number(value: Any) -> str:
    exact = Decimal(value)
    return f"{exact.normalize():f}" if exact else "0"


def _sum(adjustments: Iterable[Mapping[str, Any]], kind: str) -> Decimal:
    return sum((one["amount"] for one in adjustments if one["kind"] == kind), Decimal(0))
