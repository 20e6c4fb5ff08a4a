"""M6: kill -9 at any moment: what was acknowledged is there, nothing is half there, and the book proves itself."""

from __future__ import annotations

import json
import multiprocessing
import random
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import invoicekit as ik
from invoicekit.book import Book
from tests.conftest import empty_book, ready_to_bill
from tests.killed import work
from tests.test_kept_books import KEPT, agree, unpacked

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="a process cannot be forked here, and starting one takes seconds"
)

ROWS = 100_000
# How long, in seconds, work goes on at most before it is killed.
LONGEST = {"autosave": 0.6, "importing": 12.0, "merging": 2.0, "billing": 3.0, "migrating": 1.6, "backing_up": 1.0}


@pytest.fixture(scope="module")
def nursery() -> Any:
    """Processes that have everything loaded and nothing open."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["tests.killed", "invoicekit.book", "invoicekit.opening", "duckdb", "pandas", "pyarrow"]
    )
    return context


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book each kind of work begins with, closed."""
    folder = tmp_path_factory.mktemp("kills")
    with ik.open(empty_book(folder / "autosave.duckdb"), actor="ana") as book:
        book.customers.add(display_name="Acme")
        book.invoices.record("Acme", number="F-1", date="2026-01-10", total="100")
    shutil.copy(folder / "autosave.duckdb", folder / "backing_up.duckdb")
    empty_book(folder / "importing.duckdb")
    lines = "".join(f"Customer {number},C{number},{number} High Street\n" for number in range(ROWS))
    (folder / "many.csv").write_text("Name,Customer no,Address\n" + lines)
    pairs = [f"{name} {number}" for number in range(40) for name in ("Twin", "Kept")]
    rows = "".join(f"{name.replace(' ', '-')},{name},2026-01-10,100\n" for name in pairs)
    (folder / "pairs.csv").write_text("Invoice number,Customer,Date,Total\n" + rows)
    with ik.open(empty_book(folder / "merging.duckdb"), actor="ana") as book:
        book.imports.read(folder / "pairs.csv", into="invoices").apply()
    with ik.open(empty_book(folder / "billing.duckdb"), actor="ana") as book:
        ready_to_bill(book)
        for name in ("Acme", "Beta"):
            book.customers.add(display_name=name)
    for layout in (2, 5):
        unpacked(layout, folder)
    return folder


def killed(nursery: Any, kind: str, path: Path, chance: random.Random) -> list[Any]:
    """Let some work go on for a while, kill it, and return what it acknowledged."""
    heard, told = nursery.Pipe(duplex=False)
    child = nursery.Process(target=work, args=(kind, path, told), daemon=True)
    child.start()
    told.close()
    begun = "begun" if kind == "importing" else "there" if kind == "migrating" else "open"
    said = []
    while not said or said[-1] != begun:
        said.append(heard.recv())
    child.join(chance.uniform(0, LONGEST[kind]))
    child.kill()
    child.join()
    with suppress(EOFError):
        while True:
            said.append(heard.recv())
    return said[said.index(begun) + 1 :]


@pytest.fixture(params=list(LONGEST))
def trial(request: pytest.FixtureRequest, nursery: Any, books: Path, tmp_path: Path) -> Callable[[int], str]:
    kind = request.param

    def run(seed: int) -> str:
        """Kill once, look at what is there, and say how far it had come."""
        chance = random.Random(f"{kind} {seed}")
        folder = tmp_path / str(seed)
        folder.mkdir()
        layout = chance.choice([2, 5])
        name = f"layout_{layout}" if kind == "migrating" else kind
        path = Path(shutil.copy(books / f"{name}.duckdb", folder))
        if kind == "importing":
            (folder / "many.csv").symlink_to(books / "many.csv")
        said = killed(nursery, kind, path, chance)
        with ik.open(path, actor="ana") as book:
            assert book.check().to_dict("records") == []
            LOOK[kind](book, said, layout)
        shutil.rmtree(folder)
        return str(said[-1]) if said else "nothing"

    return run


def _autosave(book: Book, said: list[int], _: int) -> None:
    held = int(book.customers.get("Acme")["phone"] or 0)
    last = said[-1] if said else 0
    assert held in (last, last + 1)
    assert book._store.rows("select count(*) as n from operations")[0]["n"] == 2 + held


def _importing(book: Book, said: list[str], _: int) -> None:
    rows = book._store.rows("select count(*) as n from customers")[0]["n"]
    assert rows == ROWS if said else rows in (0, ROWS)


def _merging(book: Book, said: list[int], _: int) -> None:
    merged = book._store.rows("select count(*) as n from customers where merged_into is not null")[0]["n"]
    assert merged in (len(said), len(said) + 1)
    assert book.reports.balances(as_of="2026-12-31").df["balance"].sum() == 8000


def _billing(book: Book, said: list[str], _: int) -> None:
    numbers = [
        int(number) for number in book.sql("select number from invoices where number is not null order by id")["number"]
    ]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) in (len(said), len(said) + 1)
    assert said == [str(number) for number in numbers[: len(said)]]


def _migrating(book: Book, _: list[str], layout: int) -> None:
    told = json.loads((KEPT / f"layout_{layout}.json").read_text(encoding="utf-8"))
    agree(told["reports"]["balances"]["2026-12-31"], book.reports.balances(as_of="2026-12-31").table.to_pylist())
    for path in book.backups()["path"]:
        with ik.open(path, actor="ana") as copy:
            assert not len(copy.check())


def _backing_up(book: Book, said: list[str], _: int) -> None:
    kept = book.backups()["path"].tolist()
    assert len(kept) <= 4
    assert {*said[-2:]} <= {*kept}
    for path in kept:
        with ik.open(path, actor="ana") as copy:
            assert not len(copy.check(seal=book.seal))


LOOK: dict[str, Callable[[Book, Any, int], None]] = {
    "autosave": _autosave, "importing": _importing, "merging": _merging, "billing": _billing, "migrating": _migrating,
    "backing_up": _backing_up,
}  # fmt: skip


def test_M6_killed_at_a_random_moment(trial: Callable[[int], str]) -> None:
    trial(0)


@pytest.mark.long
def test_M6_killed_at_200_random_moments(trial: Callable[[int], str], capsys: pytest.CaptureFixture[str]) -> None:
    came = [trial(seed) for seed in range(1, 201)]
    with capsys.disabled():
        nothing = sum(one == "nothing" for one in came)
        print(f"\n200 kills: {nothing} before anything was acknowledged, {len({*came})} different moments")  # noqa: T201 - a figure somebody asked for
