"""What a heading means: every label and alias of the registry, in four languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as defaults_to
from functools import cache, lru_cache

from rapidfuzz import fuzz, process

from invoicekit.schema import TABLES, Field, Table

__all__ = [
    "FURTHER",
    "TARGETS",
    "Suggestion",
    "Target",
    "continues",
    "currency_in",
    "field_at",
    "heading_key",
    "is_path",
    "means",
    "names_table",
    "paths",
    "several",
]

# Columns of a customer that are one's own go to extra.<name>.
FURTHER = "extra."

_ASIDE = re.compile(r"\([^)]*\)|\[[^]]*\]")
_WORDS = re.compile(r"[^a-z0-9]+")
_PERCENT = re.compile(r"\d+([.,]\d+)?\s*%")
# Currencies people put into headings. Others are understood in a column of their own.
_IN_HEADINGS = re.compile(
    r"\b(EUR|USD|GBP|MXN|CHF|CAD|JPY|AUD|BRL|COP|CLP|ARS|PEN|MAD|TND|XOF|SEK|NOK|DKK|PLN|CZK)\b|[€£¥$]"
)
_FURTHER_LINE = re.compile(
    r"(?P<base>.*?)(?: line| ligne| zeile| linea)? ?[2-4]"
    r"|(?:complement|suite|adresszusatz|complemento)(?: (?:d |de |del? )?(?P<of>.*))?"
)
_SURE = 100
_LEAST = 86
# The same rows are held against every target, and each several times: as many texts as two wide sheets are tried on.
_REMEMBERED = 1 << 14


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of record a sheet can hold.

    Attributes
    ----------
    needs
        For each thing the record cannot do without, the fields any of which gives it.
    inside
        Records that stand in the same rows: a prefix of their fields, and their table.
    guessed
        Whether a sheet is taken to hold such records where nobody says so, and its name does not.
    kept_in
        The table that holds them, where it is called otherwise.
    fixed
        Fields that hold the same in every row, unless a column gives them.
    also
        Further headings of a field in such sheets.
    stated
        What a sheet may state and the book derives: it is compared, and kept nowhere.
    """

    table: str
    needs: tuple[tuple[str, ...], ...]
    inside: tuple[tuple[str, str], ...] = ()
    guessed: bool = True
    kept_in: str | None = None
    fixed: Mapping[str, str] = defaults_to(default_factory=dict)
    also: Mapping[str, tuple[str, ...]] = defaults_to(default_factory=dict)
    stated: tuple[Field, ...] = ()

    @property
    def declared(self) -> Table:
        """The table that holds such records."""
        return TABLES[self.kept_in or self.table]


_WHO = ("customer", "customer.display_name")
_BALANCE = Field(
    "balance", "amount", ("Balance", "Solde", "Saldo", "Offen"), "What was open when the file was written.",
    aliases=("amount due", "balance due", "open balance", "open amount", "outstanding", "reste a payer", "restant du", "pendiente",
             "importe pendiente", "offener betrag", "offener saldo", "rest"),
)  # fmt: skip
TARGETS = {
    target.table: target
    for target in (
        Target("customers", (("display_name", "external_id", "company_name", "last_name"),)),
        Target("contact_persons", (("customer",), ("name",)), guessed=False),
        Target("users", (("name", "full_name"),), guessed=False),
        Target("matters", (("title", "number"),), (("client", "matter_clients"),)),
        Target("activities", (("date",), ("matter",), ("worked", "quantity", "amount"))),
        Target(
            "invoices",
            (("number",), ("date",), _WHO, ("total", "net", "line.unit_price", "line.net")),
            (("line", "invoice_lines"), ("customer", "customers")),
            stated=(_BALANCE,),
        ),
        Target("invoice_lines", (("invoice",), ("unit_price", "net"))),
        Target("payments", (("date",), ("amount",), (*_WHO, "invoice_number")), (("customer", "customers"),)),
        Target("allocations", (("payment",), ("invoice",), ("amount",)), guessed=False),
        Target(
            "opening_balances",
            (_WHO, ("date",), ("total",)),
            (("customer", "customers"),),
            guessed=False,
            kept_in="invoices",
            fixed={"number": "Opening balance"},
            also={
                "total": (
                    "opening balance",
                    "open balance",
                    "balance",
                    "starting balance",
                    "solde",
                    "solde initial",
                    "a nouveau",
                    "saldo",
                    "saldo inicial",
                    "anfangsbestand",
                    "offener betrag",
                    "eroffnungssaldo",
                ),
                "date": ("opening balance date", "balance date", "as of", "au", "al", "per", "stichtag"),
            },
        ),
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


@lru_cache(_REMEMBERED)
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
    if path.startswith(FURTHER):
        return Field(path.removeprefix(FURTHER), "text", (path,) * 4, "A field of one's own.")
    for field in TARGETS[table].stated:
        if field.name == path:
            return field
    prefix, _, name = path.rpartition(".")
    return TABLES[dict(TARGETS[table].inside)[prefix]].field(name) if prefix else TARGETS[table].declared.field(name)


def paths(table: str) -> list[str]:
    """Return every path a column of a target may be mapped to."""
    return [path for path, _ in _paths(table)]


def is_path(table: str, path: str) -> bool:
    """Say whether a column of a target may be mapped there."""
    is_own = table == "customers" and path.startswith(FURTHER) and path != FURTHER
    return table in TARGETS and (is_own or path in paths(table))


def continues(table: str, heading: str) -> str | None:
    """Return the field of an address that a heading goes on with, such as its second line.

    Examples
    --------
    >>> continues("customers", "Address line 2"), continues("customers", "Complément d'adresse"), continues("customers", "Phone 2")
    ('address', 'address', None)
    """
    key = heading_key(heading)
    match = _FURTHER_LINE.fullmatch(key)
    if match is None:
        return None
    base = (match["base"] or match["of"] or "address").strip()
    meant = [
        one.field for word in (base, f"{base} line 1", f"{base} 1") for one in means(table, word) if one.score == _SURE
    ]
    return next((path for path in meant if path.rpartition(".")[2] in ("address", "shipping_address")), None)


def several(table: str, heading: str) -> tuple[str, tuple[str, ...]] | None:
    """Return what stands between the fields that a heading names together, and these fields.

    Examples
    --------
    >>> several("customers", "City, ZIP"), several("customers", "Ort/PLZ"), several("customers", "Total")
    ((',', ('city', 'postal_code')), ('/', ('city', 'postal_code')), None)
    """
    for by in (",", "/", ";", "|"):
        words = [word for word in heading.split(by) if word.strip()]
        meant = [next((one.field for one in means(table, word) if one.score == _SURE), "") for word in words]
        if len(words) > 1 and all(meant) and len(set(meant)) == len(meant):
            return by, tuple(meant)
    return None


@lru_cache(_REMEMBERED)
def means(table: str, heading: str) -> tuple[Suggestion, ...]:
    """Return the fields of a target a heading may mean, best first."""
    key = heading_key(heading)
    if not key:
        return ()
    known = _known(table)
    joined = key.replace(" ", "")
    sure = tuple(Suggestion(path, _SURE, f'"{heading}" is a heading of {path}') for path in known.get(joined, ()))
    if sure or len(joined) < 4:
        return sure
    spellings = _spellings(table)
    close = process.extract(key, list(spellings), scorer=fuzz.token_sort_ratio, score_cutoff=_LEAST, limit=3)
    return tuple(
        Suggestion(path, min(int(score), _SURE - 1), f'"{heading}" is close to "{spelling}"')
        for spelling, score, _ in close
        for path in spellings[spelling]
    )


def names_table(table: str, sheet: str) -> bool:
    """Say whether a sheet's name is a name of the table."""
    target = TARGETS[table]
    told = () if target.kept_in else (*target.declared.label, *target.declared.aliases)
    names = {heading_key(name) for name in (table, *told)}
    key = heading_key(sheet)
    return key in names or not names.isdisjoint(key.split())


def _paths(table: str) -> list[tuple[str, Field]]:
    found = [(field.name, field) for field in (*TARGETS[table].declared.importable, *TARGETS[table].stated)]
    for prefix, inner in TARGETS[table].inside:
        for field in TABLES[inner].importable:
            if field.part_of or (inner == "customers" and field.name not in _OF_CUSTOMER):
                continue
            found.append((f"{prefix}.{field.name}", field))
    return found


def _headings(table: str, path: str, field: Field) -> set[str]:
    # "Client" alone stands above names; what stands above numbers are the aliases of the reference.
    own = () if field.name == "customer" and field.references else (field.name, *field.label)
    return {heading_key(text) for text in (*own, *field.aliases, *TARGETS[table].also.get(path, ()))}


@cache
def _known(table: str) -> dict[str, list[str]]:
    known: dict[str, list[str]] = {}
    for path, field in _paths(table):
        for key in {key.replace(" ", "") for key in _headings(table, path, field)}:
            known.setdefault(key, []).append(path)
    return known


@cache
def _spellings(table: str) -> dict[str, list[str]]:
    spellings: dict[str, list[str]] = {}
    for path, field in _paths(table):
        for key in _headings(table, path, field):
            if len(key) >= 4:
                spellings.setdefault(key, []).append(path)
    return spellings
