"""What if: operations that are tried out, compared, and leave nothing.

Proves M13.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from invoicekit.book import Book
from invoicekit.errors import InvoicekitError, MailRefused, OperationFailed
from tests.conftest import contents, ready_to_bill


@pytest.fixture
def owing(book: Book) -> Book:
    ready_to_bill(book)
    for name in ("Acme", "Zebra"):
        book.customers.add(display_name=name, country="IE", email="x@example.org")
        book.invoices.record(name, number=name, date="2026-01-10", due_date="2026-02-10", total="100")
    return book


def test_M13_nothing_is_left_behind(owing: Book) -> None:
    before = contents(owing), owing.operations().to_csv(), owing.reports.aging(as_of="2026-03-01").table
    with owing.what_if() as trial:
        owing.payments.record("Acme", amount="60", date="2026-02-20")
        draft = owing.invoices.draft(
            customer="Zebra", date="2026-02-01", lines=[{"description": "x", "unit_price": "7"}]
        )
        assert owing.invoices.finalize(draft) == "1"
        owing.customers.merge("Zebra", into="Acme").confirm()
        assert owing.sql("select count(*) as n from payments")["n"].tolist() == [1]
        assert len(trial.compare("balances", as_of="2026-03-01")) == 2
    assert (contents(owing), owing.operations().to_csv(), owing.reports.aging(as_of="2026-03-01").table) == before
    assert owing.check().empty
    assert owing.series.next() == "1"


def test_M13_reports_before_and_after_are_compared_row_by_row(owing: Book) -> None:
    with owing.what_if() as trial:
        owing.payments.record("Acme", amount="60", date="2026-02-20")
        [row] = trial.compare("aging", as_of="2026-03-01").to_dict("records")
        assert (row["customer"], row["balance_before"], row["balance_after"]) == ("Acme", 100, 40)
        assert row["days_1_30_change"] == Decimal(-60)
        assert "current_before" not in row
        assert trial.compare("aging", as_of="2026-02-01").empty
        owing.invoices.record("Zebra", number="new", date="2026-02-20", total="5")
        items = trial.compare("open_items", as_of="2026-03-01").set_index("number")
        assert items.loc["new", "amount_after"] == 5
        assert items["amount_before"].isna().tolist() == [False, True]


REACHING_OUT: dict[str, Callable[[Book, Path], object]] = {
    "a workbook": lambda book, folder: book.reports.aging().to_excel(folder / "x.xlsx"),
    "a pack": lambda book, folder: book.reports.to_workbook(folder / "x.xlsx"),
    "a printed pack": lambda book, folder: book.documents.pack().save(folder / "x.pdf"),
    "a statement": lambda book, folder: book.documents.statement("Acme").save(folder / "x.pdf"),
    "a backup": lambda book, folder: book.backup(folder / "x.duckdb"),
    "an export": lambda book, folder: book.export(folder / "x"),
    "a template": lambda book, folder: book.documents.templates.save("default", folder / "x.html"),
    "messages": lambda book, folder: book.mail.save(folder / "x"),
    "mail": lambda book, _: book.mail.run(),
}


@pytest.mark.parametrize(
    "what",
    [*sorted(REACHING_OUT.keys() - {"a backup"}), pytest.param("a backup", marks=pytest.mark.file_only("book.backup"))],
)
def test_M13_mail_and_files_are_refused_while_something_is_tried(owing: Book, tmp_path: Path, what: str) -> None:
    before = sorted(tmp_path.iterdir())
    with owing.what_if():
        owing.payments.record("Acme", amount="60", date="2026-02-20")
        with pytest.raises((OperationFailed, MailRefused), match=r"only tried out|may still come to nothing"):
            REACHING_OUT[what](owing, tmp_path)
    assert sorted(tmp_path.iterdir()) == before
    if what != "mail":
        REACHING_OUT[what](owing, tmp_path)


def test_M13_a_failure_inside_is_told_and_leaves_nothing(owing: Book) -> None:
    with pytest.raises(InvoicekitError, match="Nobody"), owing.what_if():
        owing.payments.record("Acme", amount="60", date="2026-02-20")
        owing.payments.record("Nobody", amount="60", date="2026-02-20")
    assert owing.payments.list().empty
    with (
        pytest.raises(OperationFailed, match="cannot be tried inside an operation"),
        owing.operation("x"),
        owing.what_if(),
    ):
        pass
