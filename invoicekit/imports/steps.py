"""Saying how far a long import has come."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Steps", "silent"]

Steps = Callable[[str], None]


def silent(step: str) -> None:
    """Say nothing."""
