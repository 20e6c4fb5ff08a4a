"""The command line, as somebody types it."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

import invoicekit as ik
from invoicekit.cli import app
from invoicekit.cli.reporting import ReportName, report
from invoicekit.reports import definitions
from tests.conftest import empty_book, ready_to_bill
from tests.workbooks import text_table


def run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


@pytest.fixture
def clients(tmp_path: Path) -> Path:
    return text_table(
        tmp_path / "clients.csv", [["No", "Name", "Phone"], ["001", "Acme", "1"], ["002", "", ""], ["003", "acme", "2"]]
    )


def test_the_demo_goes_from_six_workbooks_to_reports_chart_and_sheet(tmp_path: Path) -> None:
    for _ in range(2):
        said = run("demo", tmp_path / "demo")
        assert "71 invoices, 125 invoice lines created; 3 rows rejected" in said
        assert "Boulangerie Martin (00031)" in said
        assert "Total EUR" in said
        assert "check 0 findings" in said
    assert (tmp_path / "demo" / "aging.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "demo" / "aging.xlsx").read_bytes().startswith(b"PK")
    assert (tmp_path / "demo" / "statement.pdf").read_bytes().startswith(b"%PDF")


def test_the_demo_does_not_replace_somebodys_work(tmp_path: Path) -> None:
    with ik.open(empty_book(tmp_path / "practice.duckdb"), actor="ana") as book:
        book.customers.add(display_name="Precious")
    assert "holds work by ana; the demo does not replace it" in run("demo", tmp_path, code=1)


def test_import_shows_what_it_would_do_does_it_and_takes_it_back(tmp_path: Path, clients: Path) -> None:
    book = tmp_path / "a.duckdb"
    said = run("import", book, clients, "--into", "customers", "--dry-run", "--same-names", "separate")
    assert "Nothing was written: this was a dry run" in said
    refused = run("import", book, clients, "--into", "customers", code=1)
    assert "A question." in refused
    assert "Are they one customer or two?" in refused
    said = run(
        "import", book, clients, "--into", "customers", "--same-names", "separate", "--skip", 3, "--map", "Phone=mobile"
    )
    assert "2 customers created; 1 row skipped" in said
    assert "To take it back: invoicekit undo" in said
    assert "import" in run("undo", book)
    assert "Operation 1 undone: 2 customers" in run("undo", book, 1)
    assert "was undone already" in run("undo", book, 1, code=1)


def test_report_shows_and_writes(tmp_path: Path) -> None:
    path = empty_book(tmp_path / "a.duckdb")
    with ik.open(path) as book:
        acme = book.customers.add(display_name="Acme [bold]")
        book.invoices.record(acme, number="1", date="2026-01-01", total="1234.50")
    excel, chart = tmp_path / "aging.xlsx", tmp_path / "aging.svg"
    said = run("report", path, "aging", "--as-of", "2026-03-01", "--excel", excel, "--chart", chart)
    assert "Aging of receivables by customer as of 2026-03-01" in said
    assert "Acme [bold]" in said
    assert "1,234.50" in said
    assert excel.exists()
    assert chart.exists()
    assert "Nothing to show" in run("report", path, "balances", "--as-of", "2025-01-01")
    assert "Nothing to show" in run("report", path, "balances", "--known-at", "2000-01-01")
    assert "has no --days" in run("report", path, "aging", "--days", 3, code=2)
    assert "is not a date" in run("report", path, "aging", "--as-of", "yesterday", code=1)


def test_every_report_and_everything_it_is_told_can_be_said(tmp_path: Path) -> None:
    assert sorted(name.value for name in ReportName) == sorted(definitions())
    options = set(inspect.signature(report).parameters)
    for definition in definitions().values():
        assert set(definition.signature.parameters) <= options, definition.name
    path = empty_book(tmp_path / "a.duckdb")
    with ik.open(path) as book:
        book.customers.add(display_name="Group")
        book.customers.add(display_name="Branch", parent="Group", bill_to="self", tags=["VIP"])
        book.invoices.record("Branch", number="F|1", date="2026-01-01", due_date="2026-01-31", total="1234.50")
    said = run("report", path, "aging", "--as-of", "2026-03-01", "--by", "tree", "--buckets", "15,45", "--tag", "vip")
    assert "Aging of receivables by tree (buckets [15, 45], tag vip) as of 2026-03-01" in said
    assert "Group" in said
    assert "16-45 days" in said
    for name in ("statement", "dso", "cash_forecast"):
        told = ("--customer", "2") if name == "statement" else ()
        assert "1,234.50" in run("report", path, name, *told, "--as-of", "2026-03-01"), name
    statement = run("report", path, "statement", "--customer", "2", "--as-of", "2026-03-01", "--markdown")
    assert "| 2026-01-01 | invoice | Branch | F\\|1 |" in statement
    assert "is of one customer" in run("report", path, "statement", code=1)
    assert "are no days" in run("report", path, "aging", "--buckets", "a few", code=2)


def test_a_month_end_is_one_file(tmp_path: Path) -> None:
    path = empty_book(tmp_path / "a.duckdb")
    with ik.open(path) as book:
        book.invoices.record(book.customers.add(display_name="Acme"), number="1", date="2026-01-01", total="10")
    said = run("month-end", path, tmp_path / "x" / "january.xlsx", "--as-of", "2026-01-31")
    assert "january.xlsx" in said
    assert load_workbook(tmp_path / "x" / "january.xlsx").sheetnames[0] == "Contents"
    run("month-end", path, tmp_path / "january.pdf", "--as-of", "2026-01-31", "--report", "aging", "--report", "vat")
    assert (tmp_path / "january.pdf").read_bytes().startswith(b"%PDF")
    assert "neither .xlsx nor .pdf" in run("month-end", path, tmp_path / "january.doc", code=2)


def test_print_writes_what_was_issued(tmp_path: Path) -> None:
    path, out = tmp_path / "acme.duckdb", tmp_path / "out"
    with ik.open(path) as book:
        ready_to_bill(book)
        book.customers.add(display_name="Acme", country="IE")
        said = {"customer": "Acme", "date": "2026-01-01", "lines": [{"description": "x", "unit_price": "1"}]}
        book.invoices.finalize_all([book.invoices.draft(**said) for _ in range(2)])  # type: ignore[arg-type]
        book.invoices.draft(**said)  # type: ignore[arg-type]
    assert "1 printed" in run("print", path, out, "--number", "2")
    assert "1 printed, 1 there" in run("print", path, out)
    assert "2 printed" in run("print", path, tmp_path / "facturx", "--facturx")
    assert sorted(found.name for found in out.iterdir()) == ["1.pdf", "2.pdf"]
    assert "Refused. No invoice 9 was issued" in run("print", path, out, "--number", "9", code=1)


def test_check_says_whether_anything_is_wrong(tmp_path: Path) -> None:
    import duckdb

    path = empty_book(tmp_path / "a.duckdb")
    with ik.open(path) as book:
        book.customers.add(display_name="Acme")
    assert "nothing is wrong" in run("check", path)
    with duckdb.connect(str(path)) as engine:
        engine.execute("update customers set parent = 77")
    assert "parent 77 is not among the customers" in run("check", path, code=1)


def test_backups_are_made_listed_and_put_back(tmp_path: Path) -> None:
    path = empty_book(tmp_path / "a.duckdb")
    with ik.open(path) as book:
        book.customers.add(display_name="Acme")
    assert "equal to the book row for row" in run("backup", path)
    [kept] = (tmp_path / "a.backups").iterdir()
    with ik.open(path) as book:
        book.customers.change("Acme", display_name="Oops")
    assert "newest first" in run("restore", path)
    assert "was put in its place" in run("restore", path, kept)
    with ik.open(path) as book:
        assert book.customers.list()["display_name"].tolist() == ["Acme"]
    assert "There is no backup at" in run("restore", path, tmp_path / "nowhere.duckdb", code=1)


def test_a_missing_book_is_one_sentence(tmp_path: Path) -> None:
    assert "Refused. There is no book at" in run("report", tmp_path / "no.duckdb", "aging", code=1)


@pytest.mark.parametrize("command", ["demo", "import", "report", "check", "undo"])
def test_help_teaches(command: str) -> None:
    assert "Usage" in run(command, "--help")
    assert command in run("--help")


def test_a_question_can_be_answered_on_the_command_line(tmp_path: Path) -> None:
    rows = [["Invoice no", "Customer", "Date", "Total"], ["1", "Acme", "03/04/2026", "1.234"]]
    invoices, book = text_table(tmp_path / "i.csv", rows, ";"), tmp_path / "a.duckdb"
    said = run("import", book, invoices, code=1)
    assert "A question." in said
    assert "--dates COLUMN=dmy|mdy|ymd" in said
    run("import", book, invoices, "--dates", "Date=mdy", "--decimal", "Total=,")
    assert "1,234.00" in run("report", book, "open_items", "--as-of", "2026-12-01")
    assert "not of the form COLUMN=ANSWER" in run("import", book, invoices, "--map", "Total", code=2)


def test_what_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    ik.open(empty_book(tmp_path / "a.duckdb")).close()
    said = run("report", tmp_path / "a.duckdb", "aging", "--chart", tmp_path / "x.nothing", code=2)
    assert "cannot be drawn. Name it .png, .svg or .pdf" in said.replace("│ ", "")
    (tmp_path / "file").write_text("x")
    assert "Refused." in run("demo", tmp_path / "file" / "below", code=1)
