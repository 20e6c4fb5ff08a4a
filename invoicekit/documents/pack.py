"""Several reports to be printed: a page of contents, then each with its chart and its rows."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Any

from invoicekit.reports import Report

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["pages_of"]

# A chart that would be higher than a page says nothing; neither does a list nobody reads to its end on paper.
_HIGHEST = 9.0
_ROWS = 500


def pages_of(reports: Sequence[Report], title: str, told: str, colour: str) -> str:
    """Return the HTML of some reports; everything in it is escaped."""
    return _template().render(title=title, told=told, colour=colour, parts=[_part(report) for report in reports])


def _part(report: Report) -> dict[str, Any]:
    from invoicekit.reports.html import rows, totals

    return {
        "title": report.title,
        "question": report.definition.question,
        "headings": report.headings,
        "numeric": [name in report.numbers for name in report.shown],
        "days": [name in report.days for name in report.shown],
        "rows": rows(report, _ROWS),
        "totals": totals(report),
        "more": max(len(report) - _ROWS, 0),
        "chart": _chart(report) if len(report) else None,
    }


def _chart(report: Report) -> str | None:
    figure = report.plot()
    if figure.get_figheight() > _HIGHEST:
        return None
    figure.suptitle("")
    into = BytesIO()
    figure.savefig(into, format="png", dpi=144, metadata={"Software": None})
    return f"data:image/png;base64,{b64encode(into.getvalue()).decode()}"


@cache
def _template() -> Template:
    from jinja2 import Environment

    source = (files("invoicekit.documents") / "templates" / "pack.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(source)
