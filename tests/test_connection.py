"""A book for other tools: a connection that reads, and frames by Arrow.

Proves M5.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.errors import BookClosed, QueryRefused
from tests.conftest import empty_book


@pytest.fixture
def owing(book: Book) -> Book:
    for number, total in (("1", "10.10"), ("2", "20.20")):
        book.customers.add(display_name=number)
        book.invoices.record(number, number=number, date="2026-01-10", total=total)
    return book


def test_a_connection_reads_as_pep_249_says(owing: Book) -> None:
    with owing.connection() as connection:
        cursor = connection.cursor()
        assert (cursor.description, cursor.rowcount, cursor.fetchone()) == (None, -1, None)
        cursor.execute("select number, total, number as number from invoices where total > ? order by id", [Decimal(1)])
        assert [column[0] for column in cursor.description or ()][:2] == ["number", "total"]
        assert cursor.rowcount == 2
        assert cursor.fetchone() == ("1", Decimal("10.1000"), "1")
        assert cursor.fetchmany(5) == [("2", Decimal("20.2000"), "2")]
        assert cursor.fetchall() == []
        named = cursor.execute("select $n::int as n", {"n": 3})
        assert [*named] == [(3,)]
        assert named.arrow().to_pylist() == [{"n": 3}]
        connection.commit()
        connection.rollback()
        cursor.close()
        assert cursor.fetchall() == []
    with pytest.raises(BookClosed, match="connection was closed"):
        connection.cursor()


@pytest.mark.parametrize(
    "text", ["delete from customers", "attach 'x.db'", "select 1; select 2", "select * from read_csv('x')"]
)
def test_a_connection_cannot_write(owing: Book, text: str) -> None:
    with pytest.raises(QueryRefused):
        owing.connection().cursor().execute(text)


@pytest.mark.filterwarnings("ignore:pandas only supports SQLAlchemy")
def test_pandas_reads_a_connection(owing: Book) -> None:
    assert pd.read_sql("select count(*) as n from invoices", owing.connection())["n"].tolist() == [2]


def test_M5_a_report_is_handed_over_by_arrow(owing: Book) -> None:
    report = owing.reports.open_items(as_of="2026-03-01")
    table = pa.table(report)
    assert table.equals(report.table)
    assert table.schema.field("amount").type == pa.decimal128(18, 4)
    assert len(report) == 2
    floats = report.df_float
    assert floats["amount"].dtype == "float64"
    assert str(floats["date"].dtype) == "datetime64[ns]"
    assert floats["amount"].tolist() == [10.1, 20.2]


def test_a_closed_book_answers_no_connection(tmp_path: Path) -> None:
    book = ik.open(empty_book(tmp_path / "a.duckdb"))
    cursor = book.connection().cursor()
    book.close()
    with pytest.raises(BookClosed):
        cursor.execute("select 1")
