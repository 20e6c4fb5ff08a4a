"""What an intruder would try, each tried here or where it belongs: docs/security.md lists attack and test."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import load_workbook

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.errors import InvoicekitError, NotAllowed, QueryRefused, UndoRefused
from tests.conftest import contents, ready_to_bill

ROOT = Path(__file__).parents[1]

INJECTIONS = [
    "Robert'); delete from book.main.customers; --", "' or '1'='1", "'; attach '/etc/passwd' as x; --",
    '"; drop table customers; --', "$$; select 1; $$", "x' union select hash from passwords --", "%' escape '",
    "\\'; drop view open_items; --", "{{7*7}}", "${jndi:ldap}",
]  # fmt: skip

FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    '=HYPERLINK("http://x","y")',
]


@pytest.fixture
def two(book: Book) -> Book:
    for name in ("Acme", "Beta"):
        book.customers.add(display_name=name)
        book.invoices.record(name, number=f"{name}-1", date="2026-01-10", total="100")
    return book


# SQL


@pytest.mark.parametrize("text", INJECTIONS)
def test_sql_in_names_and_values_is_text(two: Book, text: str) -> None:
    customer = two.customers.add(display_name=text, notes=text, tags=[text.replace(",", " ").replace(";", " ")])
    two.invoices.record(customer, number=text, date="2026-01-10", total="1")
    two.customers.change(customer, company_name=text)
    assert two.customers.get(text)["notes"] == text
    assert two.invoices.get(two._store.rows("select max(id) as id from invoices")[0]["id"])["number"] == text
    assert len(two.customers.list(include_inactive=True)) == 3
    assert two.reports.open_items(customer=text, as_of="2026-12-31").df["number"].tolist() == [text]
    assert not len(two.check())


def asked_with(text: str) -> dict[str, Callable[[Book], Any]]:
    return {
        "a name": lambda book: book.customers.get(text),
        "a search": lambda book: book.customers.list(search=text),
        "a customer": lambda book: book.reports.aging(customer=text),
        "a tree": lambda book: book.reports.aging(tree=text),
        "a category": lambda book: book.reports.aging(category=text).df,
        "a tag": lambda book: book.reports.aging(tag=text).df,
        "a line of business": lambda book: book.reports.aging(line_of_business=text).df,
        "a currency": lambda book: book.reports.aging(currency=text).df,
        "what to sum up by": lambda book: book.reports.aging(by=text),
        "a day": lambda book: book.reports.aging(as_of=text),
        "a moment": lambda book: book.reports.aging(known_at=text),
        "buckets": lambda book: book.reports.aging(buckets=text),
        "a report": lambda book: book.reports.run(text),
        "a table of a history": lambda book: book.history(1, table=text),
        "a field": lambda book: book.customers.change(1, **{text: "x"}),
        "a setting": lambda book: setattr(book.settings, "currency", text),
        "a role": lambda book: book.access.grant("ana", text),
        "an operation": lambda book: book.undo(text),
        "a template": lambda book: book.documents.invoice(1, template=text),
        "a parameter of sql": lambda book: book.sql(
            "select display_name from customers where display_name = $n", {"n": text}
        ),
    }


@pytest.mark.parametrize("place", asked_with(""))
def test_sql_in_whatever_is_asked_for_finds_nothing_and_changes_nothing(two: Book, place: str) -> None:
    before = contents(two)
    for text in INJECTIONS:
        try:
            found = asked_with(text)[place](two)
        except (InvoicekitError, TypeError):
            continue
        assert found is None or len(found) == 0, f"{text} in {place} found {found}"
    assert contents(two) == before
    assert not len(two.check())


QUERIES = [
        "delete from customers", "insert into settings values (9, 'a', 'b', 1)", "update entries set amount = 0",
        "drop table entries",
        "create table x as select 1", "attach '/tmp/x.duckdb' as x", "copy customers to '/tmp/x.csv'", "install httpfs",
        "load httpfs",
        "set enable_external_access = true", "set search_path = 'memory.main'", "reset lock_configuration", "pragma database_list",
        "call pragma_version()", "select * from read_csv('/etc/passwd')", "select * from '/etc/passwd'", "from 'x.parquet'",
        "select * from read_text('/etc/passwd')", "select * from glob('/etc/*')", "select * from parquet_scan('x')",
        "select * from duckdb_secrets()", "select * from duckdb_settings()", "select * from query('select 1')",
        "select * from query_table('passwords')", "select 1; delete from customers", "explain analyze delete from customers",
        "with x as (delete from customers returning *) select * from x", "select * from passwords", "export database '/tmp/x'",
        "select * from (select * from (select * from read_blob('/etc/passwd')))", "select * from pragma_table_info('passwords')",
        "select (select max(hash) from passwords)", "select * from customers where exists (from passwords)",
        "select * from book.main.passwords p", "summarize passwords", "describe passwords", "checkpoint", "begin",
        "select * from sqlite_scan('x', 'y')", "select * from which_secret('x', 's3')", "prepare x as select 1", "vacuum",
        "use memory", "with x as (insert into customers (id) values (9) returning *) from x",
]  # fmt: skip


def test_sql_that_does_anything_but_read_the_book_is_refused(two: Book) -> None:
    before = contents(two)
    earlier, cursor = two.at(2), two.connection().cursor()
    for query in QUERIES:
        for ask in (two.sql, earlier.sql, cursor.execute):
            with pytest.raises(QueryRefused):
                ask(query)
                pytest.fail(f"{query} was not refused")
    with two.what_if():
        for query in QUERIES:
            with pytest.raises(QueryRefused):
                two.sql(query)
                pytest.fail(f"{query} was not refused while something is tried")
    with pytest.raises(QueryRefused, match="give it one query"):
        two.sql(None)  # type: ignore[arg-type]
    assert contents(two) == before


def test_variables_of_python_are_not_read_by_sql(two: Book) -> None:
    import pandas as pd

    secret = pd.DataFrame({"a": [1]})  # noqa: F841 - what a query must not find
    with pytest.raises(QueryRefused):
        two.sql("select * from secret")


REOPENING = [
    "set enable_external_access = true", "attach '/tmp/x.duckdb' as x", "copy (select 1) to '/tmp/x.csv'", "load '/tmp/x'",
    "select * from read_text('/etc/passwd')", "install httpfs", "set allow_community_extensions = true",
    "set allowed_directories = ['/']", "set temp_directory = '/tmp/x'",
]  # fmt: skip
LOCKED = [
    "set autoload_known_extensions = true", "set python_enable_replacements = true", "set lock_configuration = false",
    "set secret_directory = '/tmp/x'",
]  # fmt: skip


def test_the_engine_cannot_be_opened_again(two: Book) -> None:
    with two._store.cursor() as cursor:
        # DuckDB 1.5 cannot copy a database whose settings are locked.
        for statement in [*REOPENING, *([] if duckdb.__version__.startswith("1.") else LOCKED)]:
            with pytest.raises(duckdb.Error):
                cursor.execute(statement)
                pytest.fail(f"{statement} was not refused")


# Formulas


@pytest.mark.parametrize("text", FORMULAS)
def test_no_formula_of_somebody_else_stands_in_what_is_written(two: Book, tmp_path: Path, text: str) -> None:
    two.customers.add(display_name=text, notes=text)
    two.invoices.record(text, number=text, date="2026-01-10", total="100")
    two.reports.open_items(as_of="2026-12-31").to_excel(tmp_path / "items.xlsx")
    two.export(tmp_path / "all.xlsx")
    two.export(tmp_path / "all")
    (tmp_path / "in.csv").write_text(f'Name,Terms\n"{text.replace(chr(34), chr(34) * 2)}",rubbish\n')
    two.imports.read(tmp_path / "in.csv", into="customers").annotate(tmp_path / "annotated.xlsx")
    for name in ("items.xlsx", "all.xlsx", "annotated.xlsx"):
        cells = [cell for sheet in load_workbook(tmp_path / name) for row in sheet.iter_rows() for cell in row]
        # Our own totals are formulas: sums of cells, and nothing else.
        assert all(
            re.fullmatch(r"=(SUM|SUMIFS)\([A-Z0-9$:,\"]+\)", str(cell.value)) for cell in cells if cell.data_type == "f"
        )
        assert any(str(cell.value).endswith(text) for cell in cells)
    for path in (tmp_path / "all").iterdir():
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.reader(file):
                assert not any(cell[:1] in "=@\t\r" for cell in row if cell)
                assert not any(cell and cell[:1] in "+-" and not re.fullmatch(r"[+-]?[\d.]+", cell) for cell in row)


# Paths


@pytest.mark.parametrize(
    "number",
    [
        "../../../escaped",
        "..\\..\\escaped",
        "/tmp/escaped",
        "C:\\escaped",
        "a/b",
        "CON",
        ".",
        pytest.param("nul\x00l", marks=pytest.mark.file_only("a text with the character NUL")),
    ],
)
def test_a_number_is_no_path(book: Book, tmp_path: Path, number: str) -> None:
    ready_to_bill(book)
    acme = book.customers.add(display_name="../Acme/..")
    book.invoices.record(
        acme, number=number, date="2026-01-10", lines=[{"description": "x", "unit_price": "10", "quantity": "1"}]
    )
    folder = tmp_path / "deep" / "out"
    folder.mkdir(parents=True)
    made = book.documents.pdf(book.sql("select id from invoices"), folder)
    assert made["outcome"].tolist() == ["printed"]
    assert [path for path in tmp_path.rglob("*.pdf") if path.parent != folder] == []
    assert len(list(folder.glob("*.pdf"))) == 1


@pytest.mark.file_only("book.path")
def test_a_book_that_is_open_is_overwritten_by_nothing(two: Book, tmp_path: Path) -> None:
    before = contents(two)
    for write in (
        lambda: two.reports.aging().to_excel(two.path), lambda: two.export(two.path), lambda: two.backup(two.path),
        lambda: two.reports.to_workbook(two.path, as_of="2026-01-31"),
        lambda: two.documents.pack(as_of="2026-01-31").save(two.path),
    ):  # fmt: skip
        with pytest.raises((InvoicekitError, OSError)):
            write()
    assert contents(two) == before
    with ik.open(two.path) as again:
        assert contents(again) == before


# Rights


@pytest.fixture
def office(book: Book) -> Book:
    """Ana owns all, Ben owns Acme and processes, Dan only reads; Zoe is nobody here."""
    ready_to_bill(book)
    for name in ("Acme", "Beta"):
        customer = book.customers.add(display_name=name)
        book.invoices.draft(customer=customer, lines=[{"unit_price": 10}], date="2026-01-31")
    for user in ("ana", "ben", "dan"):
        book.users.add(user)
    for user, role, of in (
        ("ana", "owner", None),
        ("ben", "owner", "Acme"),
        ("ben", "processing", None),
        ("dan", "read_only", None),
    ):
        book.access.grant(user, role, customer=of)
    return book


@pytest.mark.file_only("book.backup")
@pytest.mark.parametrize("actor", ["dan", "zoe"])
def test_who_only_reads_changes_nothing_by_any_way_in(office: Book, tmp_path: Path, actor: str) -> None:
    before = contents(office)
    (tmp_path / "in.csv").write_text("Name\nGamma\n")
    backup = office.backup()
    ways: list[Callable[[Book], Any]] = [
        lambda book: book.customers.add(display_name="X"), lambda book: book.customers.change("Acme", phone="1"),
        lambda book: book.customers.merge("Beta", into="Acme").confirm(), lambda book: book.customers.make_inactive("Acme"),
        lambda book: book.invoices.record("Acme", number="1", date="2026-01-01", total="1"), lambda book: book.invoices.finalize(1),
        lambda book: book.payments.record("Acme", amount="1", date="2026-01-01"), lambda book: book.undo(3),
        lambda book: book.imports.read(tmp_path / "in.csv", into="customers").apply(),
        lambda book: book.access.grant(actor, "owner"),
        lambda book: book.passwords.set("ana", "correct horse battery"), lambda book: book.restore(backup),
        lambda book: setattr(book.settings, "currency", "USD"), lambda book: book.seller.change(name="Mine"),
        lambda book: book.users.add("mallory"), lambda book: setattr(book.settings, "lock_date", "2026-01-31"),
        lambda book: book.documents.templates.new("mine", kind="invoice"),
    ]  # fmt: skip
    with ik.open(office.path, actor=actor) as theirs:
        for way in ways:
            with pytest.raises((NotAllowed, UndoRefused)):
                way(theirs)
        assert len(theirs.customers.list()) == 2
    assert contents(office) == before


def test_an_owner_of_one_customer_does_nothing_for_another(office: Book) -> None:
    with ik.open(office.address, actor="ben") as ben:
        with pytest.raises(NotAllowed, match="ben cannot issue invoices for Beta"):
            ben.invoices.finalize(2)
        # Nor by making Beta a branch of what is theirs.
        with pytest.raises(NotAllowed):
            ben.access.grant("ben", "owner", customer="Beta")
        ben.invoices.finalize(1)
        with pytest.raises(NotAllowed, match="give or take roles"):
            ben.access.revoke("ana", "owner")


# The page that lists them


def test_every_attack_that_is_listed_has_its_test() -> None:
    named = re.findall(r"`(tests/\w+\.py)::(\w+)`", (ROOT / "docs" / "security.md").read_text(encoding="utf-8"))
    assert len(named) > 25
    for path, test in named:
        assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path} has no {test}"
