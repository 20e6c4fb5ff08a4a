"""Files of all kinds that were once taken wrongly, each as it was met."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.errors import FileMissing, InvalidValue, NoTable
from tests.conftest import empty_book
from tests.workbooks import workbook


@pytest.fixture
def read(book: Book, tmp_path: Path) -> Callable[..., Any]:
    def of(text: str, name: str = "a.csv", **how: Any):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return book.imports.read(tmp_path / name, **how)

    return of


_HEAD = "Invoice number,Customer,Invoice date,Description,Quantity,{}\n"
_LINES = _HEAD + "A1,Acme,2026-01-05,work,1,{}\nA1,Acme,2026-01-05,travel,1,{}\n"


def test_one_amount_in_every_row_of_an_invoice_may_be_each_lines(book: Book, read: Callable[..., Any]) -> None:
    plan = read(_LINES.format("Amount", "100", "100"))
    assert plan.preview["outcome"].tolist() == ["rejected"] * 2
    assert 'plan.map("...", to="line.net"), or of the invoice, to="total"' in plan.problems["problem"].iloc[0]
    assert plan.map("Amount", to="line.net").apply().created == {"customers": 1, "invoices": 1, "invoice_lines": 2}
    assert str(book.invoices.get(1)["total"]) == "200.0000"


def test_one_tax_in_every_row_of_an_invoice_may_be_each_lines(read: Callable[..., Any]) -> None:
    plan = read(_LINES.format("Line amount,Tax", "100,20", "100,20"))
    assert "all say a tax of 20" in plan.problems["problem"].iloc[0]
    assert plan.map("Tax", to="tax").preview["outcome"].tolist() == ["created"] * 3


@pytest.mark.parametrize("amount", ["120.00 TTC", "HT 50", "CR 5.00", "DR 7", "XX 1", "100 ABC"])
def test_letters_beside_an_amount_are_no_currency_because_they_stand_there(
    read: Callable[..., Any], amount: str
) -> None:
    plan = read(f"Invoice number,Customer,Invoice date,Total\nN1,Acme,2026-01-05,{amount}\n")
    assert plan.problems[["severity"]].values.tolist() == [["error"]]
    assert "names a currency there is none of" in plan.problems["problem"].iloc[0]


@pytest.mark.parametrize(("amount", "currency"), [("R$ 10", "BRL"), ("A$5", "AUD"), ("CHF 7", "CHF"), ("7 EUR", "EUR")])
def test_signs_of_currencies_mean_the_currency(
    book: Book, read: Callable[..., Any], amount: str, currency: str
) -> None:
    read(f"Invoice number,Customer,Invoice date,Total\nN1,Acme,2026-01-05,{amount}\n").apply()
    assert book.invoices.get(1)["currency"] == currency


def test_a_table_above_one_with_more_headings_is_not_dropped(book: Book, tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Customer number", "Name", "City"],
        ["1", "Acme", "Lyon"],
        ["2", "Zed", "Paris"],
        [],
        ["Invoice number", "Customer", "Invoice date", "Due date", "Total"],
        ["A1", "Acme", "2026-01-05", "2026-02-05", 100],
    ]
    receipt = book.imports.read(workbook(tmp_path / "a.xlsx", {"Sheet1": rows})).apply()
    assert receipt.created == {"customers": 2, "invoices": 1}


def test_corrections_stand_however_often_the_file_comes_and_whatever_came_between(
    book: Book, read: Callable[..., Any]
) -> None:
    head = "Customer number,Name,City,Email\n"
    read(head + "1,Acme,Lyon,a@x.co\n").apply()
    book.customers.change(1, city="Marseille")
    newer = head + "1,Acme,Lyon,new@x.co\n"
    for _ in range(3):
        read(newer).apply()
        assert [book.customers.get(1)[name] for name in ("city", "email")] == ["Marseille", "new@x.co"]
    book.customers.change(1, email=None)
    assert read(newer).apply().unchanged == {"customers": 1}
    assert book.customers.get(1)["email"] is None
    assert read(head + "1,Acme,Nice,new@x.co\n").apply().updated == {"customers": 1}
    assert book.customers.get(1)["city"] == "Nice"


def test_corrections_of_people_and_matters_stand_too(book: Book, read: Callable[..., Any]) -> None:
    book.customers.add(display_name="Acme")
    people = "Customer,Name,Role,Email\nAcme,Ann Lee,CFO,ann@x.co\n"
    read(people, into="contact_persons").apply()
    book.people.change(1, role="CEO")
    assert read(people, into="contact_persons").apply().unchanged == {"contact_persons": 1}
    matters = "Matter number,Title,Clients,Responsible\nM1,Site,Acme,Ann\n"
    read(matters).apply()
    with book.operation("change matter") as op:
        op.update("matters", [{"id": 1, "responsible": book.users.add("Bo")}])
    assert read(matters).apply().unchanged == {"matters": 1}


def test_headings_that_differ_in_brackets_alone_are_told_apart_the_next_time(
    book: Book, read: Callable[..., Any]
) -> None:
    head = "Invoice number,Customer,Invoice date,Amount (net),Amount (gross)\n"
    plan = read(head + "1,Acme,2026-01-05,100.00,120.00\n", into="invoices")
    plan.map("Amount (net)", to="net").map("Amount (gross)", to="total").apply()
    read(head + "2,Acme,2026-02-05,100.00,120.00\n").apply()
    assert [str(book.invoices.get(2)[name]) for name in ("net", "total")] == ["100.0000", "120.0000"]


def test_a_confirmed_join_holds_whatever_the_case_of_its_headings(book: Book, read: Callable[..., Any]) -> None:
    read("Customer number,Name,Rue,Bat\n1,Acme,1 rue X,B\n").map("Rue", "Bat", to="address").apply()
    read("Customer number,NAME,RUE,BAT\n2,Zed,2 rue Y,C\n").apply()
    assert book.customers.get("Zed")["address"] == "2 rue Y, C"


def test_what_was_said_of_one_files_values_is_not_kept_for_the_next(book: Book, read: Callable[..., Any]) -> None:
    head = "Invoice number,Customer,Invoice date,Total\n"
    read(head + "A1,Acme,05/01/2026,10.00\n", into="invoices").read_as("Invoice date", order="dmy").set(
        "currency", "MXN"
    ).apply()
    read(head + "A2,Acme,01/25/2026,10.00\nA3,Acme,01/02/2026,10.00\n", into="invoices").apply()
    assert [str(book.invoices.get(number)["date"]) for number in (2, 3)] == ["2026-01-25", "2026-01-02"]
    assert book.invoices.get(2)["currency"] == "EUR"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("Sales invoice", "Awaiting Payment"),
        ("Customer Invoice", "Posted"),
        ("Invoice", "Partial/Deposit"),
        ("invoice", "Not Paid"),
    ],
)
def test_words_of_other_programs_are_understood(read: Callable[..., Any], kind: str, status: str) -> None:
    plan = read(f"Invoice number,Customer,Invoice date,Total,Type,Status\nA1,Acme,16/Jul/2026,10,{kind},{status}\n")
    assert plan.preview["outcome"].tolist()[-1] == "created"


def test_what_was_cancelled_is_left_out_in_words(read: Callable[..., Any]) -> None:
    plan = read("Invoice number,Customer,Invoice date,Total,Status\nA1,Acme,2026-07-16,10,Voided\n")
    assert "says that it was cancelled" in plan.problems["problem"].iloc[0]


def test_a_column_without_a_heading_does_not_cut_a_table_in_two(book: Book, read: Callable[..., Any]) -> None:
    plan = read(
        "Customer number,Name,City,,Company,Phone\n1,Acme,Lyon,VIP,Acme Holding,123\n2,Zed,Paris,,Zed Group,456\n"
    )
    assert len(plan.tables) == 1
    assert "stands under no heading" in plan.problems["problem"].iloc[0]


def test_an_annotated_file_is_imported_like_the_first_and_keeps_what_was_in_it(book: Book, tmp_path: Path) -> None:
    import openpyxl
    from openpyxl.comments import Comment

    path = workbook(
        tmp_path / "c.xlsx",
        {"Clients": [["Customer number", "Name", "Email"], ["1", "Acme", "bad"], ["2", "Zed", "z@z.fr"]]},
    )
    file = openpyxl.load_workbook(path)
    file["Clients"]["C2"].comment = Comment("my own remark", "ana")
    file.save(path)
    made = book.imports.read(path).annotate(tmp_path / "out.xlsx")
    assert openpyxl.load_workbook(made)["Clients"]["C2"].comment.text.startswith("my own remark")
    assert book.imports.read(made).apply().created == {"customers": 2}
    text = tmp_path / "f.csv"
    text.write_text("Customer number,Name,Email\n007,=cmd|x,bad\n", encoding="utf-8")
    book.imports.read(text).apply()
    assert book.imports.read(book.imports.read(text).annotate(tmp_path / "o.xlsx")).apply().unchanged == {
        "customers": 1
    }


@pytest.mark.parametrize("word", ["Total", "GRAND TOTAL:", "TOTAL (EUR)", "Total Customers"])
def test_totals_of_a_list_of_customers_are_no_customer(read: Callable[..., Any], word: str) -> None:
    plan = read(f"Name,City,Phone\nAcme,Lyon,10\nZed,Paris,10\n{word},,20\n")
    assert plan.preview["outcome"].tolist() == ["created", "created", "skipped"]


def test_a_number_found_by_tax_id_leads_there_from_then_on(book: Book, read: Callable[..., Any]) -> None:
    read("Customer number,Name,Tax id\n1,Acme SA,FR40303265045\n", source="S").apply()
    read("Customer number,Name,Tax id\nT77,ACME (France),FR 40 303 265 045\n", source="T").match("tax_id").policy(
        "create"
    ).apply()
    read(
        "Invoice number,Customer number,Invoice date,Total\nX1,T77,2026-01-05,10\n", into="invoices", source="T"
    ).apply()
    assert book.invoices.get(1)["customer"] == 1


def test_rows_that_go_on_with_an_invoice_need_not_name_it_again(book: Book, read: Callable[..., Any]) -> None:
    rows = "Number,Customer,Invoice Date,Product,Quantity,Unit Price\nINV/1,Azure,2026-01-05,Desk,1,100.00\n,,,Chair,2,25.00\n"
    assert read(rows, into="invoices").apply().created["invoice_lines"] == 2
    assert str(book.invoices.get(1)["total"]) == "150.0000"


def test_an_export_with_a_file_too_many_or_too_few_is_never_half_taken(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme", city="''")
    out = book.export(tmp_path / "e")
    (out / "notes.txt").write_text("hello", encoding="utf-8")
    with ik.open(empty_book(tmp_path / "new.duckdb")) as other:
        other.imports.read(out).apply()
        assert len(book.diff(other)) == 0
    (out / "customers.csv").rename(out / "clients.csv")
    with (
        ik.open(empty_book(tmp_path / "more.duckdb")) as other,
        pytest.raises(NoTable, match="its customers are missing or have lost"),
    ):
        other.imports.read(out)
    # Of one file, which is read at once: a folder is one for each table.
    whole = book.export(tmp_path / "e.xlsx")
    file = openpyxl.load_workbook(whole)
    [heading] = [cell for cell in file["customers"][1] if cell.value == "display_name"]
    heading.value = "called"
    file.save(whole)
    with (
        ik.open(empty_book(tmp_path / "last.duckdb")) as other,
        pytest.raises(NoTable, match="its customers have other headings: called, display_name"),
    ):
        other.imports.read(whole)


def test_wrong_calls_are_answered_in_words(read: Callable[..., Any], tmp_path: Path) -> None:
    plan = read("Name,City\nAcme,Lyon\n")
    for call in (
        lambda: plan.skip(5), lambda: plan.set("currency", 5), lambda: plan.set("currency", None), lambda: plan.currency(None),
        lambda: plan.split("City", into=["city", "postal_code"], by=""), lambda: plan.only(lambda rows: 1 / 0).preview,
    ):  # fmt: skip
        with pytest.raises(InvalidValue):
            call()
    for call in (
        lambda: plan.annotate(tmp_path / "no" / "a.xlsx"),
        lambda: plan.export_mapping(tmp_path / "no" / "a.json"),
    ):
        with pytest.raises(FileMissing, match="cannot be written"):
            call()
    for odd in ('{"join": [{"to": "address"}]', '{"split": [{"column": "City", "into": ["town"]}]', '{"only": ["x"]'):
        (tmp_path / "m.json").write_text(odd + ', "into": "customers", "columns": {}}', encoding="utf-8")
        with pytest.raises(InvalidValue):
            plan.use_mapping(tmp_path / "m.json")


def test_the_example_of_a_template_is_known_wherever_it_stands_and_whatever_was_typed_over(
    book: Book, tmp_path: Path
) -> None:
    import openpyxl

    path = book.imports.template("customers", tmp_path / "t.xlsx")
    file = openpyxl.load_workbook(path)
    sheet = file.active
    assert sheet is not None
    places = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, places["City"], "Paris")
    sheet.insert_rows(2)
    sheet.cell(2, places["Name"], "Real")
    file.save(path)
    assert book.imports.read(path).preview["outcome"].tolist() == ["created", "skipped"]


def test_two_files_of_one_name_are_told_apart_by_their_folders(book: Book, tmp_path: Path) -> None:
    for folder, name in (("p", "Acme"), ("q", "Zed")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "list.csv").write_text(f"Name,City\n{name},Lyon\n", encoding="utf-8")
    plan = book.imports.read([tmp_path / folder / "list.csv" for folder in "pq"])
    names = [table.name for table in plan.tables]
    assert len(set(names)) == 2
    assert plan.skip([2], sheet=names[0]).preview["outcome"].tolist() == ["skipped", "created"]
