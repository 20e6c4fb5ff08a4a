"""What every part of a book shares: the store it reads and writes through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from invoicekit import dates, money
from invoicekit.errors import InvalidValue, RuleError
from invoicekit.schema import KINDS, TABLES, Field
from invoicekit.store import Hold, Operation
from invoicekit.store.sql import load

__all__ = ["Part", "clean", "first_problem", "statement"]


class Part:
    """One of the parts a book is composed of; while it is in use, the file stays open."""

    def __init__(self, hold: Hold) -> None:
        self._hold = hold
        self.store = hold.store


def statement(name: str) -> str:
    """Return one of the ledger's statements."""
    return load("invoicekit.ledger", name)


def clean(table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Bring given values to the form their fields store.

    Text is trimmed and empty text is nothing; amounts become exact decimals; dates may be ISO
    text; a choice must be one of the choices.

    Raises
    ------
    InvalidValue
        Naming the field, the value and what would do.
    """
    declared = {field.name: field for field in TABLES[table].importable}
    unknown = sorted(set(values) - set(declared))
    if unknown:
        raise InvalidValue(f"{table} have no field {', '.join(unknown)}. The fields are: {', '.join(declared)}.")
    return {name: _clean(declared[name], value) for name, value in values.items()}


def _clean(field: Field, value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip() or None
    if value is None:
        return None
    kind = KINDS[field.kind]
    if kind.sql.startswith("DECIMAL"):
        return money.amount(value)
    if kind.sql == "DATE":
        return dates.to_date(value)
    if type(value) is not {"BIGINT": int, "BOOLEAN": bool}.get(kind.sql, str):
        raise InvalidValue(f"{field.name} wants {kind.wants}, not {value!r}.")
    if field.choices and value not in field.choices:
        raise InvalidValue(f'{field.name} is one of {", ".join(field.choices)}, not "{value}".')
    holds: dict[str, Callable[[str], bool]] = {"currency": money.is_currency, "terms": dates.is_terms}
    if field.kind in holds and not holds[field.kind](str(value)):
        raise InvalidValue(f'{field.name} wants {kind.wants}, not "{value}".')
    return value


def first_problem(op: Operation, sql: str, errors: Mapping[str, type[RuleError]]) -> None:
    """Raise the first problem a rule's query finds, if any."""
    for row in op.rows(f"select * from ({sql}) limit 1"):
        raise errors.get(row["code"], InvalidValue)(f"{row['problem']} {row['hint']}")
