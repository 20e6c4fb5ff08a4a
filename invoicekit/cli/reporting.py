"""Reports in a terminal, and as files."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from invoicekit.cli.telling import BookPath, opened, told
from invoicekit.screen import screen, show_report

__all__ = ["ReportName", "month_end", "report"]


class ReportName(StrEnum):
    """The reports there are."""

    balances = "balances"
    open_items = "open_items"
    aging = "aging"
    statement = "statement"
    inactive_customers = "inactive_customers"
    closed_invoices = "closed_invoices"
    closed_matters = "closed_matters"
    invoice_register = "invoice_register"
    revenue = "revenue"
    vat = "vat"
    payment_register = "payment_register"
    dso = "dso"
    days_to_pay = "days_to_pay"
    concentration = "concentration"
    cash_forecast = "cash_forecast"
    data_quality = "data_quality"
    audit = "audit"
    import_receipts = "import_receipts"
    wip = "wip"
    wip_aging = "wip_aging"
    timesheet = "timesheet"
    utilisation = "utilisation"
    realisation = "realisation"
    matter_profitability = "matter_profitability"
    lock_up = "lock_up"


_AsOf = Annotated[str | None, typer.Option(help="Business date, as 2026-10-31; today unless given.")]
_KnownAt = Annotated[str | None, typer.Option(help="Only what had been recorded by then: a date, or a date and time.")]
_OF = "Of whom"
_HOW = "How"


def report(
    book: BookPath,
    name: Annotated[ReportName, typer.Argument(help="Which report.", show_default=False)],
    as_of: _AsOf = None,
    known_at: _KnownAt = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="What it is summed up by: customer, tree, currency, category, tag, ...", rich_help_panel=_HOW
        ),
    ] = None,
    since: Annotated[str | None, typer.Option(help="The first day.", rich_help_panel=_HOW)] = None,
    period: Annotated[str | None, typer.Option(help="month, quarter or year.", rich_help_panel=_HOW)] = None,
    kind: Annotated[
        str | None,
        typer.Option(help="Of a statement: balance_forward, transaction or open_item.", rich_help_panel=_HOW),
    ] = None,
    basis: Annotated[
        str | None, typer.Option(help="What age is counted from: due_date or invoice_date.", rich_help_panel=_HOW)
    ] = None,
    buckets: Annotated[
        str | None, typer.Option(help="Last days of the buckets, as 30,60,90.", rich_help_panel=_HOW)
    ] = None,
    days: Annotated[int | None, typer.Option(help="Over how many days.", rich_help_panel=_HOW)] = None,
    months: Annotated[int | None, typer.Option(help="At how many ends of months.", rich_help_panel=_HOW)] = None,
    weeks: Annotated[int | None, typer.Option(help="How many weeks ahead.", rich_help_panel=_HOW)] = None,
    backtest: Annotated[
        int | None, typer.Option(help="How many earlier days are forecast from as well.", rich_help_panel=_HOW)
    ] = None,
    customer: Annotated[
        str | None, typer.Option(help="Only this customer: its number or its name.", rich_help_panel=_OF)
    ] = None,
    tree: Annotated[
        str | None, typer.Option(help="Only this customer and everybody below it.", rich_help_panel=_OF)
    ] = None,
    category: Annotated[str | None, typer.Option(help="Only customers of this category.", rich_help_panel=_OF)] = None,
    tag: Annotated[str | None, typer.Option(help="Only customers that bear this tag.", rich_help_panel=_OF)] = None,
    line_of_business: Annotated[
        str | None, typer.Option(help="Only customers of this line of business.", rich_help_panel=_OF)
    ] = None,
    currency: Annotated[str | None, typer.Option(help="Only this currency.", rich_help_panel=_OF)] = None,
    include_inactive: Annotated[
        bool, typer.Option(help="Whether inactive customers count.", rich_help_panel=_OF)
    ] = True,
    excel: Annotated[Path | None, typer.Option(help="Also write it as a workbook.")] = None,
    chart: Annotated[Path | None, typer.Option(help="Also draw it, as .png, .svg or .pdf.")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Show it as Markdown.")] = False,
) -> None:
    """Show a report: of balances, of work in progress, of time, of matters.

    Example: [bold]invoicekit report acme.duckdb aging --as-of 2026-10-31 --by tree --excel aging.xlsx[/]
    """
    options: dict[str, Any] = {
        "by": by, "since": since, "period": period, "kind": kind, "basis": basis, "buckets": _days(buckets), "days": days,
        "months": months, "weeks": weeks, "backtest": backtest, "customer": _which(customer), "tree": _which(tree),
        "category": category, "tag": tag, "line_of_business": line_of_business, "currency": currency,
        "include_inactive": None if include_inactive else False,
    }  # fmt: skip
    from invoicekit.reports import definitions

    given = {option: value for option, value in options.items() if value is not None}
    for option in given.keys() - definitions()[name.value].signature.parameters.keys():
        raise typer.BadParameter(f"{name} has no --{option.replace('_', '-')}.")
    with told(), opened(book) as held:
        found = held.reports.run(name.value, as_of=as_of, known_at=known_at, **given)
        if markdown:
            typer.echo(found.to_markdown(), nl=False)
        else:
            show_report(found)
        if excel:
            screen.print(f"Written: {found.to_excel(excel)}")
        if chart:
            _draw(found, chart)


def month_end(
    book: BookPath,
    file: Annotated[
        Path, typer.Argument(help="Where it goes: .xlsx for a workbook, .pdf to be printed.", show_default=False)
    ],
    as_of: _AsOf = None,
    known_at: _KnownAt = None,
    reports: Annotated[
        list[ReportName] | None,
        typer.Option("--report", help="Which reports; what a month is closed with unless given."),
    ] = None,
) -> None:
    """Write what a month is closed with: balances, aging, registers, revenue and VAT, and so on, in one file.

    Example: [bold]invoicekit month-end acme.duckdb october.xlsx --as-of 2026-10-31[/]
    """
    from invoicekit.reports import MONTH_END

    names = [one.value for one in reports] if reports else [*MONTH_END]
    with told(), opened(book) as held, screen.status("writing"):
        if file.suffix.lower() == ".pdf":
            written = held.documents.pack(as_of=as_of, known_at=known_at, reports=names).save(file)
        elif file.suffix.lower() == ".xlsx":
            written = held.reports.to_workbook(file, as_of=as_of, known_at=known_at, reports=names)
        else:
            raise typer.BadParameter(f"{file.name} is neither .xlsx nor .pdf.")
    screen.print(f"Written: {written}")


def _which(said: str | None) -> int | str | None:
    return int(said) if said is not None and said.isdecimal() else said


def _days(said: str | None) -> list[int] | None:
    if said is None:
        return None
    try:
        return [int(day) for day in said.split(",")]
    except ValueError as unreadable:
        raise typer.BadParameter(f'"{said}" are no days. Write them as 30,60,90.') from unreadable


def _draw(found: Any, chart: Path) -> None:
    try:
        found.plot().savefig(chart, dpi=150)
    except ValueError as unknown:
        raise typer.BadParameter(f"{chart.suffix or chart} cannot be drawn. Name it .png, .svg or .pdf.") from unknown
    screen.print(f"Drawn: {chart}")
