"""The page of reports, written from their own files: ``python -m invoicekit.reports.document``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from invoicekit.reports.definition import Definition, definitions
from invoicekit.reports.parameters import FILTERS, Parameter

__all__ = ["PAGE", "reports_page"]

PAGE = Path(__file__).parents[2] / "docs" / "reports.md"

_ABOUT = """# Reports

Written by `python -m invoicekit.reports.document` from the files in `invoicekit/reports/sql/`: each is the call, the public
view, the chart, the sheet and this page.

    aging = book.reports.aging(as_of="2026-10-31", by="tree")
    aging.df                                 # exact decimals; aging.df_float for models
    aging.explain(0, "days_over_90")         # the postings a figure is made of
    aging.in_currency("EUR", {"GBP": "1.17"})  # never added up but at rates you state
    aging.plot(), aging.to_excel("aging.xlsx"), aging.to_html(), aging.to_markdown()
    polars.DataFrame(aging)                  # whatever speaks Arrow

    book.reports.to_workbook("october.xlsx", as_of="2026-10-31")   # what a month is closed with
    book.documents.pack(as_of="2026-10-31").save("october.pdf")    # the same, printed

![What came in beside what was forecast, week by week](pictures/forecast.png)
![Days sales outstanding, month by month](pictures/dso.png)
![With how few how much of what is owed stands](pictures/concentration.png)

Every report takes `as_of`, the business date, and `known_at`, what had been recorded by then. Those that are about customers
take the filters below as well.
"""


def reports_page() -> str:
    """Return the page: what every report is told of whom, then a section a report."""
    lines = [_ABOUT, "| filter | meaning |", "|---|---|", *(f"| `{one.name}` | {one.help} |" for one in FILTERS), ""]
    for definition in definitions().values():
        lines += _section(definition)
    return "\n".join(lines)


def _section(definition: Definition) -> list[str]:
    filters = {one.name for one in definition.filters}
    of = {
        frozenset(): "none",
        frozenset({"currency"}): "`currency`",
    }.get(frozenset(filters), "all" if "currency" in filters else "all but `currency`")  # fmt: skip
    explained = sorted({figure for one in definition.explanations for figure in one.figures})
    chart = f"{_listed(definition.chart.bars)} for each {_listed(definition.chart.label)}"
    return [
        f"## {definition.name}", "", f"**{definition.title}.** {definition.question}", "",
        "| told | is | meaning |", "|---|---|---|", *(_told(one) for one in definition.parameters), "",
        "| column | meaning |", "|---|---|", *(f"| `{name}` | {text} |" for name, text in definition.columns.items()), "",
        f"Filters: {of}. Explained: {_listed(explained) or 'its rows are records themselves'}. Chart: {chart}.", "",
        f"Identity: {definition.identity}.", "",
    ]  # fmt: skip


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _told(parameter: Parameter) -> str:
    said = parameter.said.replace("{", "").replace("}", "").replace("|", "\\|")
    return f"| `{parameter.name}` | {said} | {parameter.help} |"


if __name__ == "__main__":
    PAGE.write_text(reports_page(), encoding="utf-8")
