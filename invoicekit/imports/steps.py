"""Saying how far a long import has come."""

from __future__ import annotations

from collections.abc import Callable

from invoicekit.progress import Bar

__all__ = ["Progress", "Steps", "share_done", "silent"]

Steps = Callable[[str], None]

# How much of a whole import is done when a step begins, by its first words; those of records lie between.
_BEGINS = {
    "reading values": 0.45,
    "reading": 0.0,
    "finding": 0.4,
    "writing the receipt": 0.9,
    "committing": 0.95,
    "done": 1.0,
}
_RECORDS = 0.5


def silent(step: str) -> None:
    """Say nothing."""


def share_done(step: str) -> float:
    """Return how much of a whole import is done when a step begins."""
    return next((share for words, share in _BEGINS.items() if step.startswith(words)), _RECORDS)


class Progress:
    """A bar that follows the steps of an import, where somebody looks."""

    def __init__(self) -> None:
        self._bar = Bar()

    def __call__(self, step: str) -> None:
        """Show the step that begins."""
        self._bar(step, share_done(step))
