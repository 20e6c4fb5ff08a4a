"""A book as it was known at an earlier moment: everything reads as it did then, nothing can be changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, NoReturn

from invoicekit.errors import PastCannotChange
from invoicekit.store.backup import KEPT
from invoicekit.store.holding import Hold
from invoicekit.store.store import Store

if TYPE_CHECKING:
    import os
    from contextlib import AbstractContextManager
    from datetime import date, datetime
    from pathlib import Path

    import pyarrow as pa

    from invoicekit.store.operations import Operation
    from invoicekit.store.working import Working

__all__ = ["Past"]


class Past(Store):
    """A store that reads what was known after an operation, through the store of the present."""

    def __init__(self, hold: Hold, operation: int) -> None:
        # Nothing is opened: the file stays with the book this was made of, and is held with it.
        self._present_hold = hold
        self._store = hold.store
        self._operation = operation
        self.name = hold.store.name
        self.actor, self.clock = hold.store.actor, hold.store.clock
        self.notes = [f"As known after operation {operation}; nothing can be changed here."]

    @property
    def path(self) -> Path:
        """The file the book lies in."""
        return self._store.path

    @property
    def address(self) -> str:
        """What the book is opened by."""
        return self._store.address

    def arrow(self, sql: str, *, known: int | None = None, **parameters: Any) -> pa.Table:
        """Run one query on what was known then."""
        return self._store.arrow(sql, known=self._earlier(known), **parameters)

    def rows(self, sql: str, *, known: int | None = None, **parameters: Any) -> list[dict[str, Any]]:
        """Run one query on what was known then and return dicts."""
        return self._store.rows(sql, known=self._earlier(known), **parameters)

    @contextmanager
    def working(self, known: int | None = None) -> Iterator[Working]:
        """Work a long query out on what was known then."""
        with self._store.working(self._earlier(known)) as work:
            yield work

    def query(self, sql: str, parameters: Mapping[str, Any] | Sequence[Any] | None, known: int | None) -> pa.Table:
        """Run somebody's own query on what was known then."""
        return self._store.query(sql, parameters, self._earlier(known))

    def known(self, known_at: datetime | date | str | int | None) -> int | None:
        """Return the last operation recorded by a moment, but never a later one than this."""
        return self._earlier(self._store.known(known_at))

    def operation(self, kind: str, summary: str = "", **parameters: Any) -> NoReturn:  # noqa: ARG002 - as its base
        """Refuse.

        Raises
        ------
        PastCannotChange
            Always.
        """
        raise PastCannotChange(
            f'"{kind}" cannot be done: this is the book as known after operation {self._operation}. '
            "Do it in the book itself; as_of= takes an earlier business date."
        )

    def trial(self, kind: str) -> NoReturn:
        """Refuse, as `operation` does."""
        self.operation(kind)

    @property
    def key(self) -> str | None:
        """What the book is encrypted by, if it is."""
        return self._store.key

    @property
    def is_past(self) -> bool:
        """Whether this is a book as known at an earlier moment: it is."""
        return True

    @property
    def current(self) -> Operation | None:
        """There is no operation in the past."""
        return None

    def turn(self) -> AbstractContextManager[object]:
        """Wait for nobody: the past has no writers."""
        return nullcontext()

    def watch(self, told: Callable[[], None]) -> Callable[[], None]:  # noqa: ARG002 - as its base
        """Tell nothing: the past does not change."""
        return lambda: None

    def snapshot(self) -> NoReturn:
        """Refuse, as `backup` does.

        Raises
        ------
        PastCannotChange
            Always.
        """
        raise PastCannotChange(
            "What is copied or published is the whole book, not a moment of it. Use the book itself."
        )

    def backup(self, path: str | os.PathLike[str] | None = None, *, keep: int = KEPT, reason: str = "") -> NoReturn:  # noqa: ARG002 - as its base
        """Refuse: a copy is of the whole book.

        Raises
        ------
        PastCannotChange
            Always.
        """
        raise PastCannotChange("No backup is made of a moment: a copy is of the whole book. Use the book itself.")

    def restore(self, backup: str | os.PathLike[str]) -> NoReturn:
        """Refuse, as `operation` does."""
        raise PastCannotChange(f"{backup} cannot be put in the place of a moment. Restore it in the book itself.")

    def settle(self, *, only_if_due: bool = False) -> bool:  # noqa: ARG002 - as its base
        """Refuse: what reports read is made of the present.

        Raises
        ------
        PastCannotChange
            Always.
        """
        raise PastCannotChange(
            "What reports read is made of the book as it is now. Ask the book itself: book.reports.settle()."
        )

    def release(self) -> None:
        """Hold nothing: the file belongs to the book this was made of."""

    def _earlier(self, known: int | None) -> int:
        return self._operation if known is None else min(known, self._operation)
