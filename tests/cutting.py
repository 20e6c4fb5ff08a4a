"""A wire between a program and PostgreSQL that is cut at the moment when something is to be kept."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

__all__ = ["Wire"]

# As it is said by itself, and not within a statement.
_COMMIT = b"COMMIT\x00"


class Wire:
    """Passes on what both sides say, until it is told to cut.

    Attributes
    ----------
    port
        Where it listens.
    cut
        When the next commit cuts it: ``before`` PostgreSQL hears of it, or ``after`` it was carried out and before that is told.
    """

    def __init__(self, port: int) -> None:
        self._there = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = [self._listening]
        self._threads: list[threading.Thread] = []
        self.port = self._listening.getsockname()[1]
        self.cut: str | None = None
        self._answered: threading.Event | None = None

    @contextmanager
    def laid(self) -> Iterator[Wire]:
        self._start(self._accept)
        try:
            yield self
        finally:
            for end in self._ends:
                self._hang_up(end)
            for thread in self._threads:
                thread.join()
            for end in self._ends:
                end.close()

    def _start(self, act: Callable[..., None], *given: object) -> None:
        self._threads.append(threading.Thread(target=act, args=given, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._listening.accept()
                there = socket.create_connection(("127.0.0.1", self._there))
                self._ends += [here, there]
                self._start(self._pass_on, here, there, True)
                self._start(self._pass_on, there, here, False)

    def _pass_on(self, one: socket.socket, other: socket.socket, asks: bool) -> None:
        with suppress(OSError):
            while said := one.recv(65_536):
                if asks and self.cut is not None and _COMMIT in said:
                    if self.cut == "after":
                        self._answered = threading.Event()
                        other.sendall(said)
                        # It says that it was done, to nobody.
                        self._answered.wait(60)
                    self.cut = None
                    break
                if not asks and self._answered is not None and not self._answered.is_set():
                    self._answered.set()
                    break
                other.sendall(said)
        self._hang_up(one)
        self._hang_up(other, socket.SHUT_WR)

    def _hang_up(self, end: socket.socket, how: int = socket.SHUT_RDWR) -> None:
        with suppress(OSError):
            end.shutdown(how)
