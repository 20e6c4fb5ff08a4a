"""Amounts of several currencies in one: at rates somebody states, never at any of our own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.errors import InvalidValue
from invoicekit.money import digits, is_currency, round_to

if TYPE_CHECKING:
    from invoicekit.reports.report import Report

__all__ = ["converted"]


def converted(report: Report, currency: str, rates: Mapping[str, Any]) -> Report:
    """Return a report with every amount in one currency; each is rounded half up by itself."""
    if not is_currency(currency):
        raise InvalidValue(f'"{currency}" is no currency. Give its ISO 4217 code, such as EUR.')
    if "currency" not in report.table.column_names or not report.amounts or report.rates:
        raise InvalidValue(f"{report.definition.title} holds no amounts of several currencies that could be converted.")
    stated = {currency: Decimal(1), **{code: _rate(code, rate) for code, rate in rates.items() if code != currency}}
    if _rate(currency, rates.get(currency, 1)) != 1:
        raise InvalidValue(f"One {currency} is one {currency}: its rate is 1, not {rates[currency]}.")
    held = report.table.column("currency").to_pylist()
    if missing := sorted({code for code in held if code is not None} - stated.keys()):
        raise InvalidValue(
            f"No rate is stated for {', '.join(missing)}. Say what one of it comes to in {currency}: "
            f'rates={{"{missing[0]}": "..."}}.'
        )
    table = report.table
    for name in report.amounts:
        place = table.column_names.index(name)
        values = [
            None if value is None else round_to(value * stated[code or currency], digits(currency))
            for value, code in zip(table.column(name).to_pylist(), held, strict=True)
        ]
        table = table.set_column(place, name, pa.array(values, pa.decimal128(18, 4)))
    place = table.column_names.index("currency")
    in_one = pa.array([None if code is None else currency for code in held], pa.string())
    table = table.set_column(place, "currency", in_one).add_column(
        place + 1, "of_currency", pa.array(held, pa.string())
    )
    chart = report.definition.chart
    label = tuple("of_currency" if name == "currency" else name for name in chart.label)
    definition = replace(report.definition, chart=replace(chart, label=label))
    used = {code: rate for code, rate in stated.items() if code in held or code == currency}
    return replace(report, definition=definition, table=table, _rates=used)


def _rate(code: str, given: Any) -> Decimal:
    if isinstance(given, float | bool):
        raise InvalidValue(
            f'The rate of {code} is {given!r}, which is not exact. Give it as text or Decimal: "{given}".'
        )
    try:
        rate = Decimal(given)
    except (InvalidOperation, TypeError, ValueError) as unreadable:
        raise InvalidValue(f"The rate of {code}, {given!r}, is no number.") from unreadable
    if not rate.is_finite() or rate <= 0:
        raise InvalidValue(f"The rate of {code} is {given}: it must be more than nothing.")
    return rate
