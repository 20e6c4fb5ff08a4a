"""Saying how far something long has come: a bar in a notebook, in a terminal, or nowhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

__all__ = ["Bar"]

_PATIENCE = 1.0


class Bar:
    """A bar where somebody looks: it appears after a second.

    In a notebook it is a line under the cell, in a terminal a line of its own; written to a file or a pipe,
    it is nothing at all.
    """

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._shown: Any = None
        self._draw = _drawing()

    def __call__(self, step: str, done: float) -> None:
        """Show what is being done, and which share of all is done; ``done`` is the last step."""
        if self._shown is not None or (step != "done" and time.monotonic() - self._since > _PATIENCE):
            self._shown = self._draw(self._shown, step, done)
        if step == "done":
            self._shown, self._since = None, time.monotonic()


def _drawing() -> Callable[[Any, str, float], Any]:
    if "IPython" in sys.modules:
        from IPython import get_ipython

        if getattr(get_ipython(), "kernel", None) is not None:
            return _in_notebook
    return _in_terminal if sys.stderr.isatty() else lambda *_: None


def _in_notebook(shown: Any, step: str, done: float) -> Any:
    from html import escape

    from IPython.display import HTML, display

    bar = f'<progress value="{done:.2f}" max="1" style="width: 16em"></progress> <small>{escape(step)}</small>'
    shows = HTML("" if step == "done" else bar)  # type: ignore[no-untyped-call]
    if shown is None:
        return display(shows, display_id=True)  # type: ignore[no-untyped-call]
    shown.update(shows)
    return shown


def _in_terminal(shown: Any, step: str, done: float) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    if shown is None:
        bar = Bar(BarColumn(30), TextColumn("{task.description}"), console=Console(stderr=True), transient=True)
        shown = (bar, bar.add_task(step, total=1.0))
        bar.start()
    bar, task = shown
    bar.update(task, description=step, completed=done)
    if step == "done":
        bar.stop()
    return shown
