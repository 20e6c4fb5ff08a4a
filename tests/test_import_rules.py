"""How files are understood: headings, values, matching, keys.

Proves C12, C17, S1.11, S1.12, S1.13, S1.17, S1.18, S2.10.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicekit.book import Book
from invoicekit.imports.headings import means
from invoicekit.imports.locale import Locale, date_order, decimal_mark
from invoicekit.imports.values import read_column
from invoicekit.schema import LANGUAGES, TABLES
from invoicekit.workbooks.columns import number_text
from tests.workbooks import text_table, workbook

TODAY = date(2026, 11, 1)


def read(table: str, field: str, texts: list[str], *, native: bool = False, **how: str) -> list[object]:
    cells = pa.array(texts, pa.string())
    found = read_column(TABLES[table].field(field), cells, pa.array([native] * len(texts)), Locale(**how), TODAY)
    return found.values.to_pylist()


# Headings


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", ["customers", "payments"])
def test_S1_11_every_label_is_understood_in_every_language(table: str, language: str) -> None:
    for field in TABLES[table].importable:
        if field.name == "customer":
            continue
        assert field.name in [said.field for said in means(table, field.title(language))], field.title(language)


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("CustomerId", "external_id"), ("N° client", "external_id"), ("KUNDEN-NR.", "external_id"),
        ("  Raison Sociale ", "display_name"), ("Razón social", "display_name"), ("E-Mail-Adresse", "email"),
        ("Telefone", "phone"), ("Straße", "address"), ("C.P.", "postal_code"), ("Zahlungsziel (Tage)", "terms"),
    ],
)  # fmt: skip
def test_headings_as_people_write_them(heading: str, field: str) -> None:
    assert means("customers", heading)[0].field == field


def test_a_close_heading_is_suggested_with_its_score_and_reason() -> None:
    [best, *_] = means("customers", "Postal codes")
    assert best.field == "postal_code"
    assert 86 <= best.score < 100
    assert best.reason.startswith('"Postal codes" is close to "')


# Values


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1 234,50", ",", "1234.5"), ("1.234,50 €", ",", "1234.5"), ("1\u202f234,5", ",", "1234.5"), ("EUR 12", ",", "12"),
        ("(12.50)", ".", "-12.5"), ("12.50-", ".", "-12.5"), ("-1,020.00", ".", "-1020"), ("1'234.5", ".", "1234.5"),
        ("$ 3", ".", "3"), ("MX$3.10", ".", "3.1"), (".5", ".", "0.5"), ("£1,000,000", ".", "1000000"), ("−7", ".", "-7"),
        ("0.10", ".", "0.1"),
    ],
)  # fmt: skip
def test_amounts_as_people_write_them(text: str, decimal: str, value: str) -> None:
    assert read("invoices", "total", [text], decimal=decimal) == [Decimal(value)]


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("1,234.5", ","),
        ("1.234,50", "."),
        ("12,34,567", "."),
        ("1,23", "."),
        ("abc", "."),
        ("12 EURO", "."),
        ("1e5", "."),
    ],
)
def test_an_amount_that_does_not_fit_is_no_guess(text: str, decimal: str) -> None:
    assert read("invoices", "total", [text], decimal=decimal) == [None]


def test_a_numeric_cell_is_read_with_a_point_whatever_the_column_writes() -> None:
    assert read("invoices", "total", ["1.234"], native=True, decimal=",") == [Decimal("1.234")]


@given(st.decimals(min_value=-(10**10), max_value=10**10, places=2, allow_nan=False))
def test_a_numeric_cell_gives_back_the_decimal_that_was_typed(value: Decimal) -> None:
    assert Decimal(number_text(float(value))) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (12345678901234.0, "12345678901234"),
        (1e-7, "0.0000001"),
        (85048.0, "85048"),
        (2328.6, "2328.6"),
    ],
)
def test_numeric_cells_have_fifteen_digits_and_no_exponent(value: float, text: str) -> None:
    assert number_text(value) == text


def test_more_decimals_than_are_kept_are_rounded_with_a_word() -> None:
    found = read_column(
        TABLES["invoices"].field("total"), pa.array(["33.33335"]), pa.array([True]), Locale(decimal="."), TODAY
    )
    assert found.values.to_pylist() == [Decimal("33.3334")]
    assert found.warnings.to_pylist() == ["was rounded to 33.3334"]


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2026-03-04", "mdy", "2026-03-04"), ("2026-03-04 10:30:00", "dmy", "2026-03-04"), ("2026/3/4", "dmy", "2026-03-04"),
        ("03/04/2026", "dmy", "2026-04-03"), ("03/04/2026", "mdy", "2026-03-04"), ("3.4.26", "dmy", "2026-04-03"),
        ("1/2/99", "dmy", "1999-02-01"), ("14 Mar 2026", "dmy", "2026-03-14"), ("Mar 14, 2026", "dmy", "2026-03-14"),
        ("1er août 2026", "dmy", "2026-08-01"), ("5 de enero de 2026", "dmy", "2026-01-05"), ("12. März 2026", "dmy", "2026-03-12"),
        ("9 janv. 2026", "dmy", "2026-01-09"),
    ],
)  # fmt: skip
def test_dates_as_people_write_them(text: str, order: str, day: str) -> None:
    assert read("invoices", "date", [text], order=order) == [date.fromisoformat(day)]


@pytest.mark.parametrize("text", ["31/02/2026", "2026-13-01", "45000", "tomorrow", "1/2", "12/2026"])
def test_what_is_no_date_is_no_guess(text: str) -> None:
    assert read("invoices", "date", [text], order="dmy") == [None]


def test_a_day_number_in_a_numeric_cell_is_a_date_and_says_so() -> None:
    found = read_column(
        TABLES["invoices"].field("date"), pa.array(["46023"]), pa.array([True]), Locale(order="dmy"), TODAY
    )
    assert found.values.to_pylist() == [date(2026, 1, 1)]
    assert found.warnings.to_pylist() == ["is a day number, read as 2026-01-01"]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("NET_30", "NET_30"), ("Net 30", "NET_30"), ("30 days", "NET_30"), ("45 jours", "NET_45"), ("15 días", "NET_15"),
        ("30", "NET_30"), ("14 Tage netto", "NET_14"), ("due on receipt", "DUE_ON_RECEIPT"), ("à réception", "DUE_ON_RECEIPT"),
        ("contado", "DUE_ON_RECEIPT"), ("sofort", "DUE_ON_RECEIPT"), ("30 jours fin de mois", "END_OF_MONTH_30"),
        ("end of month", "END_OF_MONTH_0"), ("fin de mois le 15", "END_OF_MONTH_15"), ("quand il veut", None),
    ],
)  # fmt: skip
def test_S2_10_terms_as_people_write_them(text: str, terms: str | None) -> None:
    assert read("customers", "terms", [text]) == [terms]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("France", "FR"),
        ("México", "MX"),
        ("Royaume-Uni", "GB"),
        ("USA", "US"),
        ("Deutschland", "DE"),
        ("fr", "FR"),
        ("Narnia", "Narnia"),
    ],
)
def test_countries_by_any_of_their_names(text: str, code: str) -> None:
    assert read("customers", "country", [text]) == [code]


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1,50"], ","),
        (["1.50"], "."),
        (["1.234,5"], ","),
        (["1,234.5"], "."),
        (["1.234"], None),
        (["12"], "."),
        (["1,5", "2,25", "1.25"], None),
    ],
)
def test_the_decimal_mark_is_decided_for_the_whole_column(texts: list[str], mark: str | None) -> None:
    assert decimal_mark(pa.array(texts)).decimal == mark


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["13/01/2026", "02/03/2026"], "dmy"),
        (["01/13/2026"], "mdy"),
        (["02.03.2026"], "dmy"),
        (["02/03/2026"], None),
        (["05/05/2026"], "dmy"),
    ],
)
def test_the_order_of_dates_is_decided_for_the_whole_column(texts: list[str], order: str | None) -> None:
    assert date_order(pa.array(texts)).order == order


# Files


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_text_tables_of_every_habit(book: Book, tmp_path: Path, delimiter: str, encoding: str) -> None:
    rows = [["Numéro client", "Nom", "Ville"], ["0007", "Société Éole", "Orléans"], ["0008", "Müller", ""]]
    book.imports.read(text_table(tmp_path / "a.csv", rows, delimiter, encoding), into="customers").apply()
    assert book.customers.list()["display_name"].tolist() == ["Müller", "Société Éole"]
    assert book.customers.get("Müller")["external_id"] == "0008"


def test_the_name_of_a_file_does_not_decide_what_it_is(book: Book, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"Clients": [["Name"], ["Acme"]]})
    path.rename(tmp_path / "a.csv")
    book.imports.read(tmp_path / "a.csv", into="customers").apply()
    assert len(book.customers.list()) == 1


def test_ids_with_zeros_long_digits_and_dates_survive_a_mixed_column(book: Book, tmp_path: Path) -> None:
    rows = [["No", "Name", "Notes"], ["00012", "A", datetime(2026, 5, 1)], [12, "B", 0.5], [12345678901234, "C", True]]
    book.imports.read(workbook(tmp_path / "a.xlsx", {"Customers": rows})).apply()
    found = book.sql("select external_id, notes from customers order by display_name")
    assert found["external_id"].tolist() == ["00012", "12", "12345678901234"]
    assert found["notes"].tolist() == ["2026-05-01", "0.5", "TRUE"]


def test_S1_12_rows_are_chosen_and_columns_mapped_by_hand(book: Book, tmp_path: Path) -> None:
    rows = [["Wer", "Was", "Phone"], ["Acme", "x", "1"], ["Zebra", "y", "2"]]
    plan = book.imports.read(workbook(tmp_path / "a.xlsx", {"S": rows}), into="customers", header_row=1)
    receipt = plan.map("Wer", to="display_name").map("Was", to="notes").map("Phone", to=None).skip(rows=[3]).apply()
    assert receipt.created == {"customers": 1}
    assert receipt.skipped == {"customers": 1}
    held = book.customers.get("Acme")
    assert (held["notes"], held["phone"]) == ("x", None)


def test_S1_13_what_was_announced_is_what_is_written(book: Book, sample: Path) -> None:
    plan = book.imports.read(sample / "despacho_puebla.xlsx")
    announced = plan.preview
    assert book.operations().empty
    assert announced.equals(plan.apply().rows)


def test_an_update_changes_what_the_file_says_and_an_empty_cell_changes_nothing(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme", external_id="1", phone="old", city="Lyon")
    rows = [["Customer number", "Name", "Phone", "City"], ["1", "Acme International", "new", ""]]
    receipt = book.imports.read(text_table(tmp_path / "a.csv", rows), into="customers").apply()
    assert receipt.updated == {"customers": 1}
    held = book.customers.get("Acme International")
    assert (held["phone"], held["city"]) == ("new", "Lyon")
    book.undo(receipt)
    assert book.customers.get("Acme")["phone"] == "old"


def test_S1_18_parents_come_first_whatever_the_order_and_by_number_or_name(book: Book, tmp_path: Path) -> None:
    rows = [
        ["No", "Name", "Parent"],
        ["3", "Leaf", "Branch"],
        ["2", "Branch", "1"],
        ["1", "Root", ""],
        ["4", "Lost", "Nowhere"],
        ["5", "Below lost", "4"],
    ]
    receipt = book.imports.read(text_table(tmp_path / "a.csv", rows), into="customers").apply()
    assert receipt.created == {"customers": 3}
    rejected = receipt.rows[receipt.rows["outcome"] == "rejected"].set_index("row")["reason"].to_dict()
    assert rejected[5] == 'its main customer "Nowhere" is neither in the file nor in the book'
    assert rejected[6] == 'its main customer "4" is neither in the file nor in the book'
    assert book.customers.get("Leaf")["parent"] == book.customers.get("Branch")["id"]


def test_S1_17_a_tree_too_deep_is_refused_on_import(book: Book, tmp_path: Path) -> None:
    rows = [["No", "Name", "Parent"], *[[str(n), f"Level {n}", str(n - 1) if n else ""] for n in range(7)]]
    receipt = book.imports.read(text_table(tmp_path / "a.csv", rows), into="customers").apply()
    assert receipt.created == {"customers": 5}
    assert receipt.rejected == {"customers": 2}


def test_an_invoice_is_refused_whole_when_one_of_its_lines_is(book: Book, tmp_path: Path) -> None:
    rows = [
        ["Invoice number", "Date", "Client", "Description", "Quantity", "Price"],
        ["1", "2026-01-01", "Acme", "good", "1", "5"],
        ["1", "2026-01-01", "Acme", "bad", "one", "5"],
        ["2", "2026-01-01", "Acme", "fine", "2", "5"],
    ]
    receipt = book.imports.read(text_table(tmp_path / "a.csv", rows)).apply()
    told = receipt.rows[receipt.rows["table"] == "invoices"].to_dict("records")
    assert [row["outcome"] for row in told] == ["rejected", "rejected", "created"]
    assert (
        told[0]["reason"] == 'row 3 of the same invoice: Quantity "one" is not a number written with the decimal mark .'
    )
    assert told[1]["reason"].startswith('Quantity "one"')
    assert book.invoices.list()["total"].tolist() == [Decimal(10)]


def test_an_issued_invoice_does_not_change_by_another_import(book: Book, tmp_path: Path) -> None:
    head = ["Invoice number", "Date", "Client", "Total"]
    book.imports.read(text_table(tmp_path / "a.csv", [head, ["1", "2026-01-01", "Acme", "10"]])).apply()
    receipt = book.imports.read(text_table(tmp_path / "a.csv", [head, ["1", "2026-01-01", "Acme", "12"]])).apply()
    assert not receipt.created
    [row] = receipt.rows.to_dict("records")
    assert row["reason"] == (
        "the book has it with a total of 10, the file says 12; an issued invoice does not change: undo its import first"
    )


def test_a_line_that_differs_is_noticed(book: Book, tmp_path: Path) -> None:
    head = ["Invoice number", "Date", "Client", "Description", "Price"]
    book.imports.read(text_table(tmp_path / "a.csv", [head, ["1", "2026-01-01", "Acme", "Call", "10"]])).apply()
    receipt = book.imports.read(
        text_table(tmp_path / "a.csv", [head, ["1", "2026-01-01", "Acme", "Letter", "10"]])
    ).apply()
    assert receipt.rows["reason"].tolist()[0].startswith("its lines differ from those in the book")


def test_totals_that_do_not_tie_are_said_with_both_figures(book: Book, tmp_path: Path) -> None:
    sheets = {
        "Invoices": [["Invoice number", "Date", "Customer name", "Total"], ["1", date(2026, 1, 1), "Acme", 11]],
        "Lines": [["Invoice number", "Description", "Price"], ["1", "Call", 10]],
    }
    plan = book.imports.read(workbook(tmp_path / "a.xlsx", sheets))
    assert plan.problems["problem"].tolist() == ["lines and tax make 10, the invoice says 11"]
    plan.apply()
    assert book.invoices.list()["total"].tolist() == [Decimal(11)]


def test_C12_C17_two_clients_and_two_sources_may_hold_one_number(book: Book, tmp_path: Path) -> None:
    head = ["Invoice number", "Date", "Client", "Total"]
    rows = [head, ["96543", "2026-01-01", "Acme", "10"], ["96543", "2026-01-01", "Zebra", "20"]]
    assert book.imports.read(text_table(tmp_path / "a.csv", rows)).apply().created["invoices"] == 2
    other = book.imports.read(text_table(tmp_path / "a.csv", rows), source="the other program").apply()
    assert other.created == {"invoices": 2}


def test_two_customers_of_one_name_are_told_apart_by_number_in_their_invoices(book: Book, tmp_path: Path) -> None:
    customers = [["Customer number", "Name"], ["1", "Smith"], ["2", "Smith"]]
    book.imports.read(text_table(tmp_path / "c.csv", customers), into="customers").same_names("separate").apply()
    rows = [
        ["Invoice number", "Date", "Customer number", "Customer name", "Total"],
        ["A", "2026-01-01", "2", "Smith", "5"],
    ]
    book.imports.read(text_table(tmp_path / "i.csv", rows)).apply()
    assert book.invoices.list()["customer"].tolist() == ["Smith (2)"]


def test_a_customer_entered_by_hand_is_found_by_name_and_given_its_number(book: Book, tmp_path: Path) -> None:
    acme = book.customers.add(display_name="Acme")
    rows = [
        ["Invoice number", "Date", "Customer number", "Customer name", "Total"],
        ["A", "2026-01-01", "77", "ACME", "5"],
    ]
    book.imports.read(text_table(tmp_path / "i.csv", rows)).apply()
    assert len(book.customers.list()) == 1
    assert book.customers.get(acme)["external_id"] == "77"


def test_a_missing_currency_is_the_customers_or_else_the_books(book: Book, tmp_path: Path) -> None:
    book.settings.currency = "GBP"
    book.customers.add(display_name="Acme", currency="MXN")
    rows = [
        ["Invoice number", "Date", "Client", "Total"],
        ["1", "2026-01-01", "Acme", "5"],
        ["2", "2026-01-01", "Zebra", "5"],
    ]
    book.imports.read(text_table(tmp_path / "i.csv", rows)).apply()
    listed = book.sql("select number, currency from invoices order by number")
    assert listed["currency"].tolist() == ["MXN", "GBP"]


def test_payments_find_their_invoice_repeat_honestly_and_are_not_doubled(book: Book, tmp_path: Path) -> None:
    invoices = [["Invoice number", "Date", "Client", "Total"], ["1", "2026-01-01", "Acme", "30"]]
    book.imports.read(text_table(tmp_path / "i.csv", invoices)).apply()
    rows = [
        ["Payment date", "Client", "For invoice", "Amount"],
        *[["2026-01-05", "Acme", "1", "10"]] * 2,
        ["2026-01-06", "", "1", "3"],
    ]
    path = text_table(tmp_path / "p.csv", rows)
    assert book.imports.read(path).apply().created == {"payments": 3}
    assert book.imports.read(path).apply().unchanged == {"payments": 3}
    assert book.reports.open_items(as_of="2026-02-01").df["amount"].tolist() == [Decimal(7)]


def test_an_inactive_mark_is_a_date_or_a_yes(book: Book, tmp_path: Path) -> None:
    rows = [["Name", "Inactive"], ["A", "yes"], ["B", "no"], ["C", "15/01/2026"], ["D", ""], ["E", "perhaps"]]
    receipt = book.imports.read(text_table(tmp_path / "a.csv", rows), into="customers").apply()
    assert book.customers.list()["display_name"].tolist() == ["B", "D"]
    assert book.customers.get("C")["inactive_since"] == date(2026, 1, 15)
    assert receipt.rejected == {"customers": 1}
