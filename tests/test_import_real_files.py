"""Real files with known answers.

Proves M2, M4.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

import invoicekit as ik
from invoicekit.book import Book
from tests.conftest import contents

BY_YEAR = {2021: "449.46", 2022: "481.45", 2023: "469.58", 2024: "477.53", 2025: "450.58"}


@pytest.fixture
def chinook(shared_data: Path) -> Path:
    return shared_data / "chinook" / "chinook.xlsx"


def test_M2_chinook_comes_in_whole(book: Book, chinook: Path) -> None:
    receipt = book.imports.read(chinook).currency("USD").apply()
    assert receipt.created == {"customers": 59, "invoices": 412, "invoice_lines": 2240}
    assert not receipt.rejected
    assert not receipt.skipped
    total = book.sql("select sum(total) as total from invoices")["total"].iloc[0]
    assert total == Decimal("2328.60")
    years = book.sql("select year(date) as year, sum(total) as total from invoices group by year")
    assert dict(zip(years["year"], years["total"], strict=True)) == {
        year: Decimal(sum_) for year, sum_ in BY_YEAR.items()
    }
    names = book.customers.list()["display_name"]
    assert sum(not name.isascii() for name in names) == 13
    assert {"Luís Gonçalves", "František Wichterlová", "Terhi Hämäläinen", "Stanisław Wójcik"} <= set(names)
    assert book.customers.get("Bjørn Hansen")["postal_code"] == "0171"
    assert book.reports.balances(as_of="2026-01-01").totals["USD"]["balance"] == Decimal("2328.60")
    assert book.check().empty


def test_M2_chinook_a_second_time_creates_and_changes_nothing_and_says_so(book: Book, chinook: Path) -> None:
    book.imports.read(chinook).apply()
    before = contents(book)
    again = book.imports.read(chinook).apply()
    assert not again.created
    assert not again.updated
    assert again.unchanged == {"customers": 59, "invoices": 412, "invoice_lines": 2240}
    assert str(again) == (
        "chinook.xlsx: nothing created, nothing changed: the book has all of it already; "
        "not read: column SupportRepId, column InvoiceLineId."
    )
    assert contents(book) == before


def test_M4_undo_of_chinook_leaves_every_table_as_it_was(book: Book, chinook: Path) -> None:
    earlier = book.customers.add(display_name="Kara Nielsen", phone="1")
    book.invoices.record(earlier, number="1", date="2026-01-01", total="10")
    before = contents(book)
    receipt = book.imports.read(chinook).apply()
    assert receipt.created["customers"] == 58
    assert receipt.updated["customers"] == 1
    book.customers.find("Kara")
    undone = book.undo(receipt)
    assert undone.kept.empty
    assert contents(book) == before
    assert book.imports.receipt(receipt.number).created == receipt.created


def test_the_receipt_names_the_file_its_hash_and_how_it_was_read(book: Book, chinook: Path) -> None:
    import hashlib

    receipt = book.imports.read(chinook).apply()
    assert receipt.sha256 == hashlib.sha256(chinook.read_bytes()).hexdigest()
    assert len(receipt.rows) == 59 + 412 + 2240
    assert {"column": "CustomerId", "field": "external_id"}.items() <= receipt.mapping[0].items()
    assert book.imports.list()["file"].tolist() == ["chinook.xlsx"]


def test_online_retail_comes_in_and_what_does_not_is_listed_row_by_row(book: Book, shared_data: Path) -> None:
    path = shared_data / "online_retail" / "online_retail_II.xlsx"
    receipt = book.imports.read(path).currency("GBP").apply()
    told = receipt.rows[receipt.rows["table"] == "invoices"]
    refused = told[told["outcome"] == "rejected"]
    assert len(told) == 998
    assert set(told["outcome"]) == {"created", "rejected"}
    assert refused["row"].tolist() == [265, 285, 286, 472]
    assert refused["reason"].tolist() == ["it names no customer"] * 4

    sheets = load_workbook(path, read_only=True)
    in_file, in_refused = Decimal(0), Decimal(0)
    for sheet in sheets.worksheets:
        gone = set(refused[refused["sheet"] == sheet.title]["row"])
        for number, row in enumerate(sheet.iter_rows(min_row=2, values_only=True), 2):
            amount = Decimal(str(row[3])) * Decimal(str(row[5]))
            in_file += amount
            in_refused += amount if number in gone else 0
    came_in = book.sql("select sum(net) as net from invoices")["net"].iloc[0]
    assert came_in + in_refused == in_file == Decimal("29636.65")
    lines = book.sql("select count(*) as n, sum(net) as net from invoice_lines")
    assert (lines["n"].iloc[0], lines["net"].iloc[0]) == (994, came_in)
    credit = book.sql("select number, total from credit_notes order by number")
    assert len(credit) == 9
    assert all(number.startswith("C") for number in credit["number"])
    assert all(total < 0 for total in credit["total"])
    assert book.check().empty


def test_online_retail_keeps_repeated_real_sales_and_ids_as_text(book: Book, shared_data: Path) -> None:
    book.imports.read(shared_data / "online_retail" / "online_retail_II.xlsx").apply()
    assert {"85123A", "22041"} <= set(book.sql("select item from invoice_lines")["item"])
    assert not book.sql("select number from invoices where number like '%.%'").size
    again = book.imports.read(shared_data / "online_retail" / "online_retail_II.xlsx").apply()
    assert not again.created
    assert again.unchanged == {"invoices": 78, "invoice_lines": 994}


WORKBOOKS = ["date.xlsb", "date.xls", "date.ods", "issues.xls", "issues.xlsb", "issues.ods", "merge_cells.xls"]


@pytest.mark.parametrize("name", WORKBOOKS)
def test_every_kind_of_workbook_is_read(shared_data: Path, name: str) -> None:
    from invoicekit.workbooks import read_file

    sheets = read_file(shared_data / "workbooks" / name).sheets
    assert sum(any(map(any, sheet.rows(0, sheet.height))) for sheet in sheets) > 0


@pytest.mark.parametrize("name", ["date.xlsb", "date.xls"])
def test_dates_and_long_durations_keep_their_meaning(shared_data: Path, name: str) -> None:
    from invoicekit.workbooks import read_file

    texts = [text for row in read_file(shared_data / "workbooks" / name).sheets[0].rows(0, 10) for text in row]
    assert "2021-01-01" in texts
    assert "255:10:10" in texts


def test_an_empty_sheet_of_a_real_workbook_is_named(book: Book, shared_data: Path) -> None:
    with pytest.raises(ik.errors.NoTable, match="is empty"):
        book.imports.read(shared_data / "workbooks" / "empty_sheet.xlsx")
