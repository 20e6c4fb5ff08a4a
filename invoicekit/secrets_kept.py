"""Secrets that stand outside every book: in the environment, or in the keyring of the system."""

from __future__ import annotations

import os
from contextlib import suppress

__all__ = ["SERVICE", "kept_secret"]

# What a keyring files them under.
SERVICE = "invoicekit"


def kept_secret(variable: str, name: str) -> str | None:
    """Return a secret from the environment, or from the keyring of the system; nothing where neither has it.

    Parameters
    ----------
    variable
        Of the environment; it goes before the keyring.
    name
        What it is kept under in the keyring, by the service `SERVICE`.

    Examples
    --------
    >>> import os
    >>> os.environ["INVOICEKIT_EXAMPLE"] = "hush"
    >>> kept_secret("INVOICEKIT_EXAMPLE", "nobody@example")
    'hush'
    """
    if said := os.environ.get(variable):
        return said
    with suppress(ImportError):
        import keyring
        from keyring.errors import KeyringError

        with suppress(KeyringError):
            kept: str | None = keyring.get_password(SERVICE, name)
            return kept or None
    return None
