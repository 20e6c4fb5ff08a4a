"""Encrypted books: AES-256 by the engine itself, for the file, its log and what it spills; the key stays outside.

The engine writes encrypted files with the cryptography of OpenSSL only, which its extension ``httpfs`` brings along.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from invoicekit.errors import InvalidValue, KeyRefused
from invoicekit.secrets_kept import SERVICE, kept_secret
from invoicekit.store.extensions import load_extension
from invoicekit.store.sql import sql_text

__all__ = ["key_of", "load_cryptography", "must_be_a_key", "no_key", "with_key", "wrong_key"]

_VARIABLE = "INVOICEKIT_KEY"

# A key is not guessed slowly, as a password is: whoever has the file tries as fast as machines can.
SHORTEST = 20


def must_be_a_key(key: str) -> str:
    """Return a key that is long enough; the engine takes it as it is, so any DuckDB reads the book with it.

    Raises
    ------
    InvalidValue
        If it could be guessed, or the engine would not take it.
    """
    if not (key.isascii() and key.isprintable()):
        raise InvalidValue("A key is made of the letters, figures and signs of ASCII. Take another.")
    if len(key) < SHORTEST:
        raise InvalidValue(
            f"A key has at least {SHORTEST} characters, and this one {len(key)}: who has the file may try keys as fast as machines "
            "can. Let one be made: python -c 'import secrets; print(secrets.token_urlsafe(32))'."
        )
    return key


def key_of(path: Path) -> str | None:
    """Return the key of a book from the environment or the keyring of the system, if either has one."""
    return kept_secret(_VARIABLE, f"key of {path.name}")


def no_key(path: Path) -> KeyRefused:
    """Return what is said where a book is encrypted and no key was given."""
    return KeyRefused(
        f"{path.name} is encrypted. Give its key: invoicekit.open(..., key=...); or set {_VARIABLE}, or keep it in the keyring: "
        f'keyring set {SERVICE} "key of {path.name}". Without it nobody reads the book.'
    )


def wrong_key(path: Path, *, is_encrypted: bool) -> KeyRefused:
    """Return what is said where a key was given that does not do, or that a book does not have."""
    if is_encrypted:
        return KeyRefused(f"{path.name} is encrypted, and this is not its key. Nothing was changed.")
    return KeyRefused(
        f"{path.name} is not encrypted, and a key was given. Open it without; to have it encrypted, export it "
        "(book.export) and read that into a new book that is opened with a key."
    )


def with_key(options: str, key: str | None) -> str:
    """Return the options a file is attached by, with its key."""
    return options if key is None else f"{options}, encryption_key {sql_text(key)}"


def load_cryptography(engine: duckdb.DuckDBPyConnection) -> None:
    """Let an engine write encrypted files, by the extension that is installed, or that is fetched once.

    Raises
    ------
    KeyRefused
        If the extension is not there and cannot be fetched.
    """
    try:
        load_extension(engine, "httpfs", "duckdb-extension-httpfs")
    except duckdb.Error as error:
        raise KeyRefused(
            "An encrypted book is written with DuckDB's extension httpfs, which is not here and could not be fetched. Either go "
            "online once, or install the extension from a package together with the DuckDB it is made for: "
            "pip install duckdb==1.5.5 duckdb-extension-httpfs==1.5.5. Nothing was changed."
        ) from error
