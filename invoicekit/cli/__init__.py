"""The command line: the same book, from a terminal."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from invoicekit.cli.keeping import backup, copy, publish, restore
from invoicekit.cli.reporting import month_end, report
from invoicekit.cli.telling import BookPath, compared, opened, opened_for_import, told
from invoicekit.errors import NotFound
from invoicekit.screen import screen, show_frame, show_plan

if TYPE_CHECKING:
    from invoicekit.imports import Plan

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Customers, invoices and payments in one file, a [bold]book[/].\n\n"
        "Start with [bold]invoicekit demo[/]. Then bring your own workbooks in with "
        "[bold]invoicekit import[/], and ask with [bold]invoicekit report[/]. Whatever you did, "
        "[bold]invoicekit undo[/] takes it back."
    ),
)

_DEMO = Path("demo")


class Target(StrEnum):
    """What rows of a file can hold."""

    customers = "customers"
    contact_persons = "contact_persons"
    users = "users"
    matters = "matters"
    activities = "activities"
    invoices = "invoices"
    invoice_lines = "invoice_lines"
    payments = "payments"
    allocations = "allocations"
    opening_balances = "opening_balances"


class Language(StrEnum):
    """The languages headings are written in."""

    en = "en"
    fr = "fr"
    es = "es"
    de = "de"


class Policy(StrEnum):
    """What becomes of customers the book has already."""

    update = "update"
    fill = "fill"
    create = "create"


class SameNames(StrEnum):
    """What customers of one name are."""

    same = "same"
    separate = "separate"


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where the demo's files go; earlier ones are replaced.")] = Path(
        "demo"
    ),
) -> None:
    """Import the sample workbooks of a small practice into a new book and show its reports."""
    from invoicekit.demo import run

    with told():
        run(folder)


@app.command("import")
def import_file(
    book: BookPath,
    file: Annotated[
        Path, typer.Argument(help="A workbook (.xlsx .xlsb .xls .ods) or a text table (.csv).", show_default=False)
    ],
    into: Annotated[
        Target | None, typer.Option(help="What its rows hold; guessed from the headings unless given.")
    ] = None,
    source: Annotated[str, typer.Option(help="A name for the system it comes from.")] = "",
    sheet: Annotated[str | None, typer.Option(help="The one sheet to read.")] = None,
    header_row: Annotated[int | None, typer.Option(help="Row of the headings, where it is not found.")] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="COLUMN=FIELD", help="Send a column to a field; COLUMN= leaves it out. May be repeated."
        ),
    ] = None,
    dates: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN=ORDER", help="Read a column's dates as dmy, mdy or ymd. May be repeated."),
    ] = None,
    decimal: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=MARK", help="Read a column's amounts with . or , as decimal mark. May be repeated."
        ),
    ] = None,
    skip: Annotated[list[int] | None, typer.Option(help="Leave a row out. May be repeated.")] = None,
    currency: Annotated[str | None, typer.Option(help="Currency of amounts that state none.")] = None,
    same_names: Annotated[
        SameNames | None, typer.Option(help="What customers are that have one name but different numbers.")
    ] = None,
    password: Annotated[str | None, typer.Option(help="Of a workbook that is protected by one.")] = None,
    mapping: Annotated[
        str | None, typer.Option(help="What the columns mean: the name of a saved mapping, or a .json file.")
    ] = None,
    save_mapping: Annotated[str | None, typer.Option(help="Keep under this name what the columns mean.")] = None,
    policy: Annotated[Policy, typer.Option(help="What becomes of customers the book has already.")] = Policy.update,
    once: Annotated[
        bool, typer.Option("--once", help="Import rows once that repeat each other to the letter.")
    ] = False,
    annotate: Annotated[
        Path | None, typer.Option(help="Write the file again, as .xlsx, with a remark at every problem.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would happen, and write nothing.")] = False,
) -> None:
    """Import customers, invoices and payments from a file, as one operation that can be undone.

    Example: [bold]invoicekit import acme.duckdb clients.xlsx --into customers --dry-run[/]
    """
    with told(), opened_for_import(book, dry_run=dry_run) as held:
        with screen.status("reading") as status:
            plan = held.imports.read(
                file, into, source=source, sheet=sheet, header_row=header_row, password=password, steps=status.update
            )
            _correct(plan, map_, dates, decimal, skip, currency, same_names)
            if mapping:
                plan.use_mapping(mapping)
            plan.policy(policy.value).repeats("once" if once else "keep")
            problems = plan.problems
        show_plan(plan, problems)
        if annotate:
            screen.print(f"Wrote {plan.annotate(annotate)}.")
        if dry_run:
            screen.print("Nothing was written: this was a dry run.")
            return
        if save_mapping:
            plan.save_mapping(save_mapping)
        with screen.status("writing") as status:
            plan.steps = status.update
            receipt = plan.apply()
        screen.print(str(receipt), style="bold")
        if receipt.created or receipt.updated:
            screen.print(f"To take it back: invoicekit undo {held.address} {receipt.operation}", soft_wrap=True)


@app.command()
def template(
    into: Annotated[Target, typer.Argument(help="What its rows will be.", show_default=False)],
    lang: Annotated[Language, typer.Option(help="Language of the headings.")] = Language.en,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write it; here unless given.")] = None,
) -> None:
    """Write an empty workbook to fill in: headings with hints, drop-downs, and an example row that is skipped.

    Example: [bold]invoicekit template customers --lang fr[/]
    """
    from invoicekit.imports import write_template

    with told():
        path = write_template(into.value, output or Path(f"{into.value}_{lang.value}.xlsx"), lang.value)
        screen.print(f"Wrote {path}. Fill it in, then: invoicekit import BOOK {path}")


app.command()(report)
app.command("month-end")(month_end)
app.command()(backup)
app.command()(restore)
app.command()(copy)
app.command()(publish)


@app.command("print")
def print_(
    book: BookPath,
    folder: Annotated[Path, typer.Argument(help="Where the PDFs go.", show_default=False)],
    number: Annotated[
        list[str] | None, typer.Option(help="Only invoices of this number; several may be named.")
    ] = None,
    facturx: Annotated[bool, typer.Option("--facturx", help="With the data inside: PDF/A-3, EN 16931.")] = False,
) -> None:
    """Print what was issued, a PDF each. What lies there already is not written again.

    Example: [bold]invoicekit print acme.duckdb invoices/ --number F2026-0007[/]
    """
    with told(), opened(book) as held:
        listed = held.sql("select id, number from invoices where status <> 'draft' order by id")
        chosen = listed[listed["number"].isin(number)] if number else listed
        unknown = sorted(set(number or ()) - set(chosen["number"]))
        if unknown or not len(chosen):
            raise NotFound(f"No invoice {', '.join(unknown)} was issued." if unknown else "Nothing was issued yet.")
        made = held.documents.pdf(chosen, folder, form="facturx" if facturx else "pdf")
        outcomes = made["outcome"].value_counts()
        screen.print(f"{folder}: {', '.join(f'{count:,} {outcome}' for outcome, count in sorted(outcomes.items()))}")


@app.command("app")
def app_(
    book: BookPath,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Where to listen; a free port unless given.")] = 0,
    lang: Annotated[Language, typer.Option(help="Language of the screens.")] = Language.en,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Whether to open the page at once.")] = True,
) -> None:
    """Show all screens of a book on a page of the browser, on this machine alone, until Ctrl-C.

    As many tabs as wanted share the book. Example: [bold]invoicekit app acme.duckdb[/]
    """
    import webbrowser

    from invoicekit.app import serve

    with told(), opened(book, create=True) as held:
        served = serve(held, port=port, language=lang.value)
        screen.print(f"{held.name} is shown at {served.url}\nCtrl-C ends it; what was typed is saved.", soft_wrap=True)
        if browser:
            webbrowser.open(served.url)
        served.run()


@app.command()
def check(
    book: BookPath,
    seal: Annotated[
        str | None, typer.Option(help="What an earlier check printed as seal: everything up to it must be as it was.")
    ] = None,
) -> None:
    """Prove the book: references, sums, numbers, versions, seals. Exit code 1 if anything is wrong."""
    with told(), opened(book) as held, screen.status("checking"):
        found, sealed, name = held.check(seal=seal), held.seal, held.name
    if len(found):
        show_frame(found, f"{len(found):,} findings")
        raise typer.Exit(1)
    screen.print(f"{name}: nothing is wrong.")
    if sealed:
        screen.print(f"Seal, to be noted elsewhere: {sealed}", style="dim", soft_wrap=True)


@app.command()
def undo(
    book: BookPath,
    operation: Annotated[
        int | None, typer.Argument(help="Number of the operation; without it they are listed.")
    ] = None,
) -> None:
    """Take an operation back - an import, a change, another undo. Without a number, list them."""
    with told(), opened(book) as held:
        if operation is None:
            show_frame(held.operations(), "Operations, newest first")
            return
        undone = held.undo(operation)
        screen.print(str(undone))
        if len(undone.kept):
            show_frame(undone.kept, "Kept")


@app.command()
def diff(
    book: BookPath,
    other: Annotated[str, typer.Argument(help="The other book, such as a backup.", show_default=False)],
) -> None:
    """Name each record that differs between two books, field by field. Exit code 1 if any does.

    Neither file is touched. Example: [bold]invoicekit diff acme.duckdb backup.duckdb[/]
    """
    from invoicekit.store import differences, frame

    with told(), compared(book) as here, compared(other) as there, screen.status("comparing"):
        found, names = frame(differences(here, there)), (here.name, there.name)
    if len(found):
        titles = {"here": f"in {names[0]}", "there": f"in {names[1]}"}
        shown = found.astype({"here": "str", "there": "str"}).fillna({"here": "(nothing)", "there": "(nothing)"})
        show_frame(shown.rename(columns=titles), f"{len(found):,} difference{'s' * (len(found) != 1)}")
        raise typer.Exit(1)
    screen.print(f"{names[0]} and {names[1]} say the same.")


def _correct(
    plan: Plan,
    map_: list[str] | None,
    dates: list[str] | None,
    decimal: list[str] | None,
    skip: list[int] | None,
    currency: str | None,
    same_names: SameNames | None,
) -> None:
    for pair in map_ or []:
        column, to = _pair(pair)
        plan.map(column, to=to)
    for pair in dates or []:
        column, order = _pair(pair)
        plan.read_as(column, order=order)
    for pair in decimal or []:
        column, mark = _pair(pair)
        plan.read_as(column, decimal=mark)
    if skip:
        plan.skip(skip)
    if currency:
        plan.currency(currency)
    if same_names:
        plan.same_names(same_names.value)


def _pair(text: str) -> tuple[str, str | None]:
    """Split COLUMN=ANSWER; a column may hold an equals sign, an answer never does."""
    column, sign, answer = text.rpartition("=")
    if not sign:
        raise typer.BadParameter(f'"{text}" is not of the form COLUMN=ANSWER.')
    return column, answer or None
