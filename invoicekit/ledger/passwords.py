"""Passwords: who opens a book is who they say they are (RFC 9106, NIST SP 800-63B)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from invoicekit.errors import InvalidValue, NotFound, SignInRefused
from invoicekit.ledger.access import must_have_an_owner, must_own_all
from invoicekit.ledger.part import Part, statement
from invoicekit.ledger.parties.customers import Which
from invoicekit.ledger.work.users import Users
from invoicekit.secrets_kept import SERVICE, kept_secret
from invoicekit.store import Operation, Store, book_at, frame

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd
    from argon2 import PasswordHasher

__all__ = ["Passwords", "sign_in"]

_VARIABLE = "INVOICEKIT_PASSWORD"

# NIST SP 800-63B, 3.1.1.2: length is what counts, no rules of composition; how much is read at most keeps hashing short.
SHORTEST, LONGEST = 12, 200

# From the third wrong password in a row on each costs twice the wait of the one before, up to a quarter of an hour.
FREE = 3
LONGEST_WAIT = 900


class Passwords(Part):
    """The passwords of a book's users.

    While nobody has one, a book is opened by giving a name. From the first one on, who opens it signs in:
    ``invoicekit.open(path, actor="ana", password=...)``. That keeps people who use the tool apart; who holds the file can read it
    without the tool, unless the book is encrypted.
    """

    def set(self, user: Which, password: str) -> None:
        """Give a user a password, or another one.

        Parameters
        ----------
        user
            Who; users set their own, an owner of all customers those of everybody.
        password
            At least twelve characters, of any kind. Only a hash of it is kept, by Argon2id.

        Raises
        ------
        InvalidValue
            If it is too short, too long or the name itself; if no owner of all customers could sign in.
        NotAllowed
            If it is somebody else's, and who opened the book is no owner of all customers.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb"
        >>> with ik.open(path, actor="ana") as book:
        ...     _ = book.users.add("ana"), book.access.grant("ana", "owner")
        ...     book.passwords.set("ana", "correct horse battery")
        >>> ik.open(path, actor="ana", password="correct horse battery").passwords.list()["user"].tolist()
        ['ana']
        """
        with self.store.operation("set password") as op:
            who = self._theirs(op, user, "set somebody else's password")
            _must_do(password, who["name"])
            self._take_away(op, who["id"])
            op.insert("passwords", [{"user_id": who["id"], "hash": _hasher().hash(password), "set_at": op.moment}])
            op.insert("sign_ins", [{"name": who["name"], "outcome": "reset", "attempted_at": op.moment}])
            must_have_an_owner(op)
            op.summary = f"{who['name']} has a password"

    def remove(self, user: Which) -> None:
        """Take a user's password: they cannot sign in, and when nobody has one any more, a name is enough again.

        Raises
        ------
        NotFound
            If they have none.
        NotAllowed, InvalidValue
            As for `set`.
        """
        with self.store.operation("remove password") as op:
            who = self._theirs(op, user, "take somebody else's password")
            if not self._take_away(op, who["id"]):
                raise NotFound(f"{who['name']} has no password. book.passwords.list() shows who has.")
            must_have_an_owner(op)
            op.summary = f"{who['name']} has no password any more"

    def list(self) -> pd.DataFrame:
        """Return who may sign in, since they have a password and are not inactive: ``user``, ``set_at`` (UTC)."""
        return frame(
            self.store.arrow(
                "select users.name as user, passwords.set_at from passwords join users on users.id = passwords.user_id "
                "where users.inactive_since is null or users.inactive_since > $today order by 1",
                today=self.store.today,
            )
        )

    def attempts(self) -> pd.DataFrame:
        """Return who tried to sign in, newest first: ``name`` as it was given, ``outcome``, ``attempted_at`` (UTC)."""
        return frame(self.store.arrow("select name, outcome, attempted_at from sign_ins order by id desc"))

    def _theirs(self, op: Operation, user: Which, what: str) -> dict[str, Any]:
        who = Users(self._hold).get(user)
        if who["name"].casefold() != self.store.actor.casefold():
            must_own_all(op, self.store.actor, what)
        return who

    @staticmethod
    def _take_away(op: Operation, user: int) -> int:
        return op.delete(
            "passwords", [row["id"] for row in op.rows("select id from passwords where user_id = $u", u=user)]
        )


def sign_in(store: Store, password: str | None) -> None:
    """Let somebody in who has the password of the name they opened the book by; each attempt is noted, and wrong ones slow down.

    Raises
    ------
    SignInRefused
        If they have not.
    """
    if not store.rows("select id from passwords limit 1"):
        return
    given = password if password is not None else kept_secret(_VARIABLE, f"{store.actor}@{store.name}")
    if given is None:
        raise SignInRefused(
            f'{store.name} is opened with a password: invoicekit.open(..., actor="{store.actor}", password=...). Or set '
            f"{_VARIABLE}, or keep it in the keyring: keyring set {SERVICE} {store.actor}@{store.name}."
        )
    name = store.actor[:LONGEST]
    _must_not_wait(store, name)
    # Noted first: who ends the process before the answer has tried all the same.
    _note(store, name, "tried")
    held = store.rows(
        "select passwords.id, passwords.hash, users.name from passwords join users on users.id = passwords.user_id "
        "where name_key(users.name) = name_key($name) and (users.inactive_since is null or users.inactive_since > $today)",
        name=name,
        today=store.today,
    )
    # Who is nobody here waits as long for the answer as who mistyped, and gets the same.
    if not _fits(held[0]["hash"] if held else _nobodys(), given) or not held:
        raise SignInRefused(
            f"{name} cannot open {store.name}: there is no such user, or the password is another. An owner of all customers "
            "can set a new one: book.passwords.set(...)."
        )
    store.actor = held[0]["name"]
    _note(store, store.actor, "succeeded")


@contextmanager
def beside(
    path: str | PathLike[str], *, actor: str, password: str | None = None, key: str | None = None
) -> Iterator[Store]:
    """Give another book to compare with, to whom it would be opened; it is not touched.

    Raises
    ------
    SignInRefused
        If it is opened with a password, and this is not theirs.
    BookNotFound, BookInUse, NotABook
        See `invoicekit.errors`.
    """
    with book_at(path, key, actor) as store:
        sign_in(store, password)
        yield store


def _note(store: Store, name: str, outcome: str) -> None:
    with store.unguarded().operation("sign in", f"{name} {outcome}") as op:
        op.insert("sign_ins", [{"name": name, "outcome": outcome, "attempted_at": op.moment}])


def _must_not_wait(store: Store, name: str) -> None:
    [held] = store.rows(statement("sign_ins_failed"), name=name)
    if held["failed"] < FREE:
        return
    now: datetime = store.clock()
    wait = timedelta(seconds=min(2 ** (held["failed"] - FREE + 1), LONGEST_WAIT))
    # A clock that was set back must neither let in nor lock out.
    left = min(held["last"], now) + wait - now
    if left > timedelta(0):
        raise SignInRefused(
            f"{name} cannot try again for {left.total_seconds():.0f} seconds: {held['failed']} passwords in a row were wrong. "
            "Wait, or let an owner of all customers set another: book.passwords.set(...)."
        )


def _must_do(password: str, name: str) -> None:
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidValue(
            f"A password has {SHORTEST} to {LONGEST} characters, and this one {len(password)}. Several words do."
        )
    if name.casefold() in (password.casefold(), password.casefold().strip("0123456789")) or len(set(password)) < 4:
        raise InvalidValue("This password is guessed at once. Take several words that nobody puts together.")


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher
    from argon2.profiles import RFC_9106_LOW_MEMORY

    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


@cache
def _nobodys() -> str:
    """Return a hash of what nobody knows."""
    import secrets

    return _hasher().hash(secrets.token_urlsafe())


def _fits(hashed: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(hashed, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
