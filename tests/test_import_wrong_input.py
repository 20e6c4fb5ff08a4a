"""Wrong input: one clear error each that says what to do, and the book unchanged."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from invoicekit.book import Book
from invoicekit.errors import (
    FileMissing,
    ImportRefused,
    InvalidValue,
    MissingColumn,
    NoTable,
    NotAWorkbook,
    PasswordNeeded,
    QuestionsOpen,
)
from tests.conftest import contents
from tests.workbooks import protected, text_table, workbook


def _missing(folder: Path) -> Path:
    workbook(folder / "other.xlsx", {"A": [["Name"], ["x"]]})
    return folder / "clients.xlsx"


def _bytes(content: bytes, name: str = "clients.xlsx") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def _sheets(**sheets: list[list[object]]) -> Callable[[Path], Path]:
    return lambda folder: workbook(folder / "clients.xlsx", sheets)


def _zip_of_something() -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as file:
        file.writestr("letter.txt", "Dear Sir")
    return into.getvalue()


def _truncated(folder: Path) -> Path:
    path = workbook(folder / "clients.xlsx", {"A": [["Name"], *[[f"name {n}"] for n in range(500)]]})
    path.write_bytes(path.read_bytes()[:3000])
    return path


def _protected(folder: Path) -> Path:
    return protected(workbook(folder / "clients.xlsx", {"A": [["Name"], ["x"]]}), "sesame")


CASES: dict[str, tuple[Callable[[Path], Path], type[ImportRefused], str]] = {
    "unknown file": (_missing, FileMissing, r"There is no file .*clients\.xlsx.*the folder holds other\.xlsx"),
    "not a workbook": (_bytes(b"\x7fELF\x02\x01\x01\0\0\0" * 20), NotAWorkbook, "its bytes are something else. Give an .xlsx"),
    "a zip of something else": (_bytes(_zip_of_something()), NotAWorkbook, "looks like a workbook but.*save it anew"),
    "a truncated workbook": (_truncated, NotAWorkbook, "looks like a workbook but cannot be read.*save it anew"),
    "an empty file": (_bytes(b""), NotAWorkbook, "clients.xlsx is empty. Export it again"),
    "a password": (_protected, PasswordNeeded, r'clients.xlsx is protected by a password: give it, as in read\(..., password='),
    "empty sheet": (_sheets(Clients=[]), NoTable, "The sheet Clients is empty"),
    "headings and nothing below": (_sheets(Clients=[["Name", "City"]]), NoTable, "headings in row 1, and nothing below"),
    "no header": (_sheets(Clients=[["Acme", 12, "x"], ["Zebra", 13, "y"]]), NoTable, "looks like the headings.*header_row="),
    "no sheet of that name": (_sheets(Clients=[["Name"], ["x"]]), NoTable, 'has no sheet "Nope". Its sheets are: Clients'),
    "missing required column": (
        _sheets(Clients=[["City", "Phone", "E-mail"], ["Lyon", "1", "a@b.fr"]]),
        MissingColumn,
        r'no column gives display_name or external_id or company_name or last_name.*plan\.map\("\.\.\.", to="display_name"\)',
    ),
    "nothing but notes": (_sheets(Notes=[["Remember the milk"], ["and the bread"]]), NoTable, "Say where they are with header_row"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_file_that_cannot_be_imported_is_refused_in_one_sentence(book: Book, tmp_path: Path, case: str) -> None:
    make, error, said = CASES[case]
    path = make(tmp_path)
    before = contents(book)
    with pytest.raises(error, match=said) as refused:
        book.imports.read(
            path,
            into="customers" if case == "missing required column" else None,
            sheet="Nope" if case == "no sheet of that name" else None,
        ).apply()
    assert "Traceback" not in str(refused.value)
    assert contents(book) == before
    assert book.operations().empty


def test_a_newer_book_version_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    """The test of the refusal itself stands in test_store.py; the command line says the same."""
    import duckdb
    from typer.testing import CliRunner

    import invoicekit as ik
    from invoicekit.cli import app

    path = tmp_path / "a.duckdb"
    ik.open(path).close()
    with duckdb.connect(str(path)) as engine:
        engine.execute("insert into migrations values (99, 'from the future', now()::timestamp)")
    result = CliRunner().invoke(app, ["report", str(path), "aging"])
    assert result.exit_code == 1
    assert "open it with a newer invoicekit" in " ".join(result.output.split())


ROWS = [
    ("31/02/2026", "100", 'Invoice date "31/02/2026" is not a date written day/month/year'),
    ("soon", "100", 'Invoice date "soon" is not a date written day/month/year'),
    ("15/02/2026", "a lot", 'Total "a lot" is not a number written with the decimal mark .'),
    ("15/02/2026", "1.2.3", 'Total "1.2.3" is not a number written with the decimal mark .'),
    ("15/02/2026", "999999999999999", 'Total "999999999999999" is out of range'),
    ("", "100", "it has no invoice date"),
    ("15/02/2026", "", "Invoice F-1 has no amount, or one out of range. Give its total, or lines with a price."),
]


@pytest.mark.parametrize(("day", "total", "reason"), ROWS)
def test_a_cell_that_cannot_be_read_rejects_its_row_and_no_other(
    book: Book, tmp_path: Path, day: str, total: str, reason: str
) -> None:
    rows = [
        ["Invoice number", "Client", "Invoice date", "Total"],
        ["F-1", "Acme", day, total],
        ["F-2", "Acme", "16/02/2026", "7.50"],
    ]
    receipt = book.imports.read(text_table(tmp_path / "invoices.csv", rows, ";")).apply()
    told = receipt.rows[receipt.rows["table"] == "invoices"].to_dict("records")
    assert [(row["row"], row["outcome"]) for row in told] == [(2, "rejected"), (3, "created")]
    assert told[0]["reason"] == reason
    assert book.invoices.list()["number"].tolist() == ["F-2"]


def test_a_column_that_can_be_read_two_ways_is_a_question_not_a_guess(book: Book, tmp_path: Path) -> None:
    rows = [["Invoice number", "Client", "Invoice date", "Total"], ["F-1", "Acme", "03/04/2026", "1.234"]]
    plan = book.imports.read(text_table(tmp_path / "invoices.csv", rows, ";"))
    with pytest.raises(QuestionsOpen, match=r'"03/04/2026" may be read.*"1.234" may be read with either decimal mark'):
        plan.apply()
    assert book.invoices.list().empty
    plan.read_as("Invoice date", order="mdy").read_as("Total", decimal=",").apply()
    listed = book.invoices.list()
    assert str(listed["date"].iloc[0]) == "2026-03-04"
    assert str(listed["total"].iloc[0]) == "1234.0000"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda plan: plan.map("Nope", to="phone"), 'There is no column "Nope". The columns are: "Name", "Phone"'),
        (lambda plan: plan.map("Phone", to="telephon"), 'have no field "telephon". They have: external_id'),
        (lambda plan: plan.skip([2], sheet="X"), "Say which sheet is meant"),
        (lambda plan: plan.read_as("Name", decimal=";"), 'decimal="," or "."'),
        (lambda plan: plan.currency("euro"), "ISO 4217"),
        (lambda plan: plan.same_names("maybe"), '"same" or "separate"'),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused(
    book: Book, tmp_path: Path, call: Callable[..., object], said: str
) -> None:
    path = workbook(tmp_path / "a.xlsx", {"Clients": [["Name", "Phone"], ["Acme", "1"]]})
    with pytest.raises(InvalidValue, match=said):
        call(book.imports.read(path, into="customers"))


def test_an_unknown_target_is_refused(book: Book, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"Clients": [["Name"], ["Acme"]]})
    with pytest.raises(InvalidValue, match='into customers, contact_persons, .*, payments, .*, not into "clients"'):
        book.imports.read(path, into="clients")
