"""A report as a chart: a matplotlib Figure, never pyplot, so that any thread may draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from invoicekit.reports.html import heading
from invoicekit.reports.panels import Panel, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from invoicekit.reports.report import Report

__all__ = ["draw"]


@dataclass(frozen=True)
class _Style:
    """How a chart looks on a page.

    Shades go from calm to alarming, and each is darker than the one before, or lighter on a dark page: in grey as well
    they can be told apart.
    """

    ink: str
    page: str
    grid: str
    single: str
    apart: str
    shades: Sequence[str]


_LIGHT = _Style(
    "#2f3437", "#ffffff", "#d0d4d8", "#3d6a8a", "#7a7f86", ("#d3dfe7", "#a3bfd1", "#c98f35", "#b0602a", "#6e2412")
)
_DARK = _Style(
    "#d9dde1", "#16191c", "#3a4046", "#7fb0d1", "#9aa0a6", ("#3b5567", "#6089a3", "#b98634", "#dd9455", "#f7d3c1")
)


class _Shown(Figure):
    """A figure that a notebook shows without pyplot's help."""

    def _repr_png_(self) -> bytes:
        into = BytesIO()
        self.savefig(into, format="png", dpi=110)
        return into.getvalue()


def draw(report: Report, *, dark: bool = False) -> Figure:
    """Draw a report in one panel for each currency, in the way its definition names."""
    style = _DARK if dark else _LIGHT
    parts, chart = panels(report), report.definition.chart
    heights = [_height(chart.kind, part) for part in parts] or [4.0]
    figure = _Shown(
        figsize=(9.5, sum(heights) + 0.75 * len(heights) + 0.5),
        layout="constrained",
        facecolor=style.page,
        edgecolor=style.page,
    )
    figure.suptitle(_short(report.title, 110), x=0.01, ha="left", fontsize=12, fontweight="bold", color=style.ink)
    axes = figure.subplots(max(len(parts), 1), 1, squeeze=False, height_ratios=heights)[:, 0]
    if not parts:
        axes[0].set_facecolor(style.page)
        axes[0].text(0.5, 0.5, "Nothing to show.", ha="center", va="center", color=style.ink)
        axes[0].axis("off")
    for panel, part in zip(axes, parts, strict=False):
        panel.set_facecolor(style.page)
        _DRAWN[chart.kind](panel, part, style)
        _finish(panel, style, chart.kind)
    if parts and len(chart.bars) > 1 and chart.kind != "pareto":
        many = len(chart.bars)
        columns = many if many < 8 else -(-many // 2)
        axes[0].legend(
            loc="lower right", bbox_to_anchor=(1, 0.99), frameon=False, fontsize=8, ncols=columns, labelcolor=style.ink
        )
    return figure


def _height(kind: str, part: Panel) -> float:
    return 0.36 * (len(part.rows) + 0.4) if kind == "bars" else 2.6


def _bars(panel: Axes, part: Panel, style: _Style) -> None:
    places = range(len(part.rows))
    right, left = [0.0] * len(part.rows), [0.0] * len(part.rows)
    for (name, lengths), shade in zip(_series(part), _shades(part.names, style), strict=True):
        starts = [r if length >= 0 else m for r, m, length in zip(right, left, lengths, strict=True)]
        # What is not applied is no age: lines tell it from them, in grey as well.
        apart: dict[str, Any] = {"hatch": "////", "edgecolor": style.page} if name == "unapplied" else {}
        panel.barh(places, lengths, left=starts, color=shade, label=heading(name), height=0.68, linewidth=0, **apart)
        right = [r + max(length, 0) for r, length in zip(right, lengths, strict=True)]
        left = [m + min(length, 0) for m, length in zip(left, lengths, strict=True)]
    panel.set_yticks(places, [_short(label) for label, _ in part.rows])
    panel.set_ylim(len(part.rows) - 0.5, -0.6)
    room = 0.03 * (max(right) - min(left))
    panel.set_xlim(min(left) - (room if min(left) < 0 else 0), max(right) + room)
    panel.xaxis.set_major_formatter(_numbers(max(right) - min(left)))
    panel.set_xlabel(part.axis, color=style.ink)
    panel.axvline(0, color=style.ink, linewidth=0.8)


def _columns(panel: Axes, part: Panel, style: _Style) -> None:
    [(name, heights), *_] = _series(part)
    panel.bar(range(len(heights)), heights, color=style.single, label=heading(name), width=0.7)
    _along(panel, part, style)
    panel.axhline(0, color=style.ink, linewidth=0.8)


def _lines(panel: Axes, part: Panel, style: _Style) -> None:
    kinds = ("-", "--", ":", "-.")
    for nth, ((name, values), shade) in enumerate(zip(_series(part), _lined(part.names, style), strict=True)):
        look: dict[str, Any] = {"linewidth": 2, "marker": "o", "markersize": 3}
        panel.plot(range(len(values)), values, kinds[nth % 4], color=shade, label=heading(name), **look)
    _along(panel, part, style)
    panel.set_ylim(bottom=min(0, *(value for _, values in _series(part) for value in values)))


def _band(panel: Axes, part: Panel, style: _Style) -> None:
    low, middle, high, *actual = (values for _, values in _series(part))
    places = range(len(part.rows))
    panel.fill_between(places, low, high, color=style.single, alpha=0.25, label="P10 to P90", linewidth=0)
    panel.plot(places, middle, color=style.single, linewidth=2, label="P50")
    known = [(place, row[1][3]) for place, row in enumerate(part.rows) if actual and row[1][3] is not None]
    if known:
        came = [float(value or 0) for _, value in known]
        panel.plot([place for place, _ in known], came, "D", color=style.ink, markersize=4, label="Actual")
    _along(panel, part, style)
    panel.set_ylim(bottom=0)


def _pareto(panel: Axes, part: Panel, style: _Style) -> None:
    (name, heights), (_, shares) = _series(part)
    places = range(len(heights))
    panel.bar(places, heights, color=style.single, width=0.7, label=heading(name))
    _along(panel, part, style)
    beside = panel.twinx()
    beside.plot(places, shares, color=style.ink, linewidth=1.5, marker="o", markersize=3)
    beside.set_ylim(0, 105)
    beside.set_ylabel("% of all", color=style.ink)
    beside.tick_params(colors=style.ink, length=0)
    for side in beside.spines.values():
        side.set_visible(False)


_DRAWN = {"bars": _bars, "columns": _columns, "lines": _lines, "band": _band, "pareto": _pareto}


def _along(panel: Axes, part: Panel, style: _Style) -> None:
    """Write labels under the axis, no more of them than can be read, and say what is measured."""
    every = max(1, -(-len(part.rows) // 14))
    longest = max(len(label) for label, _ in part.rows)
    slanted: dict[str, Any] = {"rotation": 30, "ha": "right"} if longest * len(part.rows) / every > 90 else {}
    panel.set_xticks(range(len(part.rows))[::every], [_short(label, 24) for label, _ in part.rows][::every], **slanted)
    reach = max((abs(value) for _, values in _series(part) for value in values), default=0)
    panel.yaxis.set_major_formatter(_numbers(reach))
    panel.set_ylabel(part.axis, color=style.ink)


def _finish(panel: Axes, style: _Style, kind: str) -> None:
    panel.grid(axis="x" if kind == "bars" else "y", color=style.grid, linewidth=0.6)
    panel.set_axisbelow(True)
    panel.tick_params(colors=style.ink, length=0)
    for side in panel.spines.values():
        side.set_visible(False)


def _series(part: Panel) -> list[tuple[str, list[float]]]:
    return [(name, [float(values[nth] or 0) for _, values in part.rows]) for nth, name in enumerate(part.names)]


def _shades(names: Sequence[str], style: _Style) -> list[str]:
    """Return a shade for each bar: one alone, a scale of ages, and one apart for what is not applied."""
    ages = [name for name in names if name != "unapplied"]
    if len(ages) == 1:
        return [style.single, style.apart][: len(names)]
    scale = LinearSegmentedColormap.from_list("ages", [*style.shades])
    shades = [to_hex(scale(nth / (len(ages) - 1))) for nth in range(len(ages))]
    return [*shades, *([style.apart] if "unapplied" in names else [])]


def _lined(names: Sequence[str], style: _Style) -> list[str]:
    return [(style.single, style.ink, style.shades[-2], style.apart)[nth % 4] for nth in range(len(names))]


def _numbers(reach: float) -> FuncFormatter:
    places = 0 if reach >= 10 else 1
    return FuncFormatter(lambda value, _: f"{value:,.{places}f}")


def _short(label: str, most: int = 38) -> str:
    # A dollar sign would start mathematics.
    text = label if len(label) <= most else label[: most - 1] + "…"
    return text.replace("$", r"\$")
