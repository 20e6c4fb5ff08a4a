"""Which rows, which records, and what becomes of what is there already (S1.12, M2).

Proves S1.7.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from invoicekit.book import Book
from invoicekit.errors import InvalidValue
from tests.conftest import contents
from tests.workbooks import text_table, workbook

_CLIENTS = [
    ["Customer number", "Name", "Country", "Phone", "Tax id", "E-mail"],
    ["1", "Acme", "FR", "11", "FR 40 303265045", "a@acme.fr"],
    ["2", "Beta", "MX", "22", "XAXX010101000", "b@beta.mx"],
    ["3", "Cedar", "MX", "33", "", "c@cedar.mx"],
]


@pytest.fixture
def clients(tmp_path: Path) -> Path:
    return workbook(tmp_path / "clients.xlsx", {"Clients": _CLIENTS})


def test_S1_7_a_sheet_of_customers_comes_in_one_go(book: Book, clients: Path) -> None:
    receipt = book.imports.read(clients).apply()
    assert receipt.created == {"customers": 3}
    assert book.operations()["id"].tolist() == [receipt.operation]
    book.undo(receipt)
    assert len(book.customers.list()) == 0


def test_S1_12_only_the_chosen_rows_by_number_or_by_what_they_say(book: Book, clients: Path) -> None:
    plan = book.imports.read(clients).only([2, 3]).skip(lambda rows: rows["country"] == "FR")
    assert plan.preview[["row", "outcome", "reason"]].fillna("").values.tolist() == [
        [2, "skipped", "left out, as you said"], [3, "created", ""], [4, "skipped", "left out, as you said"],
    ]  # fmt: skip
    assert plan.apply().created == {"customers": 1}
    assert book.customers.list()["display_name"].tolist() == ["Beta"]


def test_S1_12_conditions_see_values_and_blanks_are_no(book: Book, tmp_path: Path) -> None:
    rows = [["Invoice number", "Customer", "Date", "Total"], ["F1", "A", "2026-01-01", 100], ["F2", "A", "2026-02-01", 50],
            ["F3", "A", "", 7]]  # fmt: skip
    plan = book.imports.read(workbook(tmp_path / "a.xlsx", {"Invoices": rows}))
    plan.only(lambda rows: (rows["total"] > 20) & (rows["date"].astype("str") > "2026-01-15"))
    assert plan.preview["outcome"].tolist()[:2] == ["skipped", "created"]
    for condition, said in (
        (lambda rows: rows["colour"] == "red", "The condition cannot be asked of Invoices.*Its columns are"),
        (lambda rows: [True], "gave 1 answers for the 3 rows"),
        (lambda rows: 7, "cannot be asked of Invoices"),
    ):
        with pytest.raises(InvalidValue, match=said):
            _ = book.imports.read(tmp_path / "a.xlsx").only(condition).preview


def test_M2_the_diff_says_what_would_change_from_what_to_what(book: Book, clients: Path, tmp_path: Path) -> None:
    book.imports.read(clients).apply()
    changed = [row[:] for row in _CLIENTS]
    changed[1][3], changed[2][1] = "99", "Beta SA"
    plan = book.imports.read(workbook(tmp_path / "b.xlsx", {"Clients": [*changed, ["4", "Dune", "FR", "44", "", ""]]}))
    before = contents(book)
    assert plan.diff.fillna("").values.tolist() == [
        ["customers", 1, "Acme", "phone", "11", "99"],
        ["customers", 2, "Beta", "display_name", "Beta", "Beta SA"],
        ["customers", 4, "Dune", "record", "", "there is"],
    ]
    assert contents(book) == before


@pytest.mark.parametrize(
    ("policy", "phone", "city"), [("update", "99", "Lyon"), ("fill", "11", "Lyon"), ("create", "11", None)]
)
def test_a_policy_says_what_becomes_of_customers_there_are(
    book: Book, clients: Path, tmp_path: Path, policy: str, phone: str, city: str | None
) -> None:
    book.imports.read(clients).apply()
    rows = [["Customer number", "Name", "Phone", "City"], ["1", "Acme", "99", "Lyon"], ["5", "Elm", "55", "Leeds"]]
    receipt = book.imports.read(workbook(tmp_path / "b.xlsx", {"Clients": rows})).policy(policy).apply()
    held = book.customers.get("Acme")
    assert (held["phone"], held["city"]) == (phone, city)
    assert receipt.created == {"customers": 1}
    with pytest.raises(InvalidValue, match="A policy is update, fill, create"):
        book.imports.read(clients).policy("replace")


def test_what_was_corrected_by_hand_stays_when_the_file_says_the_same_as_before(
    book: Book, clients: Path, tmp_path: Path
) -> None:
    book.imports.read(clients).apply()
    book.customers.change("Acme", phone="77", email="new@acme.fr")
    again = book.imports.read(clients).apply()
    assert again.unchanged == {"customers": 3}
    assert again.rows["reason"].fillna("").tolist() == ["kept as corrected since: e-mail, phone", "", ""]
    assert [book.customers.get("Acme")[name] for name in ("phone", "email")] == ["77", "new@acme.fr"]
    changed = [row[:] for row in _CLIENTS]
    changed[1][3] = "12"
    newer = book.imports.read(workbook(tmp_path / "b.xlsx", {"Clients": changed})).apply()
    assert newer.rows["reason"].fillna("").tolist()[0] == "kept as corrected since: e-mail"
    assert book.customers.get("Acme")["phone"] == "12"
    book.undo(newer)
    assert book.customers.get("Acme")["phone"] == "77"


def test_an_import_that_was_undone_corrects_nothing(book: Book, clients: Path, tmp_path: Path) -> None:
    book.imports.read(clients).apply()
    changed = [row[:] for row in _CLIENTS]
    changed[1][3] = "12"
    path = workbook(tmp_path / "b.xlsx", {"Clients": changed})
    book.undo(book.imports.read(path).apply())
    assert book.imports.read(path).apply().updated == {"customers": 1}
    assert book.customers.get("Acme")["phone"] == "12"


def test_a_customer_called_back_by_hand_stays_active(book: Book, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"Clients": [["Name", "Inactive"], ["Acme", "2026-01-05"]]})
    book.imports.read(path).apply()
    book.customers.activate("Acme")
    book.imports.read(path).apply()
    assert book.customers.get("Acme")["inactive_since"] is None


def test_customers_are_found_by_tax_id_or_e_mail_where_somebody_says_so(
    book: Book, clients: Path, tmp_path: Path
) -> None:
    book.imports.read(clients).apply()
    rows = [
        ["Name", "Tax id", "E-mail", "City"],
        ["ACME (Paris)", "FR40303265045", "", "Paris"],
        ["Bêta", "", "B@beta.MX", "Puebla"],
    ]
    path = workbook(tmp_path / "b.xlsx", {"Clients": rows})
    assert book.imports.read(path).preview["outcome"].tolist() == ["created", "created"]
    receipt = book.imports.read(path).match("tax_id", "email").policy("fill").apply()
    assert receipt.updated == {"customers": 2}
    assert [book.customers.get(name)["city"] for name in ("Acme", "Beta")] == ["Paris", "Puebla"]
    with pytest.raises(InvalidValue, match="found by tax_id or email, not by phone"):
        book.imports.read(path).match("phone")


def test_a_key_that_several_have_and_two_rows_of_one_customer_are_refused(book: Book, tmp_path: Path) -> None:
    for name in ("Acme", "Acme North"):
        book.customers.add(display_name=name, email="office@acme.fr")
    book.customers.add(display_name="Beta", email="office@beta.fr")
    rows = [
        ["Name", "E-mail"],
        ["Acme South", "office@acme.fr"],
        ["Beta SA", "office@beta.fr"],
        ["Beta Ltd", "office@beta.fr"],
    ]
    plan = book.imports.read(workbook(tmp_path / "b.xlsx", {"Clients": rows})).match("email")
    assert plan.preview[["outcome", "reason"]].fillna("").values.tolist() == [
        ["rejected", "2 customers of the book have its tax id or e-mail address: merge them, or skip the row"],
        ["updated", ""],
        ["rejected", "row 3 is the same customer by its tax id or e-mail address"],
    ]


def test_rows_that_repeat_are_said_and_imported_once_only_when_asked(book: Book, tmp_path: Path) -> None:
    payments = [["Date", "Customer", "Amount"], *[["2026-03-01", "Acme", 50]] * 2, ["2026-03-02", "Acme", 50]]
    book.customers.add(display_name="Acme")
    path = workbook(tmp_path / "p.xlsx", {"Payments": payments})
    plan = book.imports.read(path)
    said = 'it repeats row 2 to the letter: twice real, or one too many? plan.repeats("once")'
    assert plan.problems[["row", "problem", "severity"]].values.tolist() == [[3, said, "warning"]]
    assert book.imports.read(path).repeats("once").preview["outcome"].tolist() == ["created", "skipped", "created"]
    assert plan.apply().created == {"payments": 3}
    assert book.imports.read(path).apply().unchanged == {"payments": 3}
    with pytest.raises(InvalidValue, match='imported "once", or "keep" their number'):
        plan.repeats("twice")


@pytest.mark.parametrize("apart", [True, False])
def test_lines_that_repeat_are_real_unless_somebody_says_otherwise(book: Book, tmp_path: Path, apart: bool) -> None:
    line = ["F1", "Acme", "2026-03-01", "Pen", 2, 3]
    if apart:
        sheets = {"Invoices": [["Invoice number", "Customer", "Date"], line[:3]],
                  "Lines": [["Invoice", "Description", "Quantity", "Unit price"], *[["F1", *line[3:]]] * 2]}  # fmt: skip
        sheets["Invoices"][0].append("Subject")
    else:
        sheets = {
            "Invoices": [["Invoice number", "Customer", "Date", "Description", "Quantity", "Unit price"], line, line]
        }
    path = workbook(tmp_path / "a.xlsx", sheets)
    plan = book.imports.read(path)
    if apart:
        plan.set("total", "12", sheet="Invoices")
    assert plan.problems["problem"].str.contains("to the letter").sum() == 1
    once = book.imports.read(path).repeats("once")
    if apart:
        once.set("total", "6", sheet="Invoices")
    receipt = once.apply()
    assert (str(book.invoices.get(1)["total"]), len(book.invoices.lines(1))) == ("6.0000", 1)
    book.undo(receipt)
    assert plan.apply().created["invoice_lines"] == 2


def test_totals_that_do_not_tie_are_said_with_both_figures(book: Book, tmp_path: Path) -> None:
    invoices = [
        ["Invoice number", "Customer", "Date", "Description", "Quantity", "Unit price", "Tax rate", "Tax", "Balance"],
        ["F1", "Acme", "2026-03-01", "Pen", 1, 100, 20, 19, 119],
        ["F2", "Acme", "2026-03-01", "Pen", 1, 100, 20, 20, 70],
        ["F3", "Acme", "2026-03-01", "Pen", 1, 100, 20, 20, 120],
    ]
    payments = [["Payment date", "Customer", "Amount", "For invoice"], ["2026-03-09", "Acme", 40, "F2"]]
    plan = book.imports.read(workbook(tmp_path / "a.xlsx", {"Invoices": invoices, "Payments": payments}))
    told = plan.problems[plan.problems["sheet"] == "Invoices"][["row", "problem", "severity"]].values.tolist()
    assert told == [
        [2, "its lines make a tax of 20, the invoice says 19", "warning"],
        [3, "the file says that 70 is open, invoice and payments make 80", "warning"],
    ]


def test_the_annotated_workbook_is_ones_own_file_with_remarks(book: Book, tmp_path: Path) -> None:
    import openpyxl
    from openpyxl.styles import Font

    rows = [
        ["Name", "E-mail", "Terms"],
        ["Acme", "nope", "30 days"],
        ["Beta", "b@b.fr", "whenever"],
        ["=1+1", "c@c.fr", ""],
    ]
    path = workbook(tmp_path / "a.xlsx", {"Clients": rows, "Notes": [["kept"]]})
    file = openpyxl.load_workbook(path)
    file["Clients"]["A2"].font = Font(bold=True)
    file["Clients"].column_dimensions["A"].width = 40
    file.save(path)
    plan = book.imports.read(path, sheet="Clients")
    made = openpyxl.load_workbook(plan.annotate(tmp_path / "remarks.xlsx"))
    assert made.sheetnames == ["invoicekit", "Clients", "Notes"]
    sheet = made["Clients"]
    assert sheet["C3"].fill.fgColor.rgb == "00F8CBAD"
    assert "write NET_30" in sheet["C3"].comment.text
    assert sheet["B2"].fill.fgColor.rgb == "00FFE699"
    assert (sheet["A2"].font.bold, sheet.column_dimensions["A"].width, sheet["B3"].comment) == (True, 40, None)
    assert made["invoicekit"]["A1"].value == "0 questions, 2 errors, 1 warning"
    text = text_table(tmp_path / "a.csv", [["Name", "Terms"], ["=cmd()", "whenever"]])
    made = openpyxl.load_workbook(book.imports.read(text, into="customers").annotate(tmp_path / "of_csv.xlsx"))
    assert made["a"]["A2"].data_type == "s"
    assert made["a"]["B2"].comment is not None
