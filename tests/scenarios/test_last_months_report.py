"""An analyst reproduces last month's report after an import, a merge, an undo and a new layout of the book.

Proves C13, M3, M4, M12.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.store.migrations import MIGRATIONS
from tests.conftest import Ticking

REPORTS = ("balances", "open_items", "aging")


def all_reports(book: Book, known_at: int | None = None) -> dict[str, pd.DataFrame]:
    return {name: book.reports.run(name, as_of="2026-03-31", known_at=known_at).df for name in REPORTS}


def as_the_first_layout(path: Path) -> None:
    """Turn a book's file into what the first layout was."""
    with duckdb.connect(str(path)) as engine:
        for view in engine.execute("select view_name from duckdb_views() where not internal").fetchall():
            engine.execute(f"drop view {view[0]}")
        for schema in ("main", "history"):
            engine.execute(f"alter table {schema}.contact_persons rename to contacts")
            engine.execute(f"drop table {schema}.different_customers")
            for table in ("invoices", "payments"):
                engine.execute(f"alter table {schema}.{table} drop recorded_for")
            for table in ("users", "wip_entries", "stopwatches", "matter_parties", "activity_categories"):
                engine.execute(f"drop table {schema}.{table}")
            for table, column in (("matters", "responsible"), ("activities", "worked_by")):
                engine.execute(f"alter table {schema}.{table} alter {column} type varchar")
            for column in ("worked", "billed", "rate_from", "taxable"):
                engine.execute(f"alter table {schema}.activities drop {column}")
            for column in ("merged_into", "tags", "extra", "tax_id_kind", "shipping_address"):
                engine.execute(f"alter table {schema}.customers drop {column}")
        engine.execute("update counters set name = 'contacts' where name = 'contact_persons'")
        engine.execute("delete from migrations")
        engine.execute("insert into migrations values (1, 'first layout', timestamp '2026-01-01')")


def test_last_months_report_is_reproduced(tmp_path: Path) -> None:
    path, clock = tmp_path / "acme.duckdb", Ticking()
    seen: dict[int, dict[str, pd.DataFrame]] = {}

    def picture(book: Book) -> None:
        seen[int(book.operations()["id"].iloc[0])] = all_reports(book)

    # Two customers are billed and one pays, in a book of the first layout.
    with ik.open(path, clock=clock) as book:
        for name in ("Acme SA", "Acme S.A."):
            book.customers.add(display_name=name)
            book.invoices.record(name, number="F-1", date="2026-03-01", total="100.00")
            picture(book)
        book.people.add("Acme SA", "Ann Lee")
        book.payments.record("Acme SA", amount="30.00", date="2026-03-10")
        picture(book)
        book.undo(int(book.operations()["id"].iloc[0]))
        picture(book)
        book.payments.record("Acme SA", amount="35.55", date="2026-03-11")
        picture(book)
    as_the_first_layout(path)

    # The book is opened by a later version, which brings its layout up to date and keeps a copy.
    with ik.open(path, clock=clock) as book:
        [copy] = book.backups().to_dict("records")
        assert copy["reason"] == f"before layout {MIGRATIONS[-1].version}"
        assert f"A copy of the book as it was is kept in acme.backups/{Path(copy['path']).name}." in book.notes
        assert "Layout 2: documents keep whom they were recorded for." in book.notes
        assert book.check().empty
        for operation, reports in seen.items():
            for name, shown in all_reports(book, operation).items():
                assert shown.equals(reports[name]), f"{name} as known after {operation}"

        # Whoever was noted down at a customer is there, and the next one gets a number of their own.
        assert book.people.add("Acme SA", "Bob") == 2
        assert book.people.list()["name"].tolist() == ["Ann Lee", "Bob"]
        picture(book)

        # A file comes in, the two turn out to be one, and that turns out to be wrong.
        (tmp_path / "i.csv").write_text(
            "Invoice no,Customer,Date,Total\nF-2,Acme S.A.,2026-03-20,12.34\n", encoding="utf-8"
        )
        receipt = book.imports.read(tmp_path / "i.csv", into="invoices").apply()
        picture(book)
        merged = book.customers.merge("Acme S.A.", into="Acme SA").confirm()
        picture(book)
        book.undo(merged)
        picture(book)
        book.undo(receipt)
        picture(book)

        # Every report anybody ever saw is there again, to the cent.
        for operation, reports in seen.items():
            for name, shown in all_reports(book, operation).items():
                assert shown.equals(reports[name]), f"{name} as known after {operation}"
            past = book.at(operation)
            assert past.reports.balances(as_of="2026-03-31").df.equals(reports["balances"])
            assert past.sql("select count(*) as n from operations")["n"].tolist() == [operation]
        assert book.diff(book.at(max(operation for operation in seen if operation < receipt.operation))).empty
