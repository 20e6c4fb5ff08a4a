"""A report in a notebook."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from invoicekit.money import digits

if TYPE_CHECKING:
    from jinja2 import Template

    from invoicekit.reports.report import Report

__all__ = ["cell", "heading", "render"]

SHOWN = 30
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def render(report: Report) -> str:
    """Return the report as HTML: its first rows, totals by currency, everything escaped."""
    rows = report.table.slice(0, SHOWN).to_pylist()
    names, label = report.shown, report.definition.chart.label[0]
    return _template().render(
        report=report,
        headings=[heading(name) for name in names],
        numeric=[name in report.numbers for name in names],
        rows=[[cell(row[name], row.get("currency"), report.places(name)) for name in names] for row in rows],
        totals=[
            [
                f"Total {currency}".rstrip() if name == label else cell(sums.get(name), currency, report.places(name))
                for name in names
            ]
            for currency, sums in report.totals.items()
        ],
        more=report.table.num_rows - len(rows),
    )


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
    return str(value)


@cache
def _template() -> Template:
    from jinja2 import Environment

    source = (files("invoicekit.reports") / "report.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(source)
