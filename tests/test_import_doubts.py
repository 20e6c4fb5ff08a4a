"""What an import must not guess, lose or double: every case was once taken silently."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from invoicekit.book import Book
from invoicekit.errors import NotAWorkbook, QuestionsOpen
from invoicekit.imports.plan import Plan
from invoicekit.imports.receipt import Receipt
from tests.workbooks import text_table, workbook

HEAD = ["Invoice no", "Customer", "Date", "Total"]


def plan(book: Book, folder: Path, text: str, name: str = "a.csv", **how: object) -> Plan:
    path = folder / name
    path.write_text(text.strip().replace("    ", "") + "\n", encoding="utf-8")
    return book.imports.read(path, **how)  # type: ignore[arg-type]


def reasons(receipt: Receipt) -> list[str]:
    return receipt.rows.loc[receipt.rows["outcome"] == "rejected", "reason"].tolist()


def totals(book: Book) -> list[tuple[str, str, str]]:
    rows = book.sql("select number, currency, total from invoices order by number, id")
    return [(row.number, row.currency, str(row.total.normalize())) for row in rows.itertuples()]


# Amounts


def test_lines_whose_amount_stands_under_the_heading_of_a_total_are_not_lost(book: Book, tmp_path: Path) -> None:
    told = plan(
        book, tmp_path,
        "Invoice no,Customer,Date,Description,Amount\n1,Acme,2026-01-05,Pens,10.00\n1,Acme,2026-01-05,Paper,20.00",
    )  # fmt: skip
    assert (
        "its rows disagree about the amounts of invoice 1; where a column holds the amount of each line"
        in (told.problems["problem"].tolist()[0])
    )
    told.map("Amount", to="line.net").apply()
    assert totals(book) == [("1", "EUR", "3E+1")]


def test_headings_with_a_rate_or_a_currency_are_understood(book: Book, tmp_path: Path) -> None:
    plan(
        book,
        tmp_path,
        "Folio;Razón social;Fecha emisión;Subtotal;IVA 16%;Total MXN;Saldo\nA1;Acme;2026-01-05;100,00;16,00;116,00;0,00",
    ).apply()
    assert totals(book) == [("A1", "MXN", "116")]


def test_a_column_that_goes_nowhere_is_said(book: Book, tmp_path: Path) -> None:
    told = plan(book, tmp_path, "Invoice no,Customer,Date,Total,Colour\n1,Acme,2026-01-05,10,blue")
    assert told.problems[["column", "severity"]].to_dict("list") == {"column": ["Colour"], "severity": ["warning"]}
    receipt = told.apply()
    assert receipt.not_read == ["column Colour"]
    assert str(receipt).endswith("not read: column Colour.")


@pytest.mark.parametrize(("cell", "rate"), [(0.2, "20"), (0.055, "5.5"), (20, "20"), ("20%", "20")])
def test_percent_cells_are_read_as_they_are_shown(book: Book, tmp_path: Path, cell: object, rate: str) -> None:
    rows = [
        ["Invoice no", "Customer", "Date", "Description", "Price", "Tax rate"],
        ["1", "Acme", date(2026, 1, 5), "x", 100, cell],
    ]
    book.imports.read(workbook(tmp_path / "a.xlsx", {"S": rows})).apply()
    assert book.sql("select tax_rate from invoice_lines")["tax_rate"].tolist() == [Decimal(rate)]
    assert book.invoices.list()["tax"].tolist() == [Decimal(rate)]


@pytest.mark.parametrize(
    ("heading", "cell", "currency"),
    [
        ("Total", "1250.00 USD", "USD"), ("Total", "£20.00", "GBP"), ("Total", "€20.00", "EUR"), ("Total", "$20.00", "USD"),
        ("Total (USD)", "20.00", "USD"), ("Total £", "20.00", "GBP"), ("Total", "20.00", "EUR"),
    ],
)  # fmt: skip
def test_a_currency_beside_the_amount_or_in_the_heading_counts(
    book: Book, tmp_path: Path, heading: str, cell: str, currency: str
) -> None:
    plan(book, tmp_path, f"Invoice no;Customer;Date;{heading}\n1;Acme;2026-01-05;{cell}").apply()
    assert [row[1] for row in totals(book)] == [currency]


def test_a_bare_dollar_sign_means_the_books_own_dollar(book: Book, tmp_path: Path) -> None:
    book.settings.currency = "MXN"
    plan(book, tmp_path, "Invoice no;Customer;Date;Total\n1;Acme;2026-01-05;$ 20.00").apply()
    assert totals(book) == [("1", "MXN", "2E+1")]


def test_a_sign_beside_one_line_speaks_for_its_document_and_silence_is_a_question(book: Book, tmp_path: Path) -> None:
    text = "Invoice no;Customer;Date;Description;Price\n1;Acme;2026-01-05;a;£5\n1;Acme;2026-01-05;b;6.00\n2;Acme;2026-01-05;c;7.00"
    with pytest.raises(
        QuestionsOpen, match=r'some amounts are in GBP, and 2 rows say nothing. .*plan.currency\("GBP"\)'
    ):
        plan(book, tmp_path, text).apply()
    plan(book, tmp_path, text).currency("EUR").apply()
    assert totals(book) == [("1", "GBP", "11"), ("2", "EUR", "7")]


def test_an_amount_in_another_currency_than_its_row_says_is_rejected(book: Book, tmp_path: Path) -> None:
    receipt = plan(book, tmp_path, "Invoice no;Customer;Date;Total;Currency\n1;Acme;2026-01-05;£20.00;EUR").apply()
    assert reasons(receipt) == ["its amounts are in GBP but it says EUR"]


@pytest.mark.parametrize("cell", ["10k", "1.5M", "5 x", "Q4", "(100", "100)", "70.00 CR", "12%", "--5", "USD 5 EUR"])
def test_letters_and_signs_that_mean_something_else_are_not_dropped(book: Book, tmp_path: Path, cell: str) -> None:
    receipt = plan(book, tmp_path, f"Invoice no;Customer;Date;Total\n1;Acme;2026-01-05;{cell}").apply()
    assert len(reasons(receipt)) == 1
    assert not totals(book)


def test_net_tax_and_total_must_tie(book: Book, tmp_path: Path) -> None:
    receipt = plan(book, tmp_path, "Invoice no,Customer,Date,Net,Tax,Total\n1,Acme,2026-01-05,100,20,130").apply()
    assert reasons(receipt) == [
        "Invoice 1 does not tie: net 100 and tax 20 do not make its total 130. Correct the amounts, or leave one of them out."
    ]


def test_a_net_that_only_the_lines_tell_is_theirs(book: Book, tmp_path: Path) -> None:
    sheets = {
        "Invoices": [HEAD, ["1", "Acme", date(2026, 1, 1), 120]],
        "Lines": [["Invoice no", "Description", "Price"], ["1", "Call", 100]],
    }
    book.imports.read(workbook(tmp_path / "a.xlsx", sheets)).apply()
    assert book.invoices.list()[["net", "tax", "total"]].iloc[0].tolist() == [Decimal(100), Decimal(20), Decimal(120)]


def test_a_credit_notes_lines_are_negative_however_they_are_written(book: Book, tmp_path: Path) -> None:
    sheets = {
        "Invoices": [HEAD, ["1", "Acme", date(2026, 1, 1), -120]],
        "Lines": [["Invoice no", "Description", "Quantity", "Price", "Tax rate"], ["1", "Call", 1, 100, 20]],
    }
    receipt = book.imports.read(workbook(tmp_path / "a.xlsx", sheets)).apply()
    assert receipt.rows["reason"].isna().all()
    assert book.invoices.list()[["kind", "net", "tax"]].iloc[0].tolist() == ["credit_note", Decimal(-100), Decimal(-20)]
    assert book.sql("select net, quantity from invoice_lines").iloc[0].tolist() == [Decimal(-100), Decimal(-1)]


def test_amounts_finer_than_the_currency_are_rounded_with_a_word(book: Book, tmp_path: Path) -> None:
    receipt = (
        plan(
            book,
            tmp_path,
            "Invoice no;Customer;Date;Total;Currency\n1;Acme;2026-01-05;12.345;TND\n2;Acme;2026-01-05;12.345;EUR",
        )
        .read_as("Total", decimal=".")
        .apply()
    )
    assert totals(book) == [("1", "TND", "12.345"), ("2", "EUR", "12.35")]
    told = receipt.rows[receipt.rows["table"] == "invoices"].set_index("row")["reason"]
    assert told[3] == "amounts were rounded to the digits of EUR"


def test_errors_and_formulas_nobody_calculated_are_not_blank(book: Book, tmp_path: Path) -> None:
    rows = [
        [*HEAD, "Due date"],
        ["1", "Acme", date(2026, 1, 5), "=1+1", None],
        ["2", "Acme", date(2026, 1, 5), 5, "#N/A"],
    ]
    path = workbook(tmp_path / "a.xlsx", {"S": rows})
    receipt = book.imports.read(path).apply()
    assert reasons(receipt) == [
        'Total "#UNCALCULATED!" holds a formula that was never calculated: open and save the file',
        'Due date "#N/A" holds an error',
    ]


# Cells and columns


def test_a_row_with_more_cells_than_headings_was_split_wrongly(book: Book, tmp_path: Path) -> None:
    receipt = plan(
        book, tmp_path, "Invoice no,Customer,Date,Total\n1,Acme,2026-01-01,1,250.00\n2,Acme,2026-01-01,3.00"
    ).apply()
    assert reasons(receipt) == [' "250.00" stands under no heading: the row has more cells than the headings']
    assert totals(book) == [("2", "EUR", "3")]


def test_a_quotation_mark_that_is_not_closed_is_refused(book: Book, tmp_path: Path) -> None:
    with pytest.raises(NotAWorkbook, match="cannot be split into cells.*A quotation mark is not closed"):
        plan(book, tmp_path, 'Invoice no,Customer,Date,Total\n1,"Acme,2026-01-01,5\n2,Beta,2026-01-01,6')


@pytest.mark.parametrize("dates", [["13/05/2026", "05/13/2026"], ["04/05/2026", "31/12/2026", "12/31/2026"]])
def test_proof_of_both_orders_of_dates_is_a_question(book: Book, tmp_path: Path, dates: list[str]) -> None:
    rows = "\n".join(f"{nth};Acme;{day};5" for nth, day in enumerate(dates))
    with pytest.raises(QuestionsOpen, match="has the day first.*the month.*plan.read_as"):
        plan(book, tmp_path, f"Invoice no;Customer;Date;Total\n{rows}").apply()


def test_proof_of_both_decimal_marks_is_a_question(book: Book, tmp_path: Path) -> None:
    with pytest.raises(QuestionsOpen, match='"1,50" is written with a comma, "2.50" with a point'):
        plan(book, tmp_path, "Invoice no;Customer;Date;Total\n1;Acme;2026-01-05;1,50\n2;Acme;2026-01-05;2.50").apply()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("5-Jan-26", date(2026, 1, 5)),
        ("20260104", date(2026, 1, 4)),
        ("04/03/30", date(2030, 3, 4)),
        ("0026-01-01", None),
        ("15/01/3026", None),
    ],
)
def test_dates_are_plausible_or_none(book: Book, tmp_path: Path, text: str, day: date | None) -> None:
    plan(book, tmp_path, f"Invoice no;Customer;Date;Total\n1;Acme;{text};5\n2;Acme;31/12/2025;5").read_as(
        "Date", order="dmy"
    ).apply()
    found = book.sql("select date from invoices where number = '1'")["date"].tolist()
    assert found == ([day] if day else [])


def test_a_status_of_paid_is_not_stored_and_says_so(book: Book, tmp_path: Path) -> None:
    told = plan(book, tmp_path, "Invoice no,Customer,Date,Total,Status\n1,Acme,2026-01-05,10,Paid")
    assert told.problems["problem"].tolist() == [
        "is not stored: whether an invoice is paid follows from its payments; import those as well"
    ]


def test_a_customer_called_total_is_a_customer_and_a_subtotal_is_none(book: Book, tmp_path: Path) -> None:
    receipt = plan(
        book, tmp_path,
        "Invoice no,Customer,Date,Total,A,B,C,D,E\n1,Acme,2026-01-01,5,,,,,\nSubtotal,,,5,,,,,\n2,Total,2026-01-01,50,,,,,",
    ).apply()  # fmt: skip
    assert totals(book) == [("1", "EUR", "5"), ("2", "EUR", "5E+1")]
    assert receipt.skipped == {"invoices": 1}


@pytest.mark.parametrize("content", [b"<html><table>", b"{\\rtf1 x}"])
def test_a_file_of_another_kind_is_named(book: Book, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(NotAWorkbook, match="is a .*, not a table"):
        book.imports.read(tmp_path / "a.csv")


def test_a_PDF_is_read_for_the_invoice_in_it(book: Book, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"%PDF-1.7 ...")
    with pytest.raises(NotAWorkbook, match="a.csv: This PDF cannot be read"):
        book.imports.read(tmp_path / "a.csv")


def test_a_very_long_cell_is_a_cell(book: Book, tmp_path: Path) -> None:
    plan(book, tmp_path, f"Name,Notes\nAcme,{'x' * 200_000}", into="customers").apply()
    assert len(book.customers.get("Acme")["notes"]) == 200_000


# What the rows are


def test_rows_that_may_be_invoices_or_payments_are_a_question(book: Book, tmp_path: Path) -> None:
    text = "Customer,Date,Amount,Invoice no,Currency\nAcme,2026-01-05,5,1,EUR"
    with pytest.raises(
        QuestionsOpen, match='may be invoices or payments. Say which: into="invoices" or into="payments"'
    ):
        plan(book, tmp_path, text)
    assert plan(book, tmp_path, text, name="payments january.csv").tables[0].target == "payments"


def test_lines_with_their_customer_and_date_are_invoices(book: Book, tmp_path: Path) -> None:
    plan(
        book, tmp_path, "Invoice no,Customer,Date,Description,Qty,Unit price,Tax rate\n1,Acme,2026-01-05,Pens,2,5.00,20"
    ).apply()
    assert totals(book) == [("1", "EUR", "12")]


# Who is who


@pytest.mark.parametrize("spelling", ["ACME sa", " Acme  SA "])
def test_one_invoice_is_one_however_its_customer_is_spelled(book: Book, tmp_path: Path, spelling: str) -> None:
    plan(book, tmp_path, "Invoice no,Customer,Date,Total\nF1,Acme SA,2026-01-05,100").apply()
    again = plan(book, tmp_path, f"Invoice no,Customer,Date,Total\nF1,{spelling},2026-01-05,100").apply()
    assert again.unchanged == {"invoices": 1}
    within = plan(
        book, tmp_path, f"Invoice no,Customer,Date,Total\nG1,Acme SA,2026-01-05,1\nG1,{spelling},2026-01-05,2"
    ).apply()
    assert within.created == {"invoices": 1}
    assert len(reasons(within)) == 1


def test_one_invoice_is_one_by_name_and_by_number_and_after_a_new_name(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme SA", external_id="C1")
    plan(book, tmp_path, "Invoice no,Customer,Date,Total\nF1,Acme SA,2026-01-05,100").apply()
    assert plan(book, tmp_path, "Invoice no,Customer no,Date,Total\nF1,C1,2026-01-05,100").apply().unchanged == {
        "invoices": 1
    }
    book.customers.change("Acme SA", display_name="Acme International")
    assert plan(book, tmp_path, "Invoice no,Customer,Date,Total\nF1,Acme SA,2026-01-05,100").apply().unchanged == {
        "invoices": 1
    }
    assert len(book.customers.list()) == 1
    with pytest.raises(Exception, match="holds an invoice F1 already"):
        book.invoices.record("Acme International", number="F1", date="2026-01-05", total="100")


def test_a_credit_note_may_carry_the_number_of_its_invoice(book: Book, tmp_path: Path) -> None:
    plan(
        book,
        tmp_path,
        "Document type,Invoice no,Customer,Date,Total\nInvoice,1,Acme,2026-01-05,100\nCredit note,1,Acme,2026-01-06,100",
    ).apply()
    assert totals(book) == [("1", "EUR", "1E+2"), ("1", "EUR", "-1E+2")]


def test_what_is_owed_less_is_a_credit_note_whatever_the_file_calls_it(book: Book, tmp_path: Path) -> None:
    plan(book, tmp_path, "Document type,Invoice no,Customer,Date,Total\nInvoice,1,Acme,2026-01-05,-7").apply()
    assert book.invoices.list()["kind"].tolist() == ["credit_note"]


def test_numbers_that_were_said_to_be_one_customer_stay_so(book: Book, tmp_path: Path) -> None:
    clients = "Customer number,Name,Parent\n1,Acme,\n2,ACME,\n3,Child,2"
    receipt = plan(book, tmp_path, clients, into="customers").same_names("same").apply()
    assert receipt.created == {"customers": 2}
    assert book.customers.get("Child")["parent"] == book.customers.get("Acme")["id"]
    plan(book, tmp_path, "Invoice no,Customer no,Date,Total\nF1,1,2026-01-05,1\nF2,2,2026-01-05,2").apply()
    assert book.invoices.list()["customer"].tolist() == ["Acme", "Acme"]
    again = plan(book, tmp_path, clients, into="customers").apply()
    assert again.unchanged == {"customers": 2}
    assert again.skipped == {"customers": 1}
    book.undo(again.operation - 1)
    book.undo(receipt)
    assert book.customers.list().empty
    assert book.check().empty


def test_a_number_and_a_name_that_contradict_are_said(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme SA", external_id="C1")
    book.customers.add(display_name="Beta", external_id="C2")
    told = plan(book, tmp_path, "Invoice no,Customer no,Customer,Date,Total\nF1,C1,Beta,2026-01-05,5")
    assert told.problems["problem"].tolist() == ['customer C1 is called "Acme SA" in the book, the row says "Beta"']


def test_two_customers_cannot_hold_one_number(book: Book) -> None:
    book.customers.add(display_name="A", external_id="C1")
    with pytest.raises(Exception, match=r"Customer number C1 is that of A \(record 1\)"):
        book.customers.add(display_name="B", external_id="C1")


# Again, and in any order


def test_the_order_of_files_does_not_matter(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme")
    payments = "Payment date,Client,For invoice,Amount,Reference\n2026-01-10,Acme,7,60,p7\n2026-01-11,Acme,,15,any"
    plan(book, tmp_path, payments, name="payments.csv").apply()
    invoices = "Invoice no,Customer,Date,Total\n7,Acme,2026-01-05,50\n8,Acme,2026-01-20,20"
    receipt = plan(book, tmp_path, invoices).apply()
    items = book.reports.open_items(as_of="2026-02-01").table.to_pylist()
    assert [(row["number"], row["amount"]) for row in items] == [("p7", Decimal(-10)), ("8", Decimal(5))]
    before = book.reports.open_items(as_of="2026-01-15").table.to_pylist()
    assert [(row["number"], row["amount"]) for row in before] == [("p7", Decimal(-10)), ("any", Decimal(-15))]
    book.undo(receipt)
    assert book.reports.balances(as_of="2026-02-01").df["balance"].tolist() == [Decimal(-75)]
    assert book.check().empty


def test_waiting_money_is_applied_when_asked(book: Book) -> None:
    book.customers.add(display_name="Acme")
    book.payments.record("Acme", amount="30", date="2026-01-01")
    book.invoices.record("Acme", number="1", date="2026-01-05", total="20")
    assert book.payments.apply("Acme") == 1
    assert book.payments.apply() == 0
    assert book.invoices.list()["payment_status"].tolist() == ["paid"]
    assert book.check().empty


def test_a_file_that_says_something_else_is_not_unchanged(book: Book, tmp_path: Path) -> None:
    plan(book, tmp_path, "Invoice no,Customer,Date,Net,Tax,Total\n1,Acme,2026-01-05,100,20,120").apply()
    receipt = plan(book, tmp_path, "Invoice no,Customer,Date,Net,Tax,Total\n1,Acme,2026-01-05,110,10,120").apply()
    assert reasons(receipt)[0].startswith("the book has it with a net of 100, the file says 110")
    closed = plan(book, tmp_path, "Invoice no,Customer,Date,Total,Status\n1,Acme,2026-01-05,120,closed").apply()
    assert closed.rows["reason"].tolist() == ["the file says closed, the book final: left as it is"]


def test_an_inactive_customer_keeps_its_date_when_a_file_says_yes_again(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme", inactive_since="2025-01-01")
    plan(book, tmp_path, "Name,Inactive\nAcme,yes", into="customers").apply()
    assert book.customers.get("Acme")["inactive_since"] == date(2025, 1, 1)


def test_a_payment_number_may_be_split_over_invoices(book: Book, tmp_path: Path) -> None:
    plan(book, tmp_path, "Invoice no,Customer,Date,Total\n1,Acme,2026-01-05,10\n2,Acme,2026-01-05,20").apply()
    text = "Payment no,Payment date,Client,For invoice,Amount\nP1,2026-01-06,Acme,1,10\nP1,2026-01-06,Acme,2,20"
    assert plan(book, tmp_path, text, name="payments.csv").apply().created == {"payments": 2}
    assert plan(book, tmp_path, text, name="payments.csv").apply().unchanged == {"payments": 2}


def test_a_payment_is_the_same_after_its_customer_got_another_currency(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme", currency="EUR")
    text = "Payment date,Client,Amount\n2026-01-06,Acme,10"
    plan(book, tmp_path, text, name="payments.csv").apply()
    book.customers.change("Acme", currency="USD")
    again = plan(book, tmp_path, text, name="payments.csv").apply()
    assert not again.created


def test_rows_of_other_sheets_are_named_with_their_sheet(book: Book, tmp_path: Path) -> None:
    sheets = {"Jan customers": [["No", "Name"], ["1", "Acme"]], "Feb customers": [["No", "Name"], ["1", "Acme"]]}
    receipt = book.imports.read(workbook(tmp_path / "a.xlsx", sheets)).apply()
    assert receipt.rows["reason"].dropna().tolist() == ["it repeats row 2 of Jan customers"]


def test_an_import_and_a_record_share_an_operation(book: Book, tmp_path: Path) -> None:
    path = text_table(tmp_path / "a.csv", [HEAD, ["1", "Acme", "2026-01-05", "5"]])
    with book.operation("both"):
        book.imports.read(path).apply()
        book.invoices.record("Acme", number="2", date="2026-01-05", total="6")
        book.imports.read(path).apply()
    assert totals(book) == [("1", "EUR", "5"), ("2", "EUR", "6")]
    assert len(book.operations()) == 1


def test_many_customers_with_parents_are_found_without_comparing_all_with_all(book: Book, tmp_path: Path) -> None:
    rows = [
        ["No", "Name", "Parent"],
        *[[str(n), f"Customer {n}", str(n % 50) if n >= 50 else ""] for n in range(20_000)],
    ]
    path = text_table(tmp_path / "a.csv", rows)
    assert book.imports.read(path, into="customers").apply().created == {"customers": 20_000}
    assert book.imports.read(path, into="customers").apply().unchanged == {"customers": 20_000}


def test_lines_that_may_belong_to_two_invoices_are_given_to_neither(book: Book, tmp_path: Path) -> None:
    sheets = {
        "Invoices": [
            HEAD,
            ["1", "A", date(2026, 1, 5), None],
            ["1", "B", date(2026, 1, 9), 36],
            ["2", "B", date(2026, 1, 9), 5],
        ],
        "Lines": [
            ["Invoice no", "Description", "Quantity", "Price"],
            ["1", "for A", 1, 10],
            ["1", "for B", 3, 12],
            ["2", "x", 1, 5],
        ],
    }
    receipt = book.imports.read(workbook(tmp_path / "a.xlsx", sheets)).apply()
    assert receipt.created == {"customers": 1, "invoices": 1, "invoice_lines": 1}
    assert len(reasons(receipt)) == 4
    assert all("stands several times in this file" in reason for reason in reasons(receipt))


def test_a_split_payment_number_has_one_outcome_a_row_even_before_its_invoices(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme")
    text = "Payment no,Payment date,Client,For invoice,Amount\nP1,2026-01-06,Acme,1,10\nP1,2026-01-06,Acme,2,20"
    plan(book, tmp_path, text, name="payments.csv").apply()
    again = plan(book, tmp_path, text, name="payments.csv").apply()
    assert again.rows[["row", "outcome"]].values.tolist() == [[2, "unchanged"], [3, "unchanged"]]
    third = plan(book, tmp_path, text + "\nP1,2026-01-06,Acme,9,5", name="payments.csv").apply()
    assert third.created == {"payments": 1}


def test_two_numbers_for_a_name_the_book_holds_without_one_is_a_question(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme")
    told = plan(book, tmp_path, "Customer number,Name\n1,Acme\n2,Acme", into="customers")
    with pytest.raises(QuestionsOpen, match='has the same name, "Acme"'):
        told.apply()
    receipt = told.same_names("separate").apply()
    assert receipt.created == {"customers": 1}
    assert receipt.updated == {"customers": 1}


def test_a_name_that_several_bear_is_said(book: Book, tmp_path: Path) -> None:
    plan(book, tmp_path, "Customer number,Name\n1,Acme\n2,Acme", into="customers").same_names("separate").apply()
    told = plan(book, tmp_path, "Invoice no,Customer,Date,Total\n7,Acme,2026-01-05,50")
    assert told.problems["problem"].tolist() == ['2 customers are called "Acme": taken to be number 1']
    paid = plan(book, tmp_path, "Payment date,Client,Amount\n2026-01-05,Acme,50", name="payments.csv")
    assert paid.problems["problem"].tolist() == ['2 customers are called "Acme": taken to be number 1']


def test_a_payment_is_the_same_with_its_currency_written_out_and_a_likeness_is_said(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme")
    plan(book, tmp_path, "Payment date,Client,Amount\n2026-03-10,Acme,50", name="payments.csv").apply()
    same = plan(book, tmp_path, "Payment date,Client,Amount,Currency\n2026-03-10,Acme,50,EUR", name="payments.csv")
    assert same.apply().unchanged == {"payments": 1}
    alike = plan(book, tmp_path, "Payment date,Client,Amount,Reference\n2026-03-10,Acme,50,VIR", name="payments.csv")
    assert alike.problems["problem"].tolist() == [
        "the book has another payment of the same customer, day and amount (record 1)"
    ]


def test_money_without_a_currency_that_waits_for_an_invoice_says_what_it_is_taken_for(
    book: Book, tmp_path: Path
) -> None:
    book.customers.add(display_name="Acme")
    told = plan(book, tmp_path, "Payment date,Client,For invoice,Amount\n2026-01-10,Acme,7,50", name="payments.csv")
    assert told.problems["problem"].tolist() == [
        "there is no invoice 7 of this customer yet: the money waits, taken to be in EUR"
    ]


def test_a_product_out_of_range_rejects_its_row_and_no_other(book: Book, tmp_path: Path) -> None:
    huge = "999999999999"
    text = f"Invoice no,Customer,Date,Description,Quantity,Price\n1,Acme,2026-01-05,x,{huge},{huge}\n2,Acme,2026-01-05,y,1,5"
    receipt = plan(book, tmp_path, text).apply()
    assert reasons(receipt) == ["Invoice 1 has no amount, or one out of range. Give its total, or lines with a price."]
    assert totals(book) == [("2", "EUR", "5")]
    with pytest.raises(Exception, match="out of range"):
        book.invoices.record(
            "Acme", number="3", date="2026-01-01", lines=[{"quantity": "999999999999", "unit_price": "999999999999"}]
        )
    with pytest.raises(Exception, match="There is no invoice 'no'"):
        book.invoices.get("no")  # type: ignore[arg-type]


# What a second pair of eyes found to be taken silently


def test_a_sum_among_lines_is_no_line(book: Book, tmp_path: Path) -> None:
    head = "Number;Date;Client;Description;Quantity;Unit price"
    receipt = plan(
        book, tmp_path,
        f"{head}\nA1;2026-01-31;Acme;W;1;50.00\n;;;X;1;20.00\n;;;Subtotal;;70.00\n"
        "A2;2026-01-31;Acme;W;2;30.00\n;;;Total HT;3;130.00",
    ).apply()  # fmt: skip
    assert totals(book) == [("A1", "EUR", "7E+1"), ("A2", "EUR", "6E+1")]
    assert receipt.rows.loc[receipt.rows["outcome"] == "skipped", "row"].tolist() == [4, 6]


def test_amounts_without_a_word_are_asked_about_where_other_lines_say_what_was_sold(book: Book, tmp_path: Path) -> None:
    head = "Number;Date;Client;Description;Quantity;Unit price"
    told = plan(book, tmp_path, f"{head}\nA1;2026-01-31;Acme;W;1;100.00\nA2;2026-01-31;Acme;W;2;30.00\n;;;;3;130.00")
    assert "nothing that was sold, only amounts: skip it if it is a sum" in told.problems["problem"].tolist()[-1]
    told.skip(rows=[4]).apply()
    assert totals(book) == [("A1", "EUR", "1E+2"), ("A2", "EUR", "6E+1")]


def test_lines_of_a_file_that_never_says_what_was_sold_go_on(book: Book, tmp_path: Path) -> None:
    plan(book, tmp_path, "Number;Date;Client;Quantity;Unit price\nA1;2026-01-31;Acme;1;50.00\n;;;1;20.00").apply()
    assert totals(book) == [("A1", "EUR", "7E+1")]


@pytest.mark.parametrize(
    ("written", "total"),
    [
        ("100,-", "1E+2"),
        ("1.234,--", "1234"),
        ("5,\u2014", "5"),
        ("7,\u2013 €", "7"),
        ("-100,-", "-1E+2"),
        ("12,50-", "-12.5"),
    ],
)
def test_a_dash_for_no_cents_is_no_minus(book: Book, tmp_path: Path, written: str, total: str) -> None:
    plan(book, tmp_path, f"Number;Date;Client;Total\nA0;31/01/2026;Acme;12,50\nA1;31/01/2026;Acme;{written}").apply()
    assert totals(book)[1] == ("A1", "EUR", total)


def test_rates_that_are_fractions_are_told_from_numbers_and_said_of_text(book: Book, tmp_path: Path) -> None:
    head, row = (
        ["Number", "Date", "Client", "Description", "Quantity", "Unit price", "VAT rate"],
        ["Acme", "W", "1", "100"],
    )
    text = plan(book, tmp_path, ";".join(head) + "\nA1;31/01/2026;" + ";".join(row) + ";0,5")
    assert text.problems["problem"].tolist() == [
        "was read as 0.5 %, and not as a fraction: write it with a percent sign"
    ]
    text.apply()
    sheet = book.imports.read(
        workbook(tmp_path / "rates.xlsx", {"invoices": [head, ["A2", date(2026, 1, 31), "Acme", "W", 1, 100, 0.2]]})
    )
    assert sheet.problems["problem"].tolist() == ["was read as 20 %"]
    sheet.apply()
    assert totals(book) == [("A1", "EUR", "100.5"), ("A2", "EUR", "1.2E+2")]
    book.customers.add(display_name="Rec", tax_rate="0.5")
    book.export(tmp_path / "out")
    book.imports.read(tmp_path / "out" / "customers.csv", into="customers").apply()
    assert book.customers.get("Rec")["tax_rate"] == Decimal("0.5")


def test_a_year_first_is_read_so_whatever_digits_its_month_and_day_have(book: Book, tmp_path: Path) -> None:
    rows = "A1;26-3-04;Acme;1\nA2;26-03-4;Acme;1\nA3;26-3-4;Acme;1\nA4;3-4-26;Acme;1"
    read = plan(book, tmp_path, f"Number;Date;Client;Total\n{rows}").read_as("Date", order="ymd")
    assert read.problems[["row", "value"]].values.tolist() == [[5, "3-4-26"]]
    read.apply()
    assert {str(day) for day in book.sql("select date from invoices")["date"]} == {"2026-03-04"}


def test_years_that_lie_together_near_this_one_stand_last(book: Book, tmp_path: Path) -> None:
    last, this = date.today().year - 1, date.today().year
    # Days that no year of ours is.
    rows = f"A1;15-12-{last % 100:02};Acme;1\nA2;17-01-{this % 100:02};Acme;1"
    plan(book, tmp_path, f"Number;Date;Client;Total\n{rows}").apply()
    assert [str(day) for day in book.sql("select date from invoices order by number")["date"]] == [
        f"{last}-12-15",
        f"{this}-01-17",
    ]


def test_a_year_of_two_digits_may_be_first(book: Book, tmp_path: Path) -> None:
    head = "Number;Date;Client;Total"
    asked = plan(book, tmp_path, f"{head}\nA1;26-04-03;Acme;1.50\nA2;26-04-15;Acme;1.50")
    assert '"26-04-03" may be read with the year or the day first' in asked.problems["problem"].tolist()
    with pytest.raises(QuestionsOpen):
        asked.apply()
    asked.read_as("Date", order="ymd").apply()
    plan(book, tmp_path, f"{head}\nB1;86-04-03;Acme;1.50\nB2;26-04-15;Acme;1.50", "b.csv").apply()
    plan(book, tmp_path, f"{head}\nC1;26-04-03;Acme;1.50\nC2;01-05-03;Acme;1.50", "c.csv").apply()
    plan(
        book, tmp_path, f"{head}\nD1;15-01-26;Acme;1.50\nD2;20-02-26;Acme;1.50\nD3;31-01-26;Acme;1.50", "d.csv"
    ).apply()
    days = book.sql("select date from invoices order by number")["date"].tolist()
    assert [str(day) for day in days] == [
        "2026-04-03", "2026-04-15", "1986-04-03", "2026-04-15", "2003-04-26", "2003-05-01",
        "2026-01-15", "2026-02-20", "2026-01-31",
    ]  # fmt: skip


def test_leading_zeros_that_only_a_format_shows_are_kept(book: Book, tmp_path: Path) -> None:
    path = workbook(tmp_path / "zeros.xlsx", {"customers": [["Name", "Postal code", "Customer no"], ["Acme", 1000, 7]]})
    import openpyxl

    held = openpyxl.load_workbook(path)
    held.worksheets[0]["B2"].number_format = "00000"
    held.worksheets[0]["C2"].number_format = "000000"
    held.save(path)
    book.imports.read(path, into="customers").apply()
    assert book.sql("select postal_code, external_id from customers").iloc[0].tolist() == ["01000", "000007"]


def test_a_damaged_letter_spoils_no_other_and_is_said(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_bytes("Name;City\nSociété Générale;Orléans\n".encode() + b"Caf\xc3;Paris\n")
    told = book.imports.read(path, into="customers")
    assert told.problems[["row", "problem"]].iloc[0].tolist() == [
        3, "holds a letter that could not be read: \ufffd stands for it",
    ]  # fmt: skip
    told.apply()
    assert book.sql("select city from customers order by id")["city"].tolist() == ["Orléans", "Paris"]
    path.write_bytes("Name;City\nSociété;Orléans\n".encode("cp1252"))
    assert book.imports.read(path, into="customers").problems.empty
