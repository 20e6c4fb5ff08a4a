"""Where a book lies that is in no file: a database of PostgreSQL, by its URL, or a lake."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from invoicekit.errors import BookError
from invoicekit.secrets_kept import kept_secret

__all__ = ["Database", "is_lake", "is_server"]


def is_server(path: object) -> bool:
    """Say whether somebody names a database of PostgreSQL, and no file."""
    return isinstance(path, str) and path.lower().startswith(("postgresql://", "postgres://"))


def is_lake(path: object) -> bool:
    """Say whether somebody names a lake: a copy of a book that is read by many."""
    return isinstance(path, str) and path.startswith(("ducklake:", "md:"))


# How PostgreSQL's library and its server notice that the other side is gone: seconds, and milliseconds for what was sent.
_NOTICED_HERE = {
    "connect_timeout": "10", "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}  # fmt: skip
_NOTICED_THERE = {f"tcp_{name}": value for name, value in _NOTICED_HERE.items() if name.startswith("keepalives")} | {
    "tcp_user_timeout": _NOTICED_HERE["tcp_user_timeout"]
}


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
        if ":" in told.netloc and "@" in f"{told.path}{told.query}{told.fragment}":
            # What stands in it is not repeated: part of it is the password.
            raise BookError(
                "The address cannot be read: its password holds a character that means something there. Write / as %2F, # as %23, "
                "? as %3F, @ as %40 and % as %25, or give the password by PGPASSWORD."
            )
        service = dict(parse_qsl(told.query)).get("service")
        database, host = told.path.strip("/") or service, told.hostname or "this machine"
        if database is None:
            raise BookError(f"{_without_password(told)} names no database. Name one: postgresql://user@host/database.")
        password = (
            unquote(told.password) if told.password else kept_secret("PGPASSWORD", f"{told.username}@{host}/{database}")
        )
        return cls(f"{database} on {host}", _without_password(told), told.username, password)

    def url(self, folder: Path) -> str:
        """Return its URL for the engine: a password is where PostgreSQL's own library looks for it, and no message repeats it.

        What it says of waiting goes before what both sides do here: whom the network has cut off is noticed within half a minute,
        by them and by PostgreSQL, which gives their turn to others then.
        """
        told = urlsplit(self.address)
        said = dict(parse_qsl(told.query))
        options = said.pop("options", "")
        theirs = "".join(f" -c {name}={value}" for name, value in _NOTICED_THERE.items() if f"{name}=" not in options)
        said = {**_NOTICED_HERE, **said, "options": f"{options}{theirs}".strip()}
        if self._password is not None:
            kept = folder / "passwords"
            kept.touch(0o600)
            kept.write_text("*:*:*:*:" + re.sub(r"([:\\])", r"\\\1", self._password) + "\n", encoding="utf-8")
            said["passfile"] = str(kept)
        return _whole(told._replace(query=urlencode(said, quote_via=quote)))


def _without_password(told: SplitResult) -> str:
    """Return an address without its password."""
    who, at, where = told.netloc.rpartition("@")
    return _whole(told._replace(netloc=f"{who.partition(':')[0]}{at}{where}"))


def _whole(told: SplitResult) -> str:
    """Return an address as PostgreSQL's library takes it, where no host is named as well."""
    return f"postgresql://{told.netloc}{urlunsplit(told._replace(scheme='', netloc='')).removeprefix('//')}"
