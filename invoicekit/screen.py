"""What a terminal shows: plans, reports, frames."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from invoicekit.imports import Plan
    from invoicekit.reports import Report

__all__ = ["screen", "show_frame", "show_plan", "show_report"]

# Names and cells are shown as the text they are, never as markup; into a file or a pipe there is no terminal
# whose width could be asked.
screen = Console(markup=False, width=None if Console().is_terminal else 110)
SHOWN = 25


def show_plan(plan: Plan, problems: pd.DataFrame) -> None:
    """Show what a file's columns were taken to mean, and what is in the way."""
    screen.print(str(plan))
    mapping = plan.mapping[["sheet", "column", "field", "score", "read_as", "samples"]]
    show_frame(mapping, "Columns")
    if len(problems):
        show_frame(problems[["severity", "sheet", "row", "column", "value", "problem", "hint"]], "Problems")


def show_report(found: Report) -> None:
    """Show a report with its totals, a table for each currency, without columns that are zero throughout."""
    rows = found.table.to_pylist()
    by_currency = found.has_totals_by_currency and bool(rows) and all(row["currency"] for row in rows)
    groups = (
        {
            currency: [row for row in rows if row["currency"] == currency]
            for currency in sorted({row["currency"] for row in rows})
        }
        if by_currency
        else {"": rows}
    )
    screen.print(found.title, style="bold")
    for currency, group in groups.items():
        names = [
            name
            for name in found.shown
            if not (by_currency and name == "currency")
            and (name not in found.amounts or any(row[name] for row in group) or name == "balance")
        ]
        _show_rows(found, currency, names, group)
    if not rows:
        screen.print("Nothing to show.")
    screen.print()


def _show_rows(found: Report, currency: str, names: list[str], rows: list[dict[str, Any]]) -> None:
    from invoicekit.reports.html import cell, heading

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    label = found.definition.chart.label[0]
    for name in names:
        numeric = name in found.numbers
        shown = currency if name == label and currency else heading(name)
        wide = name == label
        table.add_column(
            shown,
            justify="right" if numeric else "left",
            no_wrap=True,
            # A day that is cut off says nothing.
            min_width=16 if wide else len("2026-01-31") if name in found.days else None,
            ratio=1 if wide else None,
        )
    for row in rows[:SHOWN]:
        table.add_row(*(cell(row[name], row.get("currency"), found.places(name)) for name in names))
    for total, sums in found.totals.items():
        if currency in ("", total) and any(name in sums for name in names):
            table.add_row(
                *(
                    f"Total {total}".rstrip() if name == label else cell(sums.get(name), total, found.places(name))
                    for name in names
                ),
                style="bold",
            )
    screen.print(table)
    if len(rows) > SHOWN:
        screen.print(f"{len(rows) - SHOWN:,} more rows; --excel writes them all.", style="dim")


def show_frame(rows: pd.DataFrame, title: str) -> None:
    """Show the first rows of a frame; columns that hold nothing are left out."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    names = [str(name) for name in rows.columns if rows[name].notna().any() and (rows[name].astype(str) != "").any()]
    for name in names:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows.head(SHOWN)[names].itertuples(index=False):
        table.add_row(*(_plain(value) for value in row))
    screen.print(table)
    if len(rows) > SHOWN:
        screen.print(f"{len(rows) - SHOWN:,} more.")
    screen.print()


def _plain(value: Any) -> str:
    import pandas as pd

    if pd.isna(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).partition(".")[0] if isinstance(value, date) else str(value)
