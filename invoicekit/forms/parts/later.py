"""Doing something once, a moment after it was asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context

__all__ = ["Later"]


class Later:
    """What is to be done a moment after it was asked for, in a thread of its own.

    Asked for again meanwhile, it is done once. A thread of the kernel or of a page's own knows which page it speaks to; what it
    does later is done on behalf of the page that made it.

    Parameters
    ----------
    act
        What is to be done.
    delay
        Seconds.
    restarts
        Whether being asked again begins the delay anew, as a pause in typing does.
    """

    def __init__(self, act: Callable[[], object], delay: float, *, restarts: bool = False) -> None:
        self._act, self._delay, self._restarts = act, delay, restarts
        self._context = copy_context()
        self._state = threading.Lock()
        self._timer: threading.Timer | None = None

    def __call__(self) -> None:
        """Ask for it."""
        with self._state:
            if self._timer is not None and not self._restarts:
                return
            self._rest()
            self._timer = threading.Timer(self._delay, self._do)
            self._timer.daemon = True
            self._timer.start()

    @property
    def is_due(self) -> bool:
        """Whether it was asked for and is not begun."""
        return self._timer is not None

    def cancel(self) -> None:
        """Do it no more, unless it is asked for again."""
        with self._state:
            self._rest()

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _do(self) -> None:
        mine = self._timer
        if not self._restarts:
            self.cancel()
        self._context.copy().run(self._act)
        # What restarts counts as due while it is being done: what was typed is not saved before it is.
        with self._state:
            if self._timer is mine:
                self._timer = None
