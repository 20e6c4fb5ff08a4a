"""What a declaration says: kinds of value, fields, tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as defaults_to

__all__ = ["KINDS", "LANGUAGES", "SECTIONS", "Field", "Kind", "Table"]

LANGUAGES = ("en", "fr", "es", "de")

# The parts of a form, in the order a person fills them in.
SECTIONS: dict[str, tuple[str, str, str, str]] = {
    "name": ("Name", "Nom", "Nombre", "Name"),
    "tree": ("Place and billing", "Rattachement et facturation", "Jerarquía y facturación", "Zuordnung und Abrechnung"),
    "reach": ("How to reach it", "Coordonnées", "Contacto", "Erreichbarkeit"),
    "address": ("Billing address", "Adresse de facturation", "Dirección de facturación", "Rechnungsanschrift"),
    "shipping": ("Shipping address", "Adresse de livraison", "Dirección de envío", "Lieferanschrift"),
    "tax": ("Tax and business", "Fiscalité et activité", "Datos fiscales y giro", "Steuer und Branche"),
    "payment": ("Payment", "Paiement", "Pago", "Zahlung"),
    "document": ("Document", "Document", "Documento", "Beleg"),
    "sorting": ("Sorting and notes", "Classement et notes", "Clasificación y notas", "Einordnung und Notizen"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: how it is stored, and how a person is told what it wants."""

    sql: str
    wants: str


KINDS: dict[str, Kind] = {
    "id": Kind("BIGINT", "a record's number"),
    "reference": Kind("BIGINT", "a record's number"),
    "integer": Kind("BIGINT", "a whole number"),
    "text": Kind("VARCHAR", "text"),
    "email": Kind("VARCHAR", "an e-mail address"),
    "country": Kind("VARCHAR", "a country, best as ISO 3166-1 alpha-2 code"),
    "currency": Kind("VARCHAR", "an ISO 4217 currency code"),
    "terms": Kind("VARCHAR", "NET_30, END_OF_MONTH_15 or DUE_ON_RECEIPT"),
    "choice": Kind("VARCHAR", "one of the choices"),
    "json": Kind("VARCHAR", "JSON text"),
    "pairs": Kind("VARCHAR", "further fields as a dict of texts"),
    "tags": Kind("VARCHAR[]", "a list of words"),
    "boolean": Kind("BOOLEAN", "yes or no"),
    "date": Kind("DATE", "a date"),
    "since": Kind("DATE", "a date, or yes or no"),
    "timestamp": Kind("TIMESTAMP", "a moment, in UTC"),
    "duration": Kind("DECIMAL(18,4)", "a duration: 1.5 (hours), 1h30, 90 min or 01:30"),
    "amount": Kind("DECIMAL(18,4)", "an amount of money"),
    "price": Kind("DECIMAL(18,6)", "a price"),
    "quantity": Kind("DECIMAL(18,6)", "a quantity"),
    "rate": Kind("DECIMAL(9,4)", "a percentage"),
    "bytes": Kind("BLOB", "bytes"),
    "picture": Kind("BLOB", "a picture: the path, or the bytes, of a PNG or JPEG"),
    "colour": Kind("VARCHAR", "a colour such as #1f4e79"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a table.

    Attributes
    ----------
    name
        The column's name.
    kind
        A key of `KINDS`.
    label
        What a person sees, in English, French, Spanish and German.
    help
        One sentence: meaning, unit, source.
    aliases
        Headings of other programs and other habits that mean this field, in any language.
    required
        The record cannot do without it.
    references
        The table whose ``id`` this field holds.
    part_of
        The reference names the document this row belongs to: they stand and fall together.
    choices
        Allowed values, each with the words that mean it in imported files.
    least
        The smallest number it may hold.
    importable
        Whether a column of a file may be mapped to it, and a person may fill it in.
    section
        The part of a form it stands in, a key of `SECTIONS`; none where no form shows it.
    """

    name: str
    kind: str
    label: tuple[str, str, str, str]
    help: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    references: str | None = None
    part_of: bool = False
    choices: Mapping[str, tuple[str, ...]] = defaults_to(default_factory=dict)
    least: int | None = None
    importable: bool = True
    section: str | None = None

    @property
    def sql_type(self) -> str:
        """The type of the column."""
        return KINDS[self.kind].sql

    def title(self, language: str = "en") -> str:
        """Return the label in one of `LANGUAGES`."""
        return self.label[LANGUAGES.index(language)]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a book.

    Attributes
    ----------
    versioned
        Every version is kept, changes can be undone, and every row says which operation
        wrote it. The other tables are written once, or count.
    unique
        Expressions that no two rows may share, by what a person calls them. They are
        kept by the ledger and proven by ``check``; the engine holds no index for them.
    """

    name: str
    label: tuple[str, str, str, str]
    help: str
    fields: tuple[Field, ...]
    versioned: bool = True
    unique: Mapping[str, str] = defaults_to(default_factory=dict)
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The names of its fields, in order."""
        return [field.name for field in self.fields]

    def field(self, name: str) -> Field:
        """Return a field by name."""
        return next(field for field in self.fields if field.name == name)

    @property
    def importable(self) -> tuple[Field, ...]:
        """The fields a column of a file may be mapped to."""
        return tuple(field for field in self.fields if field.importable)

    @property
    def fillable(self) -> tuple[Field, ...]:
        """The fields a person or a program may set."""
        return tuple(field for field in self.fields if field.importable or field.section)

    @property
    def references(self) -> tuple[Field, ...]:
        """The fields that refer to another record."""
        return tuple(field for field in self.fields if field.references)


def identity(table: str) -> Field:
    """Declare the field every record has: its number, unique and never used again."""
    return Field(
        "id",
        "id",
        ("Id", "Id", "Id", "Id"),
        f"Number of the record among the {table}, given once and never used again.",
        required=True,
        importable=False,
    )
