"""Where a book lies that is in no file: a database of PostgreSQL, by its URL, or a lake."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlencode, urlsplit, urlunsplit

from invoicekit.secrets_kept import kept_secret

__all__ = ["Database", "is_lake", "is_server"]


def is_server(path: object) -> bool:
    """Say whether somebody names a database of PostgreSQL, and no file."""
    return isinstance(path, str) and path.startswith(("postgresql://", "postgres://"))


def is_lake(path: object) -> bool:
    """Say whether somebody names a lake: a copy of a book that is read by many."""
    return isinstance(path, str) and path.startswith(("ducklake:", "md:"))


@dataclass(frozen=True, slots=True)
class Database:
    """A database of PostgreSQL.

    Attributes
    ----------
    name
        What it is called in messages.
    address
        Its URL, without any password.
    user
        Whom PostgreSQL knows them as, where the URL says it.
    """

    name: str
    address: str
    user: str | None
    _password: str | None = field(repr=False)

    @classmethod
    def of(cls, url: str) -> Database:
        """Read a URL; a password that does not stand in it is looked for in the environment and in the keyring."""
        told = urlsplit(url)
        database, host = told.path.strip("/") or "book", told.hostname or "this machine"
        password = (
            unquote(told.password) if told.password else kept_secret("PGPASSWORD", f"{told.username}@{host}/{database}")
        )
        return cls(f"{database} on {host}", _without_password(told), told.username, password)

    def url(self, folder: Path) -> str:
        """Return its URL for the engine: a password is where PostgreSQL's own library looks for it, and no message repeats it."""
        if self._password is None:
            return self.address
        kept = folder / "passwords"
        kept.touch(0o600)
        kept.write_text("*:*:*:*:" + re.sub(r"([:\\])", r"\\\1", self._password) + "\n", encoding="utf-8")
        return f"{self.address}{'&' if '?' in self.address else '?'}{urlencode({'passfile': str(kept)})}"


def _without_password(told: SplitResult) -> str:
    """Return an address without its password."""
    who, at, where = told.netloc.rpartition("@")
    return urlunsplit(told._replace(netloc=f"{who.partition(':')[0]}{at}{where}"))
