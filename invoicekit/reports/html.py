"""A report in a notebook."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from invoicekit.money import digits

if TYPE_CHECKING:
    from jinja2 import Template

    from invoicekit.reports.report import Report

__all__ = ["cell", "heading", "markdown", "render", "rows", "totals"]

SHOWN = 30
_MARKUP = re.compile(r"([\\`*_{}\[\]<>|#$])")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


_SAID = {"p10": "P10", "p50": "P50", "p90": "P90", "dso": "DSO", "sha256": "SHA-256"}


def render(report: Report) -> str:
    """Return the report as HTML: its first rows, totals by currency, everything escaped."""
    return _template().render(
        report=report,
        headings=report.headings,
        numeric=[name in report.numbers for name in report.shown],
        rows=rows(report, SHOWN),
        totals=totals(report),
        more=len(report) - min(len(report), SHOWN),
    )


def markdown(report: Report) -> str:
    """Return the report as a Markdown table: all its rows, totals by currency, nothing in it taken for markup."""
    bold = [[f"**{_plain(value)}**" if value else "" for value in row] for row in totals(report)]
    lines = [
        report.headings,
        ["---:" if name in report.numbers else "---" for name in report.shown],
        *([_plain(value) for value in row] for row in rows(report, None)),
        *bold,
    ]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"**{_plain(report.title)}**\n\n{table if len(report) else 'Nothing to show.'}\n"


def rows(report: Report, most: int | None) -> list[list[str]]:
    """Return the first rows of a report, or all, as a person reads them."""
    held = report.table if most is None else report.table.slice(0, most)
    return [
        [cell(row[name], row.get("currency"), report.places(name)) for name in report.shown] for row in held.to_pylist()
    ]


def totals(report: Report) -> list[list[str]]:
    """Return its totals, a row for each currency."""
    label = report.definition.chart.label[0]
    return [
        [
            f"Total {currency}".rstrip() if name == label else cell(sums.get(name), currency, report.places(name))
            for name in report.shown
        ]
        for currency, sums in report.totals.items()
        if sums
    ]


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text.replace("\n", " "))


def heading(name: str) -> str:
    """Return what a person reads above a column.

    Examples
    --------
    >>> heading("days_1_30"), heading("days_over_90"), heading("due_date")
    ('1-30 days', 'Over 90 days', 'Due date')
    """
    if name.startswith("days_") and name[-1].isdigit():
        return f"{name[5:].replace('over_', 'Over ').replace('_', '-')} days"
    words = name.replace("_", " ").capitalize()
    if name in _SAID:
        return _SAID[name]
    if name in _WEEKDAYS:
        return words[:3]
    return f"WIP{words[3:]}" if words.startswith("Wip") else words


def cell(value: Any, currency: str | None, places: int | None = None) -> str:
    """Return a value as a person reads it: amounts with the digits of their currency, what is no money with some places."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        if places is None:
            places = max(digits(currency or ""), -int(value.normalize().as_tuple().exponent))
        return f"{value:,.{places}f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return (
        f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000 else str(value)
    )


@cache
def _template() -> Template:
    from jinja2 import Environment

    source = (files("invoicekit.reports") / "report.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(source)
