"""Books that earlier layouts wrote are opened, brought up to date, and say what they said then."""

from __future__ import annotations

import json
import lzma
import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.schema import TABLES
from invoicekit.store.ddl import columns
from invoicekit.store.migrations import MIGRATIONS
from tests.conftest import contents, empty_book

KEPT = Path(__file__).parent / "books"
LAYOUTS = sorted(int(path.name.split("_")[1].split(".")[0]) for path in KEPT.glob("*.xz"))


def unpacked(layout: int, folder: Path) -> Path:
    path = folder / f"layout_{layout}.duckdb"
    path.write_bytes(lzma.decompress((KEPT / f"{path.name}.xz").read_bytes()))
    return path


@pytest.fixture(scope="module", params=LAYOUTS, ids=[f"layout {layout}" for layout in LAYOUTS])
def kept(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Book, dict[str, Any]]]:
    layout = request.param
    told = json.loads((KEPT / f"layout_{layout}.json").read_text(encoding="utf-8"))
    with ik.open(unpacked(layout, tmp_path_factory.mktemp("kept")), actor="ana") as book:
        yield book, told


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows as JSON holds them."""
    return [
        {name: value if value is None or isinstance(value, int | bool) else str(value) for name, value in row.items()}
        for row in rows
    ]


def agree(then: list[dict[str, Any]], now: list[dict[str, Any]]) -> None:
    """Every row of then is there, in its place, and says the same of what was said then."""
    assert [{name: row[name] for name in old} for old, row in zip(then, plain(now), strict=True)] == then


def test_every_layout_that_code_ever_wrote_is_kept() -> None:
    """Layouts 3 and 6 were never the latest of any code; the present one is kept when the next one comes."""
    assert {*LAYOUTS, 3, 6, MIGRATIONS[-1].version} == {migration.version for migration in MIGRATIONS}


def test_it_is_brought_up_to_date_and_sound_and_as_it_was_is_kept(kept: tuple[Book, dict[str, Any]]) -> None:
    book, told = kept
    assert book.check().to_dict("records") == []
    assert book.sql("select max(version) as v from migrations")["v"][0] == MIGRATIONS[-1].version
    [copy] = book.backups().to_dict("records")
    assert copy["reason"] == f"before layout {MIGRATIONS[-1].version}"
    assert book._store.rows("select count(*) as n from operations where seal is null") == [{"n": 0}]
    assert told["layout"] < MIGRATIONS[-1].version


def test_its_tables_have_the_columns_that_are_declared_and_no_others(kept: tuple[Book, dict[str, Any]]) -> None:
    """An opening goes by how many there are."""
    book, _ = kept
    held = book._store.rows(
        "select schema_name as schema, table_name as name, column_name as field from duckdb_columns() where database_name = 'book'"
    )
    found = defaultdict(set)
    for row in held:
        found[row["schema"], row["name"]].add(row["field"])
    for table in TABLES.values():
        declared = {name for name, _ in columns(table)}
        assert found["main", table.name] == declared
        assert found["history", table.name] == ({*declared, "ended_by"} if table.versioned else set())


@pytest.mark.parametrize("report", ["balances", "open_items", "aging"])
def test_it_owes_and_is_owed_what_it_said_then(kept: tuple[Book, dict[str, Any]], report: str) -> None:
    book, told = kept
    for day, rows in told["reports"][report].items():
        agree(rows, book.reports.run(report, as_of=day).table.to_pylist())


def test_what_was_known_at_each_moment_is_what_was_known(kept: tuple[Book, dict[str, Any]]) -> None:
    book, told = kept
    for operation, reports in told["known"].items():
        for report in {"balances", "open_items", "aging"} & set(reports):
            agree(
                reports[report], book.reports.run(report, as_of="2026-12-31", known_at=int(operation)).table.to_pylist()
            )


def test_work_in_progress_is_what_it_was(kept: tuple[Book, dict[str, Any]]) -> None:
    book, told = kept
    renamed = {"id": "matter_id", "name": "matter"}
    for day, rows in told["reports"].get("wip", {}).items():
        then = [{renamed.get(name, name): value for name, value in row.items()} for row in rows]
        agree(then, book.reports.run("wip", as_of=day).table.to_pylist())


def test_every_customer_is_called_what_they_were_called_and_has_their_history(
    kept: tuple[Book, dict[str, Any]],
) -> None:
    book, told = kept
    held = {str(row["id"]): row["display_name"] for row in book._store.rows("select id, display_name from customers")}
    assert held == told["customers"]
    now = book.history(told["history"]["customer"])
    then = {(row["operation"], row["field"], row["after"]) for row in told["history"]["rows"]}
    assert then <= set(
        zip(now["operation"], now["field"], now["after"].astype(object).where(now["after"].notna(), None), strict=True)
    )


def test_no_row_is_lost(kept: tuple[Book, dict[str, Any]]) -> None:
    book, told = kept
    # A table of that name was empty then, and is everybody now; what migrations write is theirs.
    written = {"migrations", "counters"} | ({"contacts"} if told["layout"] == 1 else set())
    for table, count in told["counts"].items():
        if table not in written:
            assert (table, book._store.rows(f"select count(*) as n from {table}")[0]["n"]) == (table, count)


@pytest.mark.parametrize("layout", [1, 5])
def test_it_moves_as_a_folder_and_is_the_same_there(tmp_path: Path, layout: int) -> None:
    """The oldest, and the one whose lines and notes both said what they free."""
    with (
        ik.open(unpacked(layout, tmp_path), actor="ana") as book,
        ik.open(empty_book(tmp_path / "o.duckdb"), actor="ana") as other,
    ):
        book.export(tmp_path / "all")
        other.imports.read(tmp_path / "all").apply()
        ours, theirs = contents(book), contents(other)
    assert {name: len(rows) for name, rows in ours.items() if name != "import_mappings"} == {
        name: len(rows) for name, rows in theirs.items() if name != "import_mappings"
    }


def test_what_was_read_from_a_file_then_is_known_again_when_it_is_read_again(tmp_path: Path) -> None:
    """Time was kept in hours until layout 3; what a file called it must be known by seconds since."""
    told = json.loads((KEPT / "layout_2.json").read_text(encoding="utf-8"))
    named = re.compile(r"(\d{4}-\d\d-\d\d time (?:.*? )?)(\d+\.\d{6})((?: \d+\.\d+)* [0-9a-f]{32} #\d+)")
    then = {
        row["external_id"]: named.fullmatch(row["external_id"])
        for row in told["records"]["activities"]
        if row["kind"] == "time"
    }
    wanted = {f"{hours[1]}{Decimal(hours[2]) * 3600:.4f}{hours[3]}" if hours else key for key, hours in then.items()}
    assert any(then.values())
    with ik.open(unpacked(2, tmp_path), actor="ana") as book:
        assert wanted == set(book.sql("select external_id from activities where kind = 'time'")["external_id"])
