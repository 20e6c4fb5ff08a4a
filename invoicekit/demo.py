"""The demo: a practice with three offices, from their workbooks to its reports."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from rich.text import Text

import invoicekit
from invoicekit.errors import BookError, QuestionsOpen
from invoicekit.screen import screen, show_frame, show_report

__all__ = ["AS_OF", "FILES", "run", "sample_data"]

AS_OF = "2026-10-31"
FILES = (
    "clients_lyon.xlsx",
    "factures_lyon.xlsx",
    "reglements_lyon.xlsx",
    "despacho_puebla.xlsx",
    "invoices_leeds.csv",
    "payments_leeds.csv",
    "temps_lyon.csv",
)


def sample_data() -> Path:
    """Return the folder of sample workbooks: inside the package, or beside it in a checkout."""
    inside = Path(str(files("invoicekit"))) / "sample_data"
    return inside if inside.is_dir() else inside.parents[1] / "sample_data"


def run(folder: Path) -> None:
    """Import the sample workbooks into a new book, print its reports, write a chart and a workbook."""
    folder.mkdir(parents=True, exist_ok=True)
    path = _fresh(folder / "practice.duckdb")
    with invoicekit.open(path, actor="demo") as book:
        screen.rule("Seven files of three offices go in")
        for name in FILES:
            with screen.status(f"reading {name}") as status:
                plan = book.imports.read(sample_data() / name, steps=status.update)
            screen.print(f"\n{plan}")
            try:
                receipt = plan.apply()
            except QuestionsOpen as question:
                screen.print(Text.assemble(("A question: ", "yellow"), str(question)))
                screen.print(Text.assemble(("Answered: ", "yellow"), 'they are two; plan.same_names("separate").'))
                receipt = plan.same_names("separate").apply()
            screen.print(str(receipt), style="green")
            refused = receipt.rows[receipt.rows["outcome"] == "rejected"]
            if len(refused):
                show_frame(refused[["sheet", "row", "reason"]], "Rejected, row by row")
        again = book.imports.read(sample_data() / FILES[3]).apply()
        screen.print(f"The same file once more: {again}\n")

        screen.rule(f"What comes out, as of {AS_OF}")
        reports = book.reports
        for report in (
            reports.balances(as_of=AS_OF),
            reports.aging(as_of=AS_OF),
            reports.inactive_customers(as_of=AS_OF, days=365),
            reports.closed_invoices(as_of=AS_OF),
            reports.wip_aging(as_of=AS_OF),
        ):
            show_report(report)
        aging = reports.aging(as_of=AS_OF)
        workbook = aging.to_excel(folder / "aging.xlsx")
        chart = folder / "aging.png"
        aging.plot().savefig(chart, dpi=150)
        owes_most = max(aging.table.to_pylist(), key=lambda row: row["balance"])["customer_id"]
        letter = book.documents.statement(owes_most, as_of=AS_OF).save(folder / "statement.pdf")
        wrong = len(book.check())

    screen.rule("Where things are")
    screen.print(f"book      {path}")
    screen.print(f"workbook  {workbook}")
    screen.print(f"chart     {chart}")
    screen.print(f"statement {letter}")
    screen.print(f"check     {wrong} findings\n")
    screen.print("Open next: notebooks/01_start.ipynb, or ask the book yourself:")
    screen.print(f"  invoicekit report {path} open_items --as-of {AS_OF}")
    screen.print(f"  invoicekit app {path}")
    screen.print(f"  invoicekit undo {path}")


def _fresh(path: Path) -> Path:
    """Take an earlier demo's book away, unless somebody is using it."""
    if path.exists():
        with invoicekit.open(path, actor="demo") as earlier:
            writers = set(earlier.operations()["actor"])
        if writers - {"demo"}:
            raise BookError(
                f"{path} holds work by {', '.join(sorted(writers - {'demo'}))}; the demo does not replace it. "
                "Name another folder: invoicekit demo ANOTHER."
            )
        path.unlink()
        path.with_name(path.name + ".wal").unlink(missing_ok=True)
    return path
