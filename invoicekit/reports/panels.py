"""What a chart shows of a report: for each currency some labels and their values, for matplotlib and for Excel alike."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from invoicekit.reports.html import heading

if TYPE_CHECKING:
    from invoicekit.reports.report import Report

__all__ = ["Panel", "panels"]

SHOWN = 12

# Where there is no room for all rows: columns show time, and the latest counts; a pareto begins with the largest.
_ROOM_FOR = {"columns": slice(-3 * SHOWN, None), "pareto": slice(3 * SHOWN)}

Row = tuple[str, list[Decimal | None]]


@dataclass(frozen=True, slots=True)
class Panel:
    """One currency's part of a chart: ``rows`` are labels with a value for each of ``names``."""

    currency: str
    unit: str
    names: tuple[str, ...]
    rows: list[Row]

    @property
    def axis(self) -> str:
        """What stands beside the axis: what is measured, where that is one thing, and in what."""
        name = heading(self.names[0]) if len(self.names) == 1 and self.currency else ""
        of = f" ({self.currency})" if self.currency and self.unit != self.currency else ""
        return f"{name}, {self.unit}{of}" if name else f"{self.unit}{of}"


def panels(report: Report) -> list[Panel]:
    """Gather a report's rows by currency and label: the largest first, or as they are where they show time."""
    chart = report.definition.chart
    held: dict[str, dict[str, list[Decimal | None]]] = {}
    is_money = chart.bars[0] in report.amounts
    apart = "currency" in report.table.column_names and "currency" not in chart.label
    for row in report.table.to_pylist():
        if any(row[name] is None for name in chart.label):
            continue
        currency = (row["currency"] or "") if apart else ""
        label = " ".join(str(row[name]) for name in chart.label)
        values = [None if row[bar] is None else Decimal(row[bar]) for bar in chart.bars]
        before = held.setdefault(currency, {}).get(label)
        held[currency][label] = _added(before, values) if before and _adds(report) else values
    return [
        Panel(currency, currency if is_money and currency else _unit(report, is_money), chart.bars, rows)
        for currency, of_label in sorted(held.items())
        if (rows := _shown(report, of_label))
    ]


def _adds(report: Report) -> bool:
    first = report.definition.chart.bars[0]
    return report.definition.adds_up and (first in report.amounts or first in report.definition.measures)


def _unit(report: Report, is_money: bool) -> str:
    # Where the label names the currency, each bar is in its own.
    return "in each currency" if is_money else report.definition.chart.unit


def _added(before: list[Decimal | None], values: list[Decimal | None]) -> list[Decimal | None]:
    none = Decimal(0)
    return [None if a is None and b is None else (a or none) + (b or none) for a, b in zip(before, values, strict=True)]


def _shown(report: Report, of_label: dict[str, list[Decimal | None]]) -> list[Row]:
    chart = report.definition.chart
    rows: list[Row] = [*of_label.items()]
    if chart.kind != "bars":
        return rows[_ROOM_FOR.get(chart.kind, slice(None))]
    if len(chart.label) > 1:
        return [row for row in rows if any(row[1])][-2 * SHOWN :]
    rows.sort(key=_largest_first)
    rest = rows[SHOWN:]
    shown = rows[:SHOWN]
    if rest and _adds(report):
        columns = zip(*(row[1] for row in rest), strict=True)
        together: list[Any] = [sum((value or Decimal(0) for value in column), Decimal(0)) for column in columns]
        shown.append((f"{len(rest)} others", together))
    return [row for row in shown if any(row[1])]


def _largest_first(row: Row) -> tuple[Decimal, str]:
    return -sum((abs(value or Decimal(0)) for value in row[1]), Decimal(0)), row[0]
