"""S2.1: a book is opened by its users with their passwords; who guesses waits longer and longer, and every attempt is noted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.cli import app
from invoicekit.errors import (
    InvalidValue,
    NotAllowed,
    NotFound,
    PastCannotChange,
    QueryRefused,
    SignInRefused,
    UndoRefused,
)
from tests.conftest import empty_book

HORSE, STAPLE = "correct horse battery", "staple under the lamp"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A book of Ana, who owns all customers, Ben, who processes, and Cleo, who has no password; closed."""
    path = empty_book(tmp_path / "office.duckdb")
    with ik.open(path, actor="ana") as book:
        for user in ("Ana", "ben", "cleo"):
            book.users.add(user)
        book.access.grant("ana", "owner")
        book.access.grant("ben", "processing")
        book.passwords.set("ana", HORSE)
        book.passwords.set("ben", STAPLE)
        book.customers.add(display_name="Acme")
    return path


@pytest.fixture
def ana(office: Path) -> Iterator[Book]:
    with ik.open(office, actor="ana", password=HORSE) as book:
        yield book


def refused(path: Path, actor: str, password: str | None = None, clock: Clock | None = None) -> str:
    with pytest.raises(SignInRefused) as said:
        ik.open(path, actor=actor, password=password, clock=clock)
    return str(said.value)


def test_S2_1_a_book_is_opened_as_a_named_user_and_the_name_stands_on_every_change(office: Path) -> None:
    with ik.open(office, actor="ANA", password=HORSE) as book:
        assert book.actor == "Ana"
        book.customers.change("Acme", phone="12")
        assert book.operations()["actor"].iloc[0] == "Ana"
        assert book.history("Acme")["actor"].iloc[-1] == "Ana"


def test_S2_1_without_the_password_the_book_stays_closed(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INVOICEKIT_PASSWORD", raising=False)
    assert "is opened with a password" in refused(office, "ana")
    said = {name: refused(office, name, "a guess of some length") for name in ("ana", "cleo", "nobody at all")}
    assert {text.replace(name, "X") for name, text in said.items()} == {said["ana"].replace("ana", "X")}
    assert refused(office, "ben", HORSE)
    # Nothing of it is left open.
    with ik.open(office, actor="ben", password=STAPLE) as book:
        assert book.customers.list()["display_name"].tolist() == ["Acme"]


def test_S2_1_who_has_a_password_stands_among_the_operations(office: Path) -> None:
    with ik.open(office, actor="ana", password=HORSE) as book:
        book.passwords.set("ana", "another horse altogether")
        done = book.operations().iloc[0]
        assert (done["kind"], done["summary"]) == ("set password", "Ana has a password")


def test_S2_1_the_password_may_stand_in_the_environment(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOICEKIT_PASSWORD", HORSE)
    with ik.open(office, actor="ana") as book:
        assert book.actor == "Ana"


def test_S2_1_two_people_in_one_process_are_two(office: Path) -> None:
    with ik.open(office, actor="ana", password=HORSE) as ana, ik.open(office, actor="ben", password=STAPLE) as ben:
        ana.customers.change("Acme", phone="1")
        ben.customers.change("Acme", phone="2")
        ana.customers.change("Acme", phone="3")
        assert ana.operations()["actor"].tolist()[:3] == ["Ana", "ben", "Ana"]
        with pytest.raises(NotAllowed, match="ben cannot give or take roles"):
            ben.access.grant("ben", "owner")
        assert "there is no such user, or the password is another" in refused(office, "ana", STAPLE)
        assert ana.customers.get("Acme")["phone"] == "3"


def test_S2_1_who_guesses_waits_twice_as_long_each_time(office: Path, clock: Clock) -> None:
    for _ in range(3):
        assert "there is no such user, or the password is another" in refused(
            office, "ana", "a guess of some length", clock
        )
    waits = []
    for _ in range(5):
        said = refused(office, "ana", "a guess of some length", clock)
        assert "cannot try again for" in said
        # The right one waits as well: otherwise it could be told from the wrong ones.
        assert "cannot try again for" in refused(office, "ana", HORSE, clock)
        waits.append(int(said.partition("for ")[2].partition(" ")[0]))
        clock.now += timedelta(seconds=waits[-1])
        assert "there is no such user" in refused(office, "ana", "a guess of some length", clock)
    assert waits == [2, 4, 8, 16, 32]
    clock.now += timedelta(hours=1)
    with ik.open(office, actor="ana", password=HORSE, clock=clock) as book:
        assert book.passwords.attempts()["outcome"].tolist()[:3] == ["succeeded", "tried", "tried"]
    assert "there is no such user" in refused(office, "ana", "a guess of some length", clock)


def test_S2_1_a_clock_that_is_set_neither_lets_in_nor_locks_out(office: Path, clock: Clock) -> None:
    clock.now = datetime(2030, 1, 1)
    for _ in range(13):
        refused(office, "ana", "a guess of some length", clock)
        clock.now += timedelta(hours=1)
    clock.now = datetime(2029, 1, 1)
    assert "for 900 seconds" in refused(office, "ana", HORSE, clock)


def test_S2_1_attempts_are_noted_whoever_makes_them(office: Path) -> None:
    refused(office, "mallory' or 1=1 --", "a guess of some length")
    with ik.open(office, actor="ana", password=HORSE) as book:
        attempts = book.passwords.attempts()
        assert attempts["name"].tolist()[:3] == ["Ana", "ana", "mallory' or 1=1 --"]
        assert not len(book.check())


def test_no_password_can_be_read_out_of_a_book(ana: Book, tmp_path: Path) -> None:
    for query in (
        "select * from passwords",
        'select * from "PASSWORDS"',
        "select hash from book.main.passwords",
        "from passwords",
    ):
        with pytest.raises(QueryRefused, match="does not show"):
            ana.sql(query)
        with pytest.raises(QueryRefused, match="does not show"):
            ana.at(3).sql(query)
    assert ana.passwords.list().columns.tolist() == ["user", "set_at"]
    ana.export(tmp_path / "all")
    assert not any("argon2" in path.read_text() for path in (tmp_path / "all").iterdir())
    for secret in (HORSE, STAPLE):
        assert secret.encode() not in ana.backup(tmp_path / "copy.duckdb").read_bytes()
        (tmp_path / "copy.duckdb").unlink()


def test_users_set_their_own_password_and_owners_everybodys(office: Path) -> None:
    with ik.open(office, actor="ben", password=STAPLE) as ben:
        ben.passwords.set("ben", "another one of mine")
        with pytest.raises(NotAllowed, match="ben cannot set somebody else's password"):
            ben.passwords.set("ana", "now it is mine alone")
        with pytest.raises(NotAllowed, match="ben cannot take somebody else's password"):
            ben.passwords.remove("ana")
    assert refused(office, "ben", STAPLE)
    with ik.open(office, actor="ana", password=HORSE) as ana:
        ana.access.revoke("ben", "processing")
        ana.access.grant("ben", "read_only")
    with ik.open(office, actor="ben", password="another one of mine") as ben:
        with pytest.raises(NotAllowed):
            ben.customers.add(display_name="Another")
        ben.passwords.set("ben", "and yet another one")
        with pytest.raises(PastCannotChange):
            ben.at(1).passwords.set("ben", STAPLE)
    with ik.open(office, actor="ana", password=HORSE) as ana:
        ana.passwords.set("ben", STAPLE)
        ana.passwords.set("cleo", "third time is the charm")
    for name, password in (("ben", STAPLE), ("cleo", "third time is the charm")):
        ik.open(office, actor=name, password=password).close()


def test_a_password_set_anew_ends_the_wait(office: Path, clock: Clock) -> None:
    for _ in range(4):
        refused(office, "ben", "a guess of some length", clock)
    with ik.open(office, actor="ana", password=HORSE, clock=clock) as ana:
        ana.passwords.set("ben", "quite another one")
    ik.open(office, actor="ben", password="quite another one", clock=clock).close()


def test_somebody_is_always_left_who_can_let_others_in(ana: Book, tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="No owner of all customers could sign in"):
        ana.passwords.remove("ana")
    ana.access.grant("cleo", "owner")
    with pytest.raises(InvalidValue, match="No owner of all customers could sign in"):
        ana.access.revoke("ana", "owner")
    with ik.open(empty_book(tmp_path / "other.duckdb"), actor="ben") as book:
        book.users.add("ben")
        with pytest.raises(InvalidValue, match=r"book\.access\.grant"):
            book.passwords.set("ben", HORSE)


def test_when_nobody_has_a_password_any_more_a_name_is_enough(office: Path) -> None:
    with ik.open(office, actor="ana", password=HORSE) as book:
        book.passwords.remove("ben")
        with pytest.raises(NotFound, match="has no password"):
            book.passwords.remove("ben")
        book.passwords.remove("ana")
    with ik.open(office, actor="anybody") as book:
        assert book.actor == "anybody"


@pytest.mark.parametrize("password", ["short", "x" * 201, "aaaaaaaaaaaaaaa", "abababababababab"])
def test_passwords_that_are_guessed_at_once_are_refused(ana: Book, password: str) -> None:
    with pytest.raises(InvalidValue, match="characters|guessed"):
        ana.passwords.set("ben", password)


def test_a_password_is_no_record_that_could_be_undone_or_known_at(ana: Book) -> None:
    ana.passwords.set("ben", "quite another one")
    with pytest.raises(UndoRefused):
        ana.undo(int(ana.operations()["id"].iloc[0]))
    assert not any("argon2" in str(row) for row in ana._store.rows("select * from operations"))


def test_who_has_left_signs_in_no_more(office: Path) -> None:
    with ik.open(office, actor="ana", password=HORSE) as book:
        book.users.make_inactive("ben")
    assert "there is no such user" in refused(office, "ben", STAPLE)


def test_a_backup_is_opened_by_the_same_people(office: Path, tmp_path: Path) -> None:
    with ik.open(office, actor="ana", password=HORSE) as book:
        copy = book.backup(tmp_path / "copy.duckdb")
    assert refused(copy, "ana", "a guess of some length")
    ik.open(copy, actor="ana", password=HORSE).close()


def test_a_book_is_compared_by_whom_it_would_be_opened(
    office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ik.open(empty_book(tmp_path / "other.duckdb"), actor="ben") as book:
        with pytest.raises(SignInRefused, match=r"office\.duckdb is opened with a password"):
            book.diff(office)
        with pytest.raises(SignInRefused, match=r"ben cannot open office\.duckdb"):
            book.diff(office, password=HORSE)
        assert "Acme" in book.diff(office, password=STAPLE)["name"].tolist()
    arguments = ["diff", str(tmp_path / "other.duckdb"), str(office)]
    monkeypatch.setenv("INVOICEKIT_USER", "ben")
    done = CliRunner().invoke(app, arguments)
    assert "is opened with a password" in " ".join(done.output.split())
    assert "Acme" not in done.output
    monkeypatch.setenv("INVOICEKIT_PASSWORD", STAPLE)
    assert "Acme" in CliRunner().invoke(app, arguments).output
    # It was looked at, and nothing of that stands in it.
    with ik.open(office, actor="ana", password=HORSE) as book:
        assert ("ben", "tried") not in book.passwords.attempts()[["name", "outcome"]].itertuples(index=False, name=None)
