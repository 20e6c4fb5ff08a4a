"""An import that is killed, cancelled or fed with rubbish leaves all of it or nothing (S1.13)."""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.errors import InvoicekitError
from tests.conftest import contents, empty_book
from tests.workbooks import workbook

_ROWS = 3000
_IMPORT = """
import sys
import invoicekit as ik
book = ik.open(sys.argv[1])
tell = lambda step: print(step, flush=True)
book.imports.read(sys.argv[2], into="customers", steps=tell).apply()
"""
_STEPS = ("reading clients.xlsx", "finding", "reading values", "customers", "writing the receipt", "committing")


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [["Name", "Phone", "City"], *([f"Customer {n:05d}", str(n), "Lyon"] for n in range(_ROWS))]
    return workbook(tmp_path_factory.mktemp("many") / "clients.xlsx", {"Clients": rows})


def _killed(folder: Path, path: Path, step: str, after: float) -> tuple[int, int]:
    """Kill an import when a step begins, or a moment later, and return the customers and findings of its book."""
    where = folder / "acme.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", _IMPORT, str(where), str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(step):
                break
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.kill()
    with ik.open(where) as book:
        return len(book.customers.list()), len(book.check())


@pytest.mark.parametrize("step", _STEPS)
def test_S1_13_killed_when_a_step_begins_it_is_all_there_or_nothing(tmp_path: Path, many: Path, step: str) -> None:
    held, wrong = _killed(tmp_path, many, step, 0.001)
    assert held in (0, _ROWS)
    assert wrong == 0


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_S1_13_killed_at_any_moment_it_is_all_there_or_nothing(tmp_path: Path, many: Path, seed: int) -> None:
    chance = random.Random(seed)
    held, wrong = _killed(tmp_path, many, chance.choice(_STEPS), chance.uniform(0, 0.6))
    assert held in (0, _ROWS)
    assert wrong == 0


@pytest.fixture
def keyboard() -> Iterator[None]:
    """Let Ctrl-C be what it is to Python: a browser that was driven in this process may have taken it over."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("step", _STEPS)
def test_S1_13_cancelled_by_the_keyboard_nothing_is_left_and_the_book_goes_on(
    book: Book, tmp_path: Path, many: Path, step: str, keyboard: None
) -> None:
    book.customers.add(display_name="There before")
    before = contents(book)

    def interrupt(now: str) -> None:
        if now.startswith(step):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        book.imports.read(many, into="customers", steps=interrupt).apply()
    assert contents(book) == before
    assert len(book.check()) == 0
    assert book.imports.read(many, into="customers").apply().created == {"customers": _ROWS}


def test_what_a_killed_process_left_is_cleared_by_the_next(
    tmp_path: Path, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from invoicekit.workbooks import read_file

    folder = tmp_path / "temporary"
    folder.mkdir()
    code = (
        "import os, sys, pathlib, invoicekit as ik; from invoicekit.workbooks import read_file; book = ik.open(sys.argv[1]); "
        "read = read_file(pathlib.Path(sys.argv[2])); os.kill(os.getpid(), 9)"
    )
    subprocess.run(
        [sys.executable, "-c", code, tmp_path / "theirs.duckdb", many],
        env={**os.environ, "TMPDIR": str(folder)},
        check=False,
    )
    left = set(folder.glob("invoicekit-*"))
    assert len(left) == 2
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    with ik.open(empty_book(tmp_path / "ours.duckdb")):
        mine = set(folder.glob("invoicekit-*")) - left
        read = read_file(many)
        assert not any(one.exists() for one in left)
        assert mine
        assert all(one.exists() for one in mine)
        assert read.sheets[0].height == _ROWS + 1


def _bent(content: bytes, chance: random.Random) -> bytes:
    """Return a file with a few bytes, or a part of its XML, other than they were."""
    if content.startswith(b"PK") and chance.random() < 0.75:
        into = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as new:
            names = old.namelist()
            chosen = chance.choice(
                [name for name in names if "sheet" in name.lower() or "content.xml" in name] or names
            )
            for name in names:
                part = old.read(name)
                if name == chosen:
                    part = _cut(part, chance)
                elif chance.random() < 0.05:
                    continue
                new.writestr(name, part)
        return into.getvalue()
    return _cut(content, chance)


def _cut(content: bytes, chance: random.Random) -> bytes:
    held = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        if not held:
            break
        at, size = chance.randrange(len(held)), chance.randint(1, 200)
        match chance.randrange(5):
            case 0:
                held[at] = chance.randrange(256)
            case 1:
                del held[at : at + size]
            case 2:
                held[at:at] = held[at : at + size] * chance.randint(1, 20)
            case 3:
                held[at : at + 8] = chance.choice(
                    (b"1e309", b"-0", b"#N/A", b"<c r=", b'"></v>', b"\xff\xfe", b"A1048577", b"99999999")
                )
            case 4:
                del held[at:]
    return bytes(held)


def _sources(sample: Path) -> list[Path]:
    shared = Path(os.environ.get("INVOICEKIT_DATA", Path(__file__).parents[2] / "shared" / "data"))
    found = [path for path in sorted(sample.iterdir()) if path.suffix in (".xlsx", ".csv")]
    more = [
        *(shared / "workbooks").rglob("*.*"),
        shared / "chinook" / "chinook.xlsx",
        shared / "ledes" / "ledes_98B.txt",
    ]
    return found + sorted(path for path in more if path.is_file())


def _rubbish(folder: Path, sample: Path, seed: int) -> None:
    chance = random.Random(seed)
    source = chance.choice(_sources(sample))
    path = folder / f"{seed}{source.suffix}"
    path.write_bytes(_bent(source.read_bytes(), chance))
    with ik.open(folder / f"{seed}.duckdb") as book:
        before = contents(book)
        try:
            plan = book.imports.read(path)
            receipt = plan.same_names("separate").apply()
        except InvoicekitError:
            assert contents(book) == before
        else:
            assert len(book.check()) == 0
            if receipt.created:
                book.undo(receipt)
            assert len(book.customers.list(include_inactive=True)) == 0


@pytest.mark.parametrize("seed", range(12))
def test_a_bent_file_is_imported_whole_or_refused_in_words(tmp_path: Path, sample: Path, seed: int) -> None:
    _rubbish(tmp_path, sample, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 1600))
def test_many_bent_files_are_imported_whole_or_refused_in_words(tmp_path: Path, sample: Path, seed: int) -> None:
    _rubbish(tmp_path, sample, seed)


_HEADINGS = (
    "Name", "Customer number", "Invoice number", "Date", "Total", "Net", "Tax", "Amount", "Quantity", "E-mail", "City, ZIP",
    "Address 2", "Terms", "Country", "Parent", "", "Total", "For invoice", "Currency",
)  # fmt: skip
_ODD = (
    "", "Acme", "acme ", "001", "F1", "2026-01-31", "31/12/2025", "12/31/25", "1.234,50", "(12)", "€ 5", "-0", "1e5", "NET_30",
    "FR", "=1+1", "Total", "#N/A", "99999999999999999999", "\ufeffx", "0,005", "\u202e1", "12 %",
)  # fmt: skip
_CELLS = st.one_of(st.text(max_size=12), st.sampled_from(_ODD))


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""').replace("\0", "") + '"'


@pytest.fixture
def spare(tmp_path: Path) -> Iterator[Book]:
    with ik.open(empty_book(tmp_path / "spare.duckdb")) as opened:
        yield opened


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    headings=st.lists(st.sampled_from(_HEADINGS), min_size=1, max_size=8),
    rows=st.lists(st.lists(_CELLS, max_size=9), max_size=8),
    delimiter=st.sampled_from(";,\t|"),
)
def test_any_text_table_is_imported_or_refused_in_words_and_can_be_undone(
    spare: Book, tmp_path: Path, headings: list[str], rows: list[list[str]], delimiter: str
) -> None:
    lines = [delimiter.join(map(_quoted, row)) for row in (headings, *rows)]
    path = tmp_path / "any.csv"
    path.write_text("\n".join(lines), encoding="utf-8", errors="replace", newline="")
    before = contents(spare)
    try:
        receipt = spare.imports.read(path).same_names("separate").apply()
    except InvoicekitError:
        assert contents(spare) == before
    else:
        assert len(spare.check()) == 0
        if receipt.created:
            spare.undo(receipt)
            assert len(spare.sql("select * from customers")) == 0
