"""The sample books of three offices: what messy files hold, and what becomes of it.

Proves M2, M4, S1.42.
"""

from __future__ import annotations

import importlib.util
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from invoicekit.book import Book
from invoicekit.demo import FILES
from invoicekit.errors import QuestionsOpen
from invoicekit.workbooks import read_file
from tests.conftest import contents


def test_the_generator_makes_the_very_cells_that_are_kept(sample: Path, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("make", sample / "make.py")
    assert spec is not None
    assert spec.loader is not None
    make: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    make.HERE = tmp_path
    make.main()
    for name in FILES:
        made, kept = read_file(tmp_path / name).sheets, read_file(sample / name).sheets
        assert [sheet.rows(0, sheet.height) for sheet in made] == [sheet.rows(0, sheet.height) for sheet in kept], name


def test_title_rows_a_child_before_its_parent_leading_zeros_and_a_totals_row(book: Book, sample: Path) -> None:
    plan = book.imports.read(sample / "clients_lyon.xlsx")
    assert plan.tables[0].header_row == 4
    receipt = plan.same_names("separate").apply()
    assert receipt.created == {"customers": 15}
    assert book.customers.get("Lavigne Transport")["parent"] == book.customers.get("Groupe Lavigne")["id"]
    assert book.customers.get("Groupe Lavigne")["external_id"] == "00001"
    assert book.customers.get("Boulangerie Martin")["postal_code"] == "01000"
    assert book.customers.get("Imprimerie Vasseur")["terms"] == "NET_60"
    reasons = receipt.rows[receipt.rows["reason"].notna()].set_index("row")["reason"].to_dict()
    assert reasons == {
        21: "it repeats row 9",
        22: "it has neither a name nor a number",
        23: 'Conditions de paiement "quand il veut" are no terms; write NET_30, END_OF_MONTH_15 or DUE_ON_RECEIPT',
        24: "it holds totals",
    }


def test_S1_42_one_name_with_two_numbers_is_a_question(book: Book, sample: Path) -> None:
    plan = book.imports.read(sample / "clients_lyon.xlsx")
    before = contents(book)
    with pytest.raises(QuestionsOpen, match='row 8 has the same name, "Boulangerie Martin".*same_names'):
        plan.apply()
    assert contents(book) == before
    assert plan.problems["severity"].tolist()[0] == "question"
    plan.same_names("separate").apply()
    assert len(book.customers.find("Boulangerie Martin")) == 2


def test_one_name_with_two_numbers_may_be_one_customer(book: Book, sample: Path) -> None:
    receipt = book.imports.read(sample / "clients_lyon.xlsx").same_names("same").apply()
    assert receipt.created == {"customers": 14}
    assert len(book.customers.find("Boulangerie Martin")) == 1


def test_decimal_commas_text_dates_and_percent_signs_are_read_as_meant(practice: Book) -> None:
    rows = practice.sql("select distinct unit_price, tax_rate from invoice_lines where description like 'Rédaction%'")
    assert rows["unit_price"].tolist() == [Decimal("1250.5")]
    assert rows["tax_rate"].tolist() == [Decimal(20)]


def test_totals_of_the_three_offices_tie_to_their_files(practice: Book) -> None:
    """The totals row of Leeds, and IVA at 16 % of Puebla, are the files' own words."""
    sums = practice.sql(
        "select currency, sum(net) as net, sum(tax) as tax, sum(total) as total from invoices group by currency"
    )
    by_currency = sums.set_index("currency")
    assert by_currency.loc["GBP", "total"] == Decimal("165100.86")
    assert by_currency.loc["MXN", "net"] * Decimal("1.16") == by_currency.loc["MXN", "total"]
    assert practice.check().empty


def test_every_row_of_every_file_has_one_outcome(practice: Book, sample: Path) -> None:
    for number, name in enumerate(FILES, 1):
        receipt = practice.imports.receipt(number)
        for sheet in read_file(sample / name).sheets:
            told = receipt.rows[receipt.rows["sheet"] == sheet.sheet]
            own = told[~((told["table"] == "customers") & (sheet.sheet not in ("Clients", "Clientes")))]
            rows = sheet.rows(0, sheet.height)
            filled = [place for place, row in enumerate(rows, 1) if any(row)]
            assert sorted(own["row"]) == [place for place in filled if place >= min(own["row"])], name
            assert own["row"].is_unique


@pytest.mark.parametrize("name", FILES)
def test_M2_every_file_a_second_time_creates_nothing(practice: Book, sample: Path, name: str) -> None:
    with practice._store.trial("again"):
        before = contents(practice)
        plan = practice.imports.read(sample / name).same_names("separate")
        receipt = plan.apply()
        assert not receipt.created, receipt
        assert not receipt.updated, receipt
        assert contents(practice) == before


def test_M4_the_imports_undone_last_first_leave_an_empty_book(book: Book, sample: Path) -> None:
    receipts = [book.imports.read(sample / name).same_names("separate").apply() for name in FILES]
    for receipt in reversed(receipts):
        assert book.undo(receipt).kept.empty
    assert not any(contents(book).values())
    assert book.check().empty
