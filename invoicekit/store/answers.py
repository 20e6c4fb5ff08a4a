"""What PostgreSQL answers, in words a person can act on."""

from __future__ import annotations

import re

from invoicekit.errors import BookError, BookNotFound, NotAllowed

__all__ = ["GONE", "explained", "in_short"]

# What is said of a server that is not there, or not any more.
GONE = re.compile(
    r"server closed the connection|could not connect|connection to server|terminating connection|no connection to the server"
    r"|SSL connection has been closed|could not receive data|could not send data|could not translate host name",
    re.IGNORECASE,
)

# What comes before the reason: which statement, or which connection, failed. Neither is anybody's to read.
_BEFORE = re.compile(
    r'^.*?(?:ERROR|FATAL): *|^.*?failed: |^.*?Unable to connect to Postgres at ".*": |^(?:IO|Invalid Input|Binder) Error: ',
    re.DOTALL,
)
_LONGEST = 300

_IN = "{name} does not let {who} in: {said}."
# What an answer is told by, what is refused then, and how it is said.
_ANSWERS: tuple[tuple[str, type[BookError | NotAllowed], str], ...] = (
    (
        r"no password supplied|password authentication failed",
        NotAllowed,
        f"{_IN} A password is taken from PGPASSWORD, ~/.pgpass (yours alone: chmod 600), the keyring, or the address.",
    ),
    (
        r'database "[^"]*" does not exist',
        BookNotFound,
        "{name} is not there: {said}. Check the address, or let whoever keeps the server make it.",
    ),
    (
        r"no pg_hba\.conf entry",
        NotAllowed,
        f"{_IN} Whoever keeps the server adds a line to pg_hba.conf and reloads it; or is the database called otherwise?",
    ),
    (
        r'role "[^"]*" does not exist|set role|not permitted to log in|User does not have CONNECT',
        NotAllowed,
        f"{_IN} Check the address, or ask whoever keeps the server.",
    ),
    (
        r"permission denied for (?:schema|table|relation|view)",
        NotAllowed,
        (
            "{name} does not let {who} read the book: {said}. Who works in it is a member of the role that owns its tables, "
            "and who reads is granted that. What one person made is given to all by: reassign owned by ... to ..."
        ),
    ),
    (
        r"permission denied for database|permission denied to create",
        NotAllowed,
        "{name} does not let {who} make a book: {said}. Whoever keeps the server says who may: alter database ... owner to ...",
    ),
    (r"certificate", BookError, "{name} is not reached: {said}."),
)


def explained(name: str, user: str | None, error: BaseException) -> BookError | NotAllowed:
    """Return what is to be said where a database of PostgreSQL, called by a name, cannot be used by somebody."""
    told = {"name": name, "who": user or "you", "said": in_short(error)}
    for pattern, kind, text in _ANSWERS:
        if re.search(pattern, str(error)):
            return kind(text.format_map(told))
    if GONE.search(str(error)):
        return BookNotFound(
            "{name} does not answer: {said}. Is PostgreSQL running there, and may {who} reach it?".format_map(told)
        )
    return BookError("{name} cannot be used: {said}.".format_map(told))


def in_short(error: BaseException) -> str:
    """Return why PostgreSQL refused something, in one line."""
    said = _BEFORE.sub("", str(error), count=1).partition("\n")[0]
    return (said if len(said) <= _LONGEST else f"{said[:_LONGEST]} ...").rstrip(". ")
