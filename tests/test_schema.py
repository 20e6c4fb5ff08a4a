"""The registry: everything follows from it, and it is whole."""

from __future__ import annotations

import pytest

from invoicekit.book import Book
from invoicekit.schema import KINDS, LANGUAGES, TABLES, Field, Table, document, references_to

ALL = [(table, field) for table in TABLES.values() for field in table.fields]


def test_every_table_of_the_house_is_declared() -> None:
    assert {
        "customers", "contact_persons", "matters", "activities", "invoices", "invoice_lines", "payments", "allocations",
        "entries", "operations", "counters", "imports", "settings",
    } <= set(TABLES)  # fmt: skip


@pytest.mark.parametrize(("table", "field"), ALL, ids=[f"{table.name}.{field.name}" for table, field in ALL])
def test_a_field_is_declared_whole(table: Table, field: Field) -> None:
    assert field.kind in KINDS
    assert len(field.label) == len(LANGUAGES)
    assert all(field.label)
    assert field.help
    assert field.references is None or field.references in TABLES
    assert not field.part_of or field.references
    assert field.kind != "choice" or field.choices


def test_a_book_has_the_tables_fields_and_comments_of_the_registry(book: Book) -> None:
    rows = book._store.rows(
        "select table_name, column_name, data_type, comment from duckdb_columns() "
        "where database_name = 'book' and schema_name = 'main'"
    )
    held = {(row["table_name"], row["column_name"]): (row["data_type"], row["comment"]) for row in rows}
    for table, field in ALL:
        assert held[table.name, field.name] == (field.sql_type, field.help)


def test_references_are_found_from_the_other_side() -> None:
    found = {f"{table.name}.{field.name}" for table, field in references_to("customers")}
    assert {"customers.parent", "invoices.customer", "payments.customer", "entries.customer"} <= found


def test_the_page_of_fields_is_what_the_registry_says() -> None:
    assert document.PAGE.read_text(encoding="utf-8") == document.fields_page(), (
        "docs/fields.md is out of date; run: python -m invoicekit.schema.document"
    )


def test_credit_notes_are_a_public_view(book: Book) -> None:
    customer = book.customers.add(display_name="Acme")
    book.invoices.record(customer, number="A-1", date="2026-01-01", total="-5")
    assert book.sql("select number, total from credit_notes").to_dict("list") == {
        "number": ["A-1"],
        "total": [pytest.approx(-5)],
    }
