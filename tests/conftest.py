"""Books to test on: real files, a clock that ticks, and the real data where it is there."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.demo import sample_data as sample_folder
from invoicekit.schema import versioned
from invoicekit.store.ddl import columns
from tests.browser import axe, chromium, lab  # noqa: F401 - fixtures for every module
from tests.mail_server import mail_server  # noqa: F401 - another
from tests.postgres import Postgres, postgres  # noqa: F401 - and one more

ROOT = Path(__file__).parents[1]


class Ticking:
    """A clock that moves on by a second whenever it is read."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@cache
def _empty() -> bytes:
    """Return an empty book; it is made once, because a copy of it is there in half the time."""
    with TemporaryDirectory() as folder:
        ik.open(Path(folder) / "empty.duckdb").close()
        return (Path(folder) / "empty.duckdb").read_bytes()


def empty_book(path: Path) -> Path:
    """Put an empty book, closed, where a test wants one."""
    path.write_bytes(_empty())
    return path


@contextmanager
def _lying(request: pytest.FixtureRequest, path: Path) -> Iterator[Path | str]:
    """Give what an empty book is opened by: a file, or, as asked on the command line, a database of a team."""
    if request.config.getoption("book") == "file":
        yield empty_book(path)
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.database(server.empty_book())
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def lies_at(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path | str]:
    with _lying(request, tmp_path / "acme.duckdb") as where:
        yield where


@pytest.fixture
def book(lies_at: Path | str) -> Iterator[Book]:
    with ik.open(lies_at, actor="ana", clock=Ticking()) as opened:
        yield opened


def ready_to_bill(book: Book) -> None:
    """Say who sells, and that a customer is complete with its name alone."""
    book.seller.change(name="Lee & Co", address="1 High Street", city="Dublin", country="IE", tax_id="IE6388047V")
    book.settings.complete_profile = ()


@pytest.fixture
def shared_data() -> Path:
    """Return the folder of real files, or skip."""
    folder = Path(os.environ.get("INVOICEKIT_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real files are not here ({folder}); set INVOICEKIT_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def sample() -> Path:
    return sample_folder()


@pytest.fixture(scope="session")
def practice(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Iterator[Book]:
    """Return the book of the demo, imported once; tests only read it."""
    path = tmp_path_factory.mktemp("practice") / "practice.duckdb"
    with _lying(request, path) as where, ik.open(where, actor="ana", clock=Ticking()) as opened:
        from invoicekit.demo import FILES

        for name in FILES:
            opened.imports.read(sample / name).same_names("separate").apply()
        yield opened


@pytest.fixture(scope="session")
def issued(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Book, dict[str, int]]]:
    """Return a book that issued invoices of every kind, once, with their ids; tests only print them."""
    from tests.kinds import every_kind

    path = tmp_path_factory.mktemp("kinds") / "kinds.duckdb"
    with _lying(request, path) as where, ik.open(where, actor="ana", clock=Ticking()) as opened:
        yield opened, every_kind(opened)


# Modules that share what takes long to make: a browser, a book of every kind of invoice, the lives of practices.
_TOGETHER = {
    "tests/test_forms_in_browser.py": "browser",
    "tests/test_einvoices.py": "einvoices",
    "tests/test_archives.py": "einvoices",
    "tests/test_reports_recomputed.py": "lives",
    "tests/test_kills.py": "nursery",
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object | None:
    """Keep groups on one worker: pytest-xdist up to 3.8.0 does not see their marks with pytest 9.2."""
    if config.getoption("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadGroupScheduling

    class Together(LoadGroupScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _TOGETHER.get(nodeid.partition("::")[0]) or super()._split_scope(nodeid)

    return Together(config, log)


# Fixtures that give a book where the command line says.
_BOOKS = {"lies_at", "practice", "issued"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a team's book run what works on a book, but for what is a file's alone."""
    if config.getoption("book") == "file":
        return
    others = [
        item
        for item in items
        # What is a team's alone runs on one anyway.
        if _BOOKS.isdisjoint(getattr(item, "fixturenames", ())) or "/test_team" in item.nodeid
    ]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in set(others)]
    for item in items:
        if (mark := item.get_closest_marker("file_only")) is not None:
            item.add_marker(pytest.mark.skip(reason=f"a file's alone: {mark.args[0]}"))


def pytest_collection_finish() -> None:
    """Let the collector pass over what was imported: it stays to the end, and looking through it is a tenth of the work."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    gc.unfreeze()


def contents(book: Book) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every versioned table, without who wrote it."""
    found = {}
    # On one cursor, and without the way through Arrow: a book has many tables, and few rows in each.
    with book._store.cursor() as cursor:
        for table in versioned():
            names = ", ".join(f'"{name}"' for name, _ in columns(table) if name != "operation")
            found[table.name] = cursor.execute(f'select {names} from "{table.name}" order by id').fetchall()
    return found


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--book", choices=("file", "team"), default="file", help="where the books lie that tests work on")
    parser.addoption("--accept-snapshots", action="store_true", help="accept what reports of the sample book say now")
