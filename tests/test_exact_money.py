"""Money never passes through a float: followed from the workbook's bytes to the report's."""

from __future__ import annotations

import re
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from invoicekit.book import Book
from tests.workbooks import text_table, workbook


def numbers_in(path: Path) -> set[str]:
    """Return the numbers of a workbook's first sheet, given or worked out, as the very text of its XML."""
    with zipfile.ZipFile(path) as file:
        xml = file.read("xl/worksheets/sheet1.xml").decode()
    return set(re.findall(r"<c (?:(?!t=)[^>])*>(?:<f>[^<]*</f>)?<v>([^<]*)</v>", xml))


def test_three_times_ten_cents_are_thirty_cents_all_the_way(book: Book, tmp_path: Path) -> None:
    rows = [
        ["Invoice number", "Date", "Client", "Quantity", "Price"],
        ["1", "2026-01-01", "Acme", 3, 0.1],
        ["1", "2026-01-01", "Acme", 1, 0.2],
    ]
    book.imports.read(workbook(tmp_path / "a.xlsx", {"Invoices": rows})).apply()
    assert book.sql("select net from invoice_lines order by net")["net"].tolist() == [Decimal("0.2"), Decimal("0.3")]
    report = book.reports.balances(as_of="2026-02-01")
    assert report.df["balance"].tolist() == [Decimal("0.5")]
    assert "0.5" in numbers_in(report.to_excel(tmp_path / "r.xlsx"))


def test_chinooks_total_arrives_in_the_excel_report_as_it_left(book: Book, shared_data: Path, tmp_path: Path) -> None:
    book.imports.read(shared_data / "chinook" / "chinook.xlsx").apply()
    report = book.reports.balances(as_of="2026-01-01")
    assert report.totals["EUR"]["balance"] == Decimal("2328.60")
    assert sum(report.df["balance"]) == Decimal("2328.60")
    written = numbers_in(report.to_excel(tmp_path / "r.xlsx"))
    assert "2328.6" in written
    assert all(len(text) <= 9 for text in written), "an amount passed through a binary float"


def test_an_amount_beyond_a_spreadsheets_digits_is_written_as_text(book: Book, tmp_path: Path) -> None:
    huge = "12345678901234.5678"
    rows = [["Invoice number", "Date", "Client", "Total", "Currency"], ["1", "2026-01-01", "Acme", huge, "CLF"]]
    book.imports.read(text_table(tmp_path / "a.csv", rows, ";")).read_as("Total", decimal=".").apply()
    report = book.reports.balances(as_of="2026-02-01")
    assert report.df["balance"].tolist() == [Decimal(huge)]
    path = report.to_excel(tmp_path / "r.xlsx")
    with zipfile.ZipFile(path) as file:
        assert any(f">{huge}<" in file.read(name).decode() for name in file.namelist() if name.endswith(".xml"))
    assert not any(text.startswith("123456789") for text in numbers_in(path))


@pytest.mark.parametrize("text", ["0.1", "0.07", "1.005", "2328.60", "4503599627370497.5", "999999.9999"])
def test_no_column_of_amounts_is_a_float(book: Book, text: str) -> None:
    acme = book.customers.add(display_name="Acme")
    if len(text) > 16:
        with pytest.raises(Exception, match="out of range"):
            book.invoices.record(acme, number="1", date="2026-01-01", total=text)
        return
    book.invoices.record(acme, number="1", date="2026-01-01", total=text, currency="CLF")
    frames = [
        book.invoices.list(), book.payments.list(), book.sql("select * from entries"),
        *(book.reports.run(name).df for name in ("balances", "open_items", "aging")),
    ]  # fmt: skip
    for frame in frames:
        assert not [name for name, kind in frame.dtypes.items() if "float" in str(kind) or "double" in str(kind)]
    assert frames[3]["balance"].tolist() == [Decimal(text)]


def test_no_source_of_the_package_makes_a_float_of_an_amount() -> None:
    """Bars of a chart are lengths on a screen; nothing else is."""
    package = Path(__file__).parents[1] / "invoicekit"
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(r"\bfloat\(|\.df\(\)|astype\(float|to_numpy\(", path.read_text(encoding="utf-8"))
    }
    assert found == {"reports/chart.py"}
