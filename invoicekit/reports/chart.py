"""A report as a chart: a matplotlib Figure, never pyplot, so that any thread may draw."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from invoicekit.reports.html import heading

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from invoicekit.reports.report import Report

__all__ = ["draw"]

SHOWN = 12
# From calm to alarming, and apart in lightness so that they can be told in grey.
_SHADES = ("#c9d6df", "#94b3c9", "#e9b872", "#d9863d", "#8c2f1b", "#6b6f76")
_SINGLE = "#3d6a8a"
_INK = "#2f3437"


class _Shown(Figure):
    """A figure that a notebook shows without pyplot's help."""

    def _repr_png_(self) -> bytes:
        into = BytesIO()
        self.savefig(into, format="png", dpi=110)
        return into.getvalue()


def draw(report: Report) -> Figure:
    """Draw the largest rows as bars, one panel for each currency, the rest together."""
    panels = _panels(report)
    ratios = [len(rows) + 0.4 for rows in panels.values()] or [4.0]
    figure = _Shown(figsize=(9.5, 0.36 * sum(ratios) + 0.75 * len(ratios) + 0.5), layout="constrained")
    figure.suptitle(report.title, x=0.01, ha="left", fontsize=13, fontweight="bold", color=_INK)
    axes = figure.subplots(max(len(panels), 1), 1, squeeze=False, height_ratios=ratios)[:, 0]
    if not panels:
        axes[0].text(0.5, 0.5, "Nothing to show.", ha="center", va="center", color=_INK)
        axes[0].axis("off")
    for panel, (currency, rows) in zip(axes, panels.items(), strict=False):
        _bars(panel, report, currency, rows)
    bars = report.definition.chart.bars
    if panels and len(bars) > 1:
        axes[0].legend(loc="lower right", bbox_to_anchor=(1, 0.99), frameon=False, fontsize=8, ncols=len(bars))
    return figure


def _panels(report: Report) -> dict[str, list[tuple[str, list[Decimal]]]]:
    """Group the report's rows by currency and label, the largest first."""
    chart = report.definition.chart
    sums: dict[str, dict[str, list[Decimal]]] = {}
    money, measured = chart.bars[0] in report.amounts, chart.bars[0] in report.definition.measures
    amounts = money or measured
    for row in report.table.to_pylist():
        currency = (row["currency"] or "") if money else ""
        values = [Decimal(row[bar] or 0) for bar in chart.bars]
        label = " ".join(str(row[name]) for name in chart.label)
        held = sums.setdefault(currency, {}).setdefault(label, [Decimal(0)] * len(values))
        # A count of days is the same in every row of a customer; amounts add up.
        added = [a + b for a, b in zip(held, values, strict=True)] if amounts else values
        sums[currency][label] = added
    panels = {}
    for currency, of_label in sorted(sums.items()):
        if len(chart.label) > 1:
            panels[currency] = [row for row in of_label.items() if any(row[1])][-2 * SHOWN :]
            continue
        rows = sorted(of_label.items(), key=lambda item: (-sum(map(abs, item[1])), item[0]))
        rest = rows[SHOWN:]
        shown = rows[:SHOWN]
        if rest and amounts:
            together = [sum(values, Decimal(0)) for values in zip(*(row[1] for row in rest), strict=True)]
            shown.append((f"{len(rest)} others", together))
        panels[currency] = [row for row in shown if any(row[1])]
    return {currency: rows for currency, rows in panels.items() if rows}


def _bars(panel: Axes, report: Report, currency: str, rows: list[tuple[str, list[Decimal]]]) -> None:
    chart = report.definition.chart
    places = range(len(rows))
    right = [0.0] * len(rows)
    left = [0.0] * len(rows)
    for index, bar in enumerate(chart.bars):
        lengths = [float(values[index]) for _, values in rows]
        starts = [r if length >= 0 else m for r, m, length in zip(right, left, lengths, strict=True)]
        shade = _SHADES[index] if len(chart.bars) > 1 else _SINGLE
        panel.barh(places, lengths, left=starts, color=shade, label=heading(bar), height=0.68)
        right = [r + max(length, 0) for r, length in zip(right, lengths, strict=True)]
        left = [m + min(length, 0) for m, length in zip(left, lengths, strict=True)]
    panel.set_yticks(places, [_short(label) for label, _ in rows])
    panel.set_ylim(len(rows) - 0.5, -0.6)
    room = 0.03 * (max(right) - min(left))
    panel.set_xlim(min(left) - (room if min(left) < 0 else 0), max(right) + room)
    places_shown = 0 if max(right) - min(left) >= 10 else 1
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.{places_shown}f}"))
    unit = currency or chart.unit
    name = heading(chart.bars[0]) if len(chart.bars) == 1 and currency else ""
    panel.set_xlabel(f"{name}, {unit}" if name else unit, color=_INK)
    panel.axvline(0, color=_INK, linewidth=0.8)
    panel.grid(axis="x", color="#d0d4d8", linewidth=0.6)
    panel.set_axisbelow(True)
    panel.tick_params(colors=_INK, length=0)
    for side in panel.spines.values():
        side.set_visible(False)


def _short(label: str) -> str:
    # A dollar sign would start mathematics.
    text = label if len(label) <= 38 else label[:37] + "…"
    return text.replace("$", r"\$")
