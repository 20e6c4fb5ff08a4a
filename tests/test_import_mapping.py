"""What columns mean: confirmed, known of a program, by their headings, by their values - and said otherwise (S1.11)."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import Workbook

from invoicekit.book import Book
from invoicekit.errors import FileMissing, InvalidValue
from invoicekit.imports.headings import TARGETS, is_path
from invoicekit.imports.mappings import known_programs
from tests.conftest import empty_book
from tests.workbooks import text_table, workbook


def _fields(plan: object, sheet: int = 0) -> dict[str, str | None]:
    return {column.heading: column.field for column in plan.tables[sheet].columns if column.heading}  # type: ignore[attr-defined]


@pytest.mark.parametrize("mapping", known_programs(), ids=lambda mapping: mapping.name)
def test_S1_11_the_exports_of_known_programs_are_recognised_and_named(book: Book, tmp_path: Path, mapping) -> None:
    headings = list(mapping.columns)
    for one in mapping.join:
        headings += one["columns"]
    rows = [[f'"{heading}"' for heading in headings], ['"x"'] * len(headings), ['"y"'] * len(headings)]
    plan = book.imports.read(text_table(tmp_path / "export.csv", rows))
    assert plan.tables[0].known_as == mapping.name or set(mapping.signature) < set(
        known_by_name()[plan.tables[0].known_as].signature
    )
    assert plan.tables[0].target == mapping.into
    assert not plan.tables[0].left_out()
    reasons = {row["reason"] for row in plan.mapping.to_dict("records") if isinstance(row["field"], str)}
    assert all("a heading of" in reason or reason == "what such rows are" for reason in reasons)


def known_by_name():
    return {mapping.name: mapping for mapping in known_programs()}


def test_S1_11_every_known_export_sends_its_columns_to_fields_there_are() -> None:
    assert len(known_programs()) > 30
    for mapping in known_programs():
        paths = [*filter(None, mapping.columns.values()), *(one["to"] for one in mapping.join), *mapping.fixed]
        assert [path for path in paths if not is_path(mapping.into, path)] == [], mapping.name
        needs = TARGETS[mapping.into].needs
        given = set(paths)
        assert all(given.intersection(needed) for needed in needs), mapping.name


def test_S1_11_what_was_confirmed_is_used_for_the_next_such_file_in_whatever_order(book: Book, tmp_path: Path) -> None:
    first = workbook(tmp_path / "a.xlsx", {"Clients": [["Name", "Alias", "Wert"], ["Acme", "a@b.fr", "red"]]})
    plan = book.imports.read(first).map("Alias", to="email").map("Wert", to="extra.Colour")
    receipt = plan.apply()
    second = workbook(tmp_path / "b.xlsx", {"Clients": [["Wert", "Name", "Alias"], ["blue", "Zebra", "z@b.fr"]]})
    again = book.imports.read(second)
    assert _fields(again) == {"Wert": "extra.Colour", "Name": "display_name", "Alias": "email"}
    assert set(again.mapping["reason"]) == {f"as confirmed in operation {receipt.operation}"}
    again.apply()
    assert book.customers.table()[["Name", "E-mail", "Colour"]].values.tolist() == [
        ["Acme", "a@b.fr", "red"], ["Zebra", "z@b.fr", "blue"],
    ]  # fmt: skip


def test_S1_11_an_undone_import_confirms_nothing(book: Book, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"Clients": [["Name", "Alias"], ["Acme", "a@b.fr"]]})
    book.undo(book.imports.read(path).map("Alias", to="notes").apply())
    assert _fields(book.imports.read(path))["Alias"] != "notes"


def test_S1_11_a_mapping_is_saved_under_a_name_and_goes_to_another_book_as_a_file(book: Book, tmp_path: Path) -> None:
    import invoicekit as ik

    rows = [["Name", "A", "B", "Betrag?"], ["Acme", "1 rue X", "bat. 2", "9,50"]]
    path = workbook(tmp_path / "a.xlsx", {"Clients": rows})
    plan = book.imports.read(path).map("A", "B", to="address").map("Betrag?", to=None).set("country", "FR")
    plan.save_mapping("Our list")
    written = plan.export_mapping(tmp_path / "ours.json")
    assert json.loads(written.read_text(encoding="utf-8"))["join"] == [
        {"columns": ["A", "B"], "to": "address", "by": ", "}
    ]
    assert book.imports.mappings["name"].tolist() == ["Our list"]
    with ik.open(empty_book(tmp_path / "other.duckdb")) as other:
        other.imports.read(path).use_mapping(written).apply()
        held = other.customers.get("Acme")
    assert (held["address"], held["country"]) == ("1 rue X, bat. 2", "FR")
    assert book.imports.read(path).tables[0].known_as == "Our list"
    with pytest.raises(InvalidValue, match='No mapping is saved as "Theirs". Saved are: Our list'):
        plan.use_mapping("Theirs")
    with pytest.raises(FileMissing, match=r"There is no file nope\.json"):
        plan.use_mapping("nope.json")
    (tmp_path / "bad.json").write_text('{"into": "customers"}', encoding="utf-8")
    with pytest.raises(InvalidValue, match=r"bad\.json holds no mapping"):
        plan.use_mapping(tmp_path / "bad.json")
    (tmp_path / "odd.json").write_text('{"into": "customers", "columns": {"A": "colour"}}', encoding="utf-8")
    with pytest.raises(InvalidValue, match='have no field "colour"'):
        plan.use_mapping(tmp_path / "odd.json")


def test_S1_11_lines_of_an_address_are_joined_and_columns_that_name_two_fields_are_split(
    book: Book, tmp_path: Path
) -> None:
    rows = [
        ["First name", "Last name", "Address line 1", "Address line 2", "City, ZIP"],
        ["Ann", "Lee", "1 High St", "Flat 2", "Leeds LS1 4AP"],
        ["Bo", "Ek", "2 rue A", "", "69003 Lyon"],
        ["Cy", "Ng", "3 rue B", "", "Paris, 75001"],
        ["Di", "Oz", "", "", ""],
    ]
    book.imports.read(workbook(tmp_path / "a.xlsx", {"Clients": rows})).apply()
    assert book.sql("select display_name, address, city, postal_code from customers order by id").astype(
        "object"
    ).replace({pd.NA: None}).values.tolist() == [
        ["Ann Lee", "1 High St, Flat 2", "Leeds", "LS1 4AP"],
        ["Bo Ek", "2 rue A", "Lyon", "69003"],
        ["Cy Ng", "3 rue B", "Paris", "75001"],
        ["Di Oz", None, None, None],
    ]


def test_S1_11_columns_are_joined_split_and_set_as_told(book: Book, tmp_path: Path) -> None:
    rows = [["Full name", "Remark 1", "Remark 2", "Where"], ["Lee; Ann", "a", "b", "Lyon - 69003"]]
    plan = book.imports.read(workbook(tmp_path / "a.xlsx", {"Clients": rows}))
    plan.split("Full name", into=["last_name", "first_name"], by=";").map("Remark 1", "Remark 2", to="notes", by=" / ")
    plan.split("Where", into=["city", "postal_code"], by="-").set("currency", "MXN")
    plan.apply()
    held = book.customers.get("Ann Lee")
    assert [held[name] for name in ("notes", "city", "postal_code", "currency")] == ["a / b", "Lyon", "69003", "MXN"]
    with pytest.raises(InvalidValue, match='have no field "town"'):
        plan.split("Where", into=["town", "postal_code"])


def test_S1_11_values_say_what_a_heading_does_not(book: Book, tmp_path: Path) -> None:
    rows = [
        ["Name", "Kontakt X", "Konto", "Seit wann"],
        ["Acme", "a@b.fr", "FR1420041010050500013M02606", "2026-01-02"],
        ["Beta", "b@b.fr", "DE89370400440532013000", "2026-01-03"],
    ]
    plan = book.imports.read(workbook(tmp_path / "a.xlsx", {"Clients": rows}))
    told = {row["column"]: (row["field"], row["score"], row["reason"]) for row in plan.mapping.to_dict("records")}
    assert told["Kontakt X"] == ("email", 60, "its values look like e-mail addresses")
    assert "its values look like IBANs" in told["Konto"][2]
    assert "its values look like dates" in told["Seit wann"][2]
    assert len(plan.problems) == 2


def test_S1_11_every_suggestion_has_its_score_and_its_reason(book: Book, tmp_path: Path) -> None:
    rows = [["Custmer name", "Phone"], ["Acme", "12"], ["Beta", "13"]]
    told = book.imports.read(workbook(tmp_path / "a.xlsx", {"Clients": rows})).mapping.to_dict("records")
    assert [(row["field"], row["score"], row["reason"]) for row in told] == [
        ("display_name", 96, '"Custmer name" is close to "customer name"'), ("phone", 100, '"Phone" is a heading of phone'),
    ]  # fmt: skip


def test_a_field_of_ones_own_is_kept_beside_those_there_were(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme", extra={"Agent": "Ann", "Colour": "green"})
    rows = [["Name", "Colour", "Floor"], ["Acme", "red", "3"], ["Beta", "", "4"]]
    plan = book.imports.read(workbook(tmp_path / "a.xlsx", {"Clients": rows}))
    plan.map("Colour", to="extra.Colour").map("Floor", to="extra.Floor").apply()
    assert book.customers.get("Acme")["extra"] == {"Agent": "Ann", "Colour": "red", "Floor": "3"}
    assert book.customers.get("Beta")["extra"] == {"Floor": "4"}
    with pytest.raises(InvalidValue, match='have no field "extra."'):
        plan.map("Floor", to="extra.")


def test_several_tables_in_a_sheet_below_and_beside_one_another(book: Book, tmp_path: Path) -> None:
    rows = [
        ["Everything of March"],
        [],
        ["Customer number", "Name", None, "Invoice number", "Customer", "Date", "Total"],
        ["1", "Acme", None, "F1", "Acme", "2026-03-01", 100],
        ["2", "Beta", None, "F2", "Beta", "2026-03-02", 50],
        [],
        ["Payments received"],
        ["Payment date", "Customer", "Amount", "For invoice"],
        ["2026-03-10", "Acme", 100, "F1"],
        ["Total", None, 100],
    ]
    plan = book.imports.read(workbook(tmp_path / "a.xlsx", {"March": rows}))
    assert [(table.name, table.target, table.first_row, table.last_row) for table in plan.tables] == [
        ("March", "customers", 4, 5), ("March (2)", "invoices", 4, 5), ("March (3)", "payments", 9, 10),
    ]  # fmt: skip
    receipt = plan.apply()
    assert receipt.created == {"customers": 2, "invoices": 2, "payments": 1}
    assert receipt.rows[["row", "table", "outcome"]].values.tolist()[-1] == [10, "payments", "skipped"]
    assert book.reports.open_items().df["number"].tolist() == ["F2"]


def test_headings_merged_over_rows_and_groups_above_headings_that_repeat(book: Book, tmp_path: Path) -> None:
    file = Workbook()
    sheet = file.active
    assert sheet is not None
    for row in (["Name", "Billing", None, "Shipping", None], [None, "City", "Country", "City", "Country"],
                ["Acme", "Lyon", "FR", "Köln", "DE"]):  # fmt: skip
        sheet.append(row)
    sheet.merge_cells("A1:A2")
    sheet.merge_cells("B1:C1")
    sheet.merge_cells("D1:E1")
    file.save(tmp_path / "a.xlsx")
    plan = book.imports.read(tmp_path / "a.xlsx")
    assert _fields(plan) == {
        "Name": "display_name", "Billing City": "city", "Billing Country": "country", "Shipping City": "shipping_city",
        "Shipping Country": "shipping_country",
    }  # fmt: skip
    plan.apply()
    assert [book.customers.get("Acme")[name] for name in ("city", "shipping_country")] == ["Lyon", "DE"]


def test_what_the_spreadsheet_hides_is_said_and_not_dropped(book: Book, tmp_path: Path) -> None:
    file = Workbook()
    sheet = file.active
    assert sheet is not None
    for row in (["Name", "Phone"], ["Acme", "1"], ["Beta", "2"]):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True
    sheet.sheet_state = "hidden"
    file.create_sheet("shown")
    file.save(tmp_path / "a.xlsx")
    plan = book.imports.read(tmp_path / "a.xlsx")
    assert sorted(plan.problems["problem"]) == [
        f"{what} in the spreadsheet, and imported all the same"
        for what in ("1 row is hidden: 3", "the column is hidden", "the sheet is hidden")
    ]
    assert plan.apply().created == {"customers": 2}


def test_a_folder_a_pattern_and_several_files_are_one_import(book: Book, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    workbook(folder / "clients.xlsx", {"A": [["Customer number", "Name"], ["1", "Acme"]]})
    text_table(
        folder / "invoices.csv", [["Invoice number", "Customer", "Date", "Total"], ["F1", "1", "2026-03-01", "100"]]
    )
    (folder / "~$clients.xlsx").write_bytes(b"lock")
    receipt = book.imports.read(folder).apply()
    assert (receipt.file, receipt.created) == ("exports (2 files)", {"customers": 1, "invoices": 1})
    assert set(receipt.rows["sheet"]) == {"clients.xlsx", "invoices.csv"}
    assert book.imports.read(f"{folder}/*").apply().unchanged == {"customers": 1, "invoices": 1}
    assert book.imports.read([folder / "clients.xlsx", folder / "invoices.csv"]).apply().sha256 == receipt.sha256
    book.undo(receipt)
    for where, said in (
        (tmp_path / "none*.csv", "No workbook or text table is called"),
        ([], "No file was named"),
        (None, "An import reads files: .* and not a NoneType"),
        (pd.DataFrame({"Name": ["Acme"]}), "and not a DataFrame. Write a frame into one first"),
        (tmp_path / "x", "There is no file"),
    ):
        with pytest.raises(FileMissing, match=said):
            book.imports.read(where)


def test_a_locale_is_stated_for_a_whole_file(book: Book, tmp_path: Path) -> None:
    rows = [["Invoice number", "Customer", "Date", "Net", "Total"], ["F1", "Acme", "03/04/2026", "1.000", "1.200"]]
    path = text_table(tmp_path / "a.csv", rows, delimiter=";")
    plan = book.imports.read(path)
    assert set(plan.problems["severity"]) == {"question"}
    plan.read_as(decimal=",", order="dmy").apply()
    assert book.invoices.get(1)["date"].isoformat() == "2026-04-03"
    assert str(book.invoices.get(1)["total"]) == "1200.0000"


@pytest.mark.parametrize("negative", ["(1,234.50)", "1,234.50-", "-1,234.50", "USD -1,234.50", "-$1,234.50"])
def test_however_an_amount_is_written_it_is_negative(book: Book, tmp_path: Path, negative: str) -> None:
    rows = [
        ["Invoice number", "Customer", "Date", "Total", "Currency"],
        ["F1", "Acme", "2026-04-03", f'"{negative}"', "USD"],
    ]
    book.imports.read(text_table(tmp_path / "a.csv", rows)).apply()
    assert str(book.invoices.get(1)["total"]) == "-1234.5000"
