"""What a report can be told: its own parameters, and which customers and currency it is of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from invoicekit.dates import to_date
from invoicekit.errors import InvalidValue
from invoicekit.money import is_currency
from invoicekit.store.sql import sql_text

__all__ = ["FILTERS", "Parameter"]

_MOST = 100_000
# Of what is recorded: its moments are UTC.
_TODAY_UTC = "current_date_utc"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a report; ``default`` is SQL, ``null`` is none, today is ``current_date``, in UTC ``current_date_utc``."""

    name: str
    kind: str
    default: str
    help: str
    choices: tuple[str, ...] = ()

    def value(self, given: Any) -> Any:
        """Return what the query is told for what the caller said.

        Raises
        ------
        InvalidValue
            If that is not of the parameter's kind.
        """
        if given is None:
            return self.usual
        read = getattr(self, f"_{self.kind}")
        return read(given)

    @property
    def usual(self) -> Any:
        """What it is where nobody says anything."""
        if self.default == "null":
            return None
        if self.default == "current_date":
            return date.today()
        if self.default == _TODAY_UTC:
            return datetime.now(UTC).date()
        if self.kind == "days":
            return [int(edge) for edge in self.default.split(", ")]
        return int(self.default) if self.kind == "integer" else self.default

    @property
    def sql_default(self) -> str:
        """Its default, as it stands in a query."""
        if self.kind == "choice":
            return sql_text(self.default)
        return "current_date" if self.default == _TODAY_UTC else self.default

    @property
    def said(self) -> str:
        """Its kind and default, as documentation says them."""
        kind = f"{{{', '.join(self.choices)}}}" if self.choices else _KINDS.get(self.kind, self.kind)
        shown = {"current_date": "today", _TODAY_UTC: "today in UTC"}.get(
            self.default, f"[{self.default}]" if self.kind == "days" else self.default
        )
        return f"{kind}, optional" if self.default == "null" else f"{kind}, default {shown}"

    def literal(self, value: Any) -> str:
        """Return a value as it stands in a query."""
        if value is None:
            return "null"
        if self.kind in ("text", "choice", "currency"):
            return sql_text(value)
        return f"date '{value}'" if self.kind == "date" else str(value)

    def _date(self, given: Any) -> date:
        return to_date(given)

    def _choice(self, given: Any) -> str:
        if given not in self.choices:
            raise InvalidValue(f'{self.name} is one of {", ".join(self.choices)}, not "{given}".')
        return str(given)

    def _text(self, given: Any) -> str:
        if not isinstance(given, str):
            raise InvalidValue(f"{self.name} wants text, not {given!r}.")
        return given

    def _currency(self, given: Any) -> str:
        code = self._text(given).strip().upper()
        if not is_currency(code):
            raise InvalidValue(f'"{given}" is no currency. Give its ISO 4217 code, such as EUR.')
        return code

    def _flag(self, given: Any) -> bool:
        if not isinstance(given, bool):
            raise InvalidValue(f"{self.name} is True or False, not {given!r}.")
        return given

    def _integer(self, given: Any) -> int:
        if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= _MOST:
            raise InvalidValue(f"{self.name} wants a whole number, not {given!r}.")
        return given

    def _days(self, given: Any) -> list[int]:
        edges = [*given] if isinstance(given, Iterable) and not isinstance(given, str) else [given]
        rising = all(
            before < after for before, after in zip([0, *edges], edges, strict=False) if _is_whole(before, after)
        )
        if not edges or not all(map(_is_whole, edges)) or not rising or edges[-1] > _MOST or len(edges) > 20:
            raise InvalidValue(
                f"{self.name} wants the last day of each bucket, rising, such as [30, 60, 90], not {given!r}."
            )
        return edges


def _is_whole(*given: Any) -> bool:
    return all(isinstance(one, int) and not isinstance(one, bool) for one in given)


_KINDS = {
    "customers": "int, str, or several of them",
    "customer": "int or str",
    "text": "str",
    "flag": "bool",
    "currency": "str",
    "days": "list of int",
}

# Which customers and which currency a report is of, where it is not of all.
FILTERS = (
    Parameter("customer", "customers", "null", "Only this customer, or these: id or display name."),
    Parameter("tree", "customer", "null", "Only this customer and everybody below it."),
    Parameter("category", "text", "null", "Only customers of this category."),
    Parameter("tag", "text", "null", "Only customers that bear this tag."),
    Parameter("line_of_business", "text", "null", "Only customers of this line of business."),
    Parameter("currency", "currency", "null", "Only this currency (ISO 4217)."),
    Parameter("include_inactive", "flag", "true", "Whether inactive customers count, as they do in every total."),
)
