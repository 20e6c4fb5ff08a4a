"""What documents say, as templates are given it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from invoicekit.documents.notes import notes_of
from invoicekit.documents.paying import scan_code
from invoicekit.documents.words import Words, language_of
from invoicekit.errors import InvalidValue
from invoicekit.ledger.part import statement
from invoicekit.schema import LANGUAGES, TABLES
from invoicekit.signs import turned
from invoicekit.store import Store

__all__ = ["GIVEN", "Look", "contents", "invoice_context", "look_of", "parties_context"]

# What a template is given, by what it is a template of; docs/templates.md describes it.
_ALWAYS = ("t", "title", "currency", "colour", "logo", "watermark", "seller", "buyer", "qr")
GIVEN = {
    "invoice": (*_ALWAYS, "document", "billed_for", "lines", "adjustments", "taxes", "totals", "notes"),
    "statement": (*_ALWAYS, "since", "as_of", "accounts"),
    "reminder": (*_ALWAYS, "as_of", "level", "says", "items", "owed"),
}

# The usual reasons for no tax, as they are frozen.
_WHY = {
    "why_reverse_charge": "Reverse charge",
    "why_intra_community": "Intra-Community supply, Directive 2006/112/EC, article 138",
    "why_export": "Export outside the European Union, Directive 2006/112/EC, article 146",
    "why_not_subject": "Not subject to tax",
}

_DOCUMENT = (
    "kind", "number", "date", "due_date", "currency", "subject", "purchase_order", "note", "prices_include_tax", "corrects",
    "corrects_date", "reason", "matter", "since", "until", "elsewhere",
)  # fmt: skip
_LINE = (
    "position", "item", "description", "quantity", "unit_price", "unit", "price_per", "discount", "net", "gross", "tax_category",
    "tax_rate", "date",
)  # fmt: skip
_ADJUSTMENT = ("kind", "reason", "percent", "amount", "gross", "tax_category", "tax_rate")
_TAX = ("tax_category", "tax_rate", "base", "tax", "reason")


@dataclass(frozen=True, slots=True)
class Look:
    """What stands on every document beside what it says.

    Attributes
    ----------
    logo
        A picture, as the address of its data; nothing where there is none.
    colour
        Of headings and rules.
    own
        Sources of the book's own templates, by name.
    """

    logo: str | None
    colour: str
    own: Mapping[str, str]


def look_of(store: Store) -> Look:
    """Return how documents of a book look."""
    found = store.rows("select logo, colour from sellers")
    logo, colour = (found[0]["logo"], found[0]["colour"]) if found else (None, None)
    kind = "png" if logo and logo.startswith(b"\x89PNG") else "jpeg"
    data = f"data:image/{kind};base64,{base64.b64encode(logo).decode()}" if logo else None
    own = {row["name"]: row["source"] for row in store.rows("select name, source from templates")}
    return Look(data, colour or "#1f4e79", own)


def contents(store: Store, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return what invoices say, by id: as issued where that is kept, else as the book has them now."""
    wanted = [*ids]
    query = "select invoice, content from issued_invoices where invoice in (select unnest($ids::bigint[]))"
    issued = {row["invoice"]: row["content"] for row in store.rows(query, ids=wanted)}
    others = [id_ for id_ in wanted if id_ not in issued]
    live = {row["invoice"]: row["content"] for row in store.rows(statement("as_issued"), ids=others)} if others else {}
    query = "select id, status <> 'draft' as elsewhere from invoices where id in (select unnest($ids::bigint[]))"
    elsewhere = {row["id"]: row["elsewhere"] for row in store.rows(query, ids=others)} if others else {}
    found = {}
    for id_ in wanted:
        content = json.loads(issued.get(id_) or live[id_], parse_float=Decimal)
        content["document"]["elsewhere"] = elsewhere.get(id_, False)
        content["notes"] = notes_of(content)
        found[id_] = content
    return found


def invoice_context(content: Mapping[str, Any], look: Look, language: str | None = None) -> dict[str, Any]:
    """Return what the template of an invoice is given."""
    said = turned(content)
    words, parties = parties_context(said["seller"] or {}, said["buyer"], language)
    document = _whole(said["document"], _DOCUMENT)
    lines = [_whole(line, _LINE) for line in said["lines"]]
    totals = dict(said["totals"])
    totals["lines_gross"] = sum((line["gross"] or line["net"] for line in lines), Decimal(0))
    is_draft = document["number"] is None
    due = totals["payable"] if document["kind"] == "invoice" and not is_draft else Decimal(0)
    return {
        **parties,
        "title": f"{words(document['kind'])} {document['number'] or ''}".strip(),
        "currency": document["currency"], "colour": look.colour, "logo": look.logo,
        "watermark": words("draft") if is_draft else None,
        "document": document, "billed_for": _party(said["billed_for"]) if said.get("billed_for") else None, "lines": lines,
        "adjustments": _together(said["adjustments"]),
        "taxes": [_in_words(_whole(tax, _TAX), words) for tax in said["taxes"]], "totals": totals,
        "notes": [note for note in said.get("notes", ()) if note["printed"]],
        "qr": scan_code(parties["seller"], due, document["currency"], document["number"]),
    }  # fmt: skip


def parties_context(
    seller: Mapping[str, Any], buyer: Mapping[str, Any], language: str | None
) -> tuple[Words, dict[str, Any]]:
    """Return the language a document is written in, and who it is from and to; countries are named where they differ."""
    if language is not None and language not in LANGUAGES:
        raise InvalidValue(f"Documents are written in {', '.join(LANGUAGES)}, not in {language!r}.")
    words = Words(language or language_of(dict(buyer), dict(seller)), buyer.get("country") or seller.get("country"))
    abroad = seller.get("country") != buyer.get("country")
    return words, {
        "t": words,
        "seller": {**_blank("sellers"), **seller, "land": words.land(seller.get("country")) if abroad else ""},
        "buyer": {**_party(buyer), "land": words.land(buyer.get("country")) if abroad else ""},
    }


def _in_words(tax: dict[str, Any], words: Words) -> dict[str, Any]:
    """Return a tax with the usual reason for none in the language of the document; one that somebody gave stays."""
    usual = f"why_{tax['tax_category']}"
    return {**tax, "reason": words(usual)} if tax["reason"] and tax["reason"] == _WHY.get(usual) else tax


def _together(adjustments: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return discounts and charges as somebody gave them: what was shared among tax groups stands in one line."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in adjustments:
        whole = _whole(one, _ADJUSTMENT)
        held = found.setdefault(
            tuple(whole[name] for name in ("kind", "reason", "percent")), whole | {"amount": 0, "gross": None}
        )
        held["amount"] += whole["amount"]
        if whole["gross"] is not None:
            held["gross"] = (held["gross"] or 0) + whole["gross"]
    return [*found.values()]


def _party(party: Mapping[str, Any]) -> dict[str, Any]:
    return {**_blank("customers"), **party}


def _blank(table: str) -> dict[str, Any]:
    return dict.fromkeys(TABLES[table].names)


def _whole(said: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {**dict.fromkeys(names), **said}
