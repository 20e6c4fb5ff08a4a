"""An encrypted book: nothing of it can be read without its key, and it is a book like any other with it.

Writing one takes DuckDB's extension httpfs: where it cannot be had, the tests of that say so and skip.
"""

from __future__ import annotations

import subprocess
import sys
import traceback
from pathlib import Path

import duckdb
import pytest

import invoicekit as ik
from invoicekit.errors import InvalidValue, KeyRefused
from invoicekit.store.encryption import load_cryptography
from tests.conftest import contents

KEY = "it's a key, and long enough"


@pytest.fixture(scope="session")
def cryptography() -> None:
    with duckdb.connect() as engine:
        try:
            load_cryptography(engine)
        except KeyRefused as refused:
            pytest.skip(f"no encrypted file can be written here: {refused.__cause__}")


@pytest.fixture
def secret(cryptography: None, tmp_path: Path) -> Path:
    path = tmp_path / "acme.duckdb"
    with ik.open(path, key=KEY, actor="ana") as book:
        acme = book.customers.add(display_name="Acme Geheim SA", notes="what nobody may know")
        book.invoices.record(acme, number="F-1", date="2026-01-10", total="100")
    return path


def is_plain(folder: Path) -> bool:
    return any(b"Geheim" in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_nothing_of_it_can_be_read_without_the_key(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INVOICEKIT_KEY", raising=False)
    assert not is_plain(secret.parent)
    with pytest.raises(KeyRefused, match=r"acme\.duckdb is encrypted\. Give its key"):
        ik.open(secret)
    with pytest.raises(KeyRefused, match="this is not its key"):
        ik.open(secret, key="another key, and long enough")
    with pytest.raises(KeyRefused) as refused:
        ik.open(secret, key=KEY.upper())
    assert KEY.upper() not in "".join(traceback.format_exception(refused.value))
    with pytest.raises(duckdb.Error):
        duckdb.connect(secret)
    with ik.open(secret, key=KEY) as book:
        assert book.customers.list()["display_name"].tolist() == ["Acme Geheim SA"]
        assert not len(book.check())


def test_its_log_is_encrypted_while_it_is_written(secret: Path) -> None:
    script = (
        "import os, signal, sys, invoicekit as ik\n"
        "book = ik.open(sys.argv[1], key=sys.argv[2], actor='ana'); book.customers.add(display_name='Geheim zwei')\n"
        "os.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))"
    )
    subprocess.run([sys.executable, "-c", script, str(secret), KEY], check=False)
    assert secret.with_name("acme.duckdb.wal").exists()
    assert not is_plain(secret.parent)
    with ik.open(secret, key=KEY) as book:
        assert len(book.customers.list()) == 2


def test_backups_copies_and_differences_need_the_key_as_well(secret: Path, tmp_path: Path) -> None:
    with ik.open(secret, key=KEY, actor="ana") as book:
        kept = book.backup()
        book.customers.change("Acme Geheim SA", phone="12")
        assert book.diff(kept)["field"].tolist() == ["phone"]
        assert not is_plain(tmp_path)
        book.restore(kept)
        assert book.customers.get("Acme Geheim SA")["phone"] is None
        before = contents(book)
    with pytest.raises(KeyRefused):
        ik.open(kept)
    secret.write_bytes(b"damaged")
    with ik.restore(secret, kept, key=KEY) as book:
        assert contents(book) == before
    assert not is_plain(tmp_path)


def test_the_key_may_stand_in_the_environment(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOICEKIT_KEY", KEY)
    with ik.open(secret) as book:
        assert len(book.customers.list()) == 1
        with ik.open(secret) as again:
            assert len(again.customers.list()) == 1
    # It encrypts nothing that was not encrypted.
    with ik.open(secret.with_name("plain.duckdb")) as book:
        book.customers.add(display_name="Plain")
    assert b"Plain" in secret.with_name("plain.duckdb").read_bytes()


def test_who_opens_an_open_book_needs_the_key_too(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INVOICEKIT_KEY", raising=False)
    with ik.open(secret, key=KEY) as book:
        for key in (None, "another key, and long enough"):
            with pytest.raises(KeyRefused):
                ik.open(secret, key=key)
        with ik.open(secret, key=KEY) as again:
            assert contents(again) == contents(book)


def test_a_key_for_a_book_that_is_not_encrypted_is_refused(cryptography: None, tmp_path: Path) -> None:
    ik.open(tmp_path / "plain.duckdb").close()
    with pytest.raises(KeyRefused, match="is not encrypted, and a key was given"):
        ik.open(tmp_path / "plain.duckdb", key=KEY)


def test_a_key_that_could_be_guessed_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    for key, said in (("hush", "at least 20 characters"), ("clé de plus de vingt lettres", "ASCII")):
        with pytest.raises(InvalidValue, match=said):
            ik.open(tmp_path / "acme.duckdb", key=key)
    assert list(tmp_path.iterdir()) == []


def test_where_the_engine_cannot_encrypt_nothing_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(engine: duckdb.DuckDBPyConnection) -> None:
        raise KeyRefused("there is no such extension")

    monkeypatch.setattr("invoicekit.store.file.load_cryptography", refuse)
    with pytest.raises(KeyRefused):
        ik.open(tmp_path / "acme.duckdb", key=KEY)
    assert list(tmp_path.iterdir()) == []
