"""What a heading means: every label and alias of the registry, in four languages."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz, process

from invoicekit.schema import TABLES, Field

__all__ = ["TARGETS", "Suggestion", "Target", "currency_in", "field_at", "heading_key", "means", "names_table"]

_ASIDE = re.compile(r"\([^)]*\)|\[[^]]*\]")
_WORDS = re.compile(r"[^a-z0-9]+")
_PERCENT = re.compile(r"\d+([.,]\d+)?\s*%")
# Currencies people put into headings. Others are understood in a column of their own.
_IN_HEADINGS = re.compile(
    r"\b(EUR|USD|GBP|MXN|CHF|CAD|JPY|AUD|BRL|COP|CLP|ARS|PEN|MAD|TND|XOF|SEK|NOK|DKK|PLN|CZK)\b|[€£¥$]"
)
_SURE = 100
_LEAST = 86


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of record a sheet can hold.

    Attributes
    ----------
    needs
        For each thing the record cannot do without, the fields any of which gives it.
    inside
        Records that stand in the same rows: a prefix of their fields, and their table.
    """

    table: str
    needs: tuple[tuple[str, ...], ...]
    inside: tuple[tuple[str, str], ...] = ()


_WHO = ("customer", "customer.display_name")
TARGETS = {
    target.table: target
    for target in (
        Target("customers", (("display_name", "external_id", "company_name", "last_name"),)),
        Target(
            "invoices",
            (("number",), ("date",), _WHO, ("total", "net", "line.unit_price", "line.net")),
            (("line", "invoice_lines"), ("customer", "customers")),
        ),
        Target("invoice_lines", (("invoice",), ("unit_price", "net"))),
        Target("payments", (("date",), ("amount",), (*_WHO, "invoice_number")), (("customer", "customers"),)),
    )
}

# What of a customer stands in the rows of its invoices: enough to create it, not its own keys.
_OF_CUSTOMER = (
    "display_name",
    "company_name",
    "email",
    "phone",
    "address",
    "city",
    "region",
    "postal_code",
    "country",
    "tax_id",
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A field a heading may mean: ``score`` is 100 where it is sure, and ``reason`` says why."""

    field: str
    score: int
    reason: str


def heading_key(text: str) -> str:
    """Return a heading's words without case, accents, marks, asides, currencies and percentages.

    Examples
    --------
    >>> heading_key("N° Client (interne)"), heading_key("InvoiceDate"), heading_key("IVA 16%"), heading_key("Total MXN")
    ('n client', 'invoice date', 'iva', 'total')
    """
    bare = _PERCENT.sub(" ", _IN_HEADINGS.sub(" ", _ASIDE.sub(" ", text)))
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare if bare.strip() else text)
    folded = unicodedata.normalize("NFKD", split.replace("ß", "ss").replace("°", " ")).casefold()
    plain = "".join(character for character in folded if not unicodedata.combining(character))
    return _WORDS.sub(" ", plain).strip()


def currency_in(heading: str) -> str | None:
    """Return the currency a heading names, as a code or a sign.

    Examples
    --------
    >>> currency_in("Total (USD)"), currency_in("Montant en €"), currency_in("Total")
    ('USD', '€', None)
    """
    found = _IN_HEADINGS.search(heading)
    return found[0] if found else None


def field_at(table: str, path: str) -> Field:
    """Return the field a path of a target means: ``number``, ``line.quantity``, ``customer.email``."""
    prefix, _, name = path.rpartition(".")
    return TABLES[dict(TARGETS[table].inside)[prefix] if prefix else table].field(name)


def paths(table: str) -> list[str]:
    """Return every path a column of a target may be mapped to."""
    return [path for path, _ in _paths(table)]


def means(table: str, heading: str) -> list[Suggestion]:
    """Return the fields of a target a heading may mean, best first."""
    key = heading_key(heading)
    if not key:
        return []
    known = _known(table)
    joined = key.replace(" ", "")
    sure = [Suggestion(path, _SURE, f'"{heading}" is a heading of {path}') for path in known.get(joined, ())]
    if sure or len(joined) < 4:
        return sure
    spellings = _spellings(table)
    close = process.extract(key, list(spellings), scorer=fuzz.token_sort_ratio, score_cutoff=_LEAST, limit=3)
    return [
        Suggestion(path, min(int(score), _SURE - 1), f'"{heading}" is close to "{spelling}"')
        for spelling, score, _ in close
        for path in spellings[spelling]
    ]


def names_table(table: str, sheet: str) -> bool:
    """Say whether a sheet's name is a name of the table."""
    declared = TABLES[table]
    names = {heading_key(name) for name in (declared.name, *declared.label, *declared.aliases)}
    key = heading_key(sheet)
    return key in names or not names.isdisjoint(key.split())


def _paths(table: str) -> list[tuple[str, Field]]:
    found = [(field.name, field) for field in TABLES[table].importable]
    for prefix, inner in TARGETS[table].inside:
        for field in TABLES[inner].importable:
            if field.part_of or (inner == "customers" and field.name not in _OF_CUSTOMER):
                continue
            found.append((f"{prefix}.{field.name}", field))
    return found


def _headings(field: Field) -> set[str]:
    # "Client" alone stands above names; what stands above numbers are the aliases of the reference.
    own = () if field.name == "customer" and field.references else (field.name, *field.label)
    return {heading_key(text) for text in (*own, *field.aliases)}


@cache
def _known(table: str) -> dict[str, list[str]]:
    known: dict[str, list[str]] = {}
    for path, field in _paths(table):
        for key in {key.replace(" ", "") for key in _headings(field)}:
            known.setdefault(key, []).append(path)
    return known


@cache
def _spellings(table: str) -> dict[str, list[str]]:
    spellings: dict[str, list[str]] = {}
    for path, field in _paths(table):
        for key in _headings(field):
            if len(key) >= 4:
                spellings.setdefault(key, []).append(path)
    return spellings
