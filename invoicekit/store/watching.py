"""Who wants to hear of every commit."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Watchers"]


class Watchers:
    """Callbacks, told in the order they came; each must be short and raise nothing."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[[], None]] = []

    def add(self, told: Callable[[], None]) -> Callable[[], None]:
        """Tell a callback from now on, and return what ends that."""
        self._callbacks.append(told)

        def end() -> None:
            if told in self._callbacks:
                self._callbacks.remove(told)

        return end

    def tell(self) -> None:
        """Tell everybody."""
        for told in tuple(self._callbacks):
            told()
