"""What if: real operations, tried out, compared, and taken back to the last of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.reports.report import Report, is_key
from invoicekit.store import Store, frame, trying

if TYPE_CHECKING:
    import pandas as pd

    from invoicekit.reports import Reports

__all__ = ["Trial", "what_if"]


class Trial:
    """What is tried out: everything asked of the book shows it, `compare` shows what it changes."""

    def __init__(self, reports: Reports, store: Store) -> None:
        self._reports = reports
        self._store = store

    def compare(self, report: str, **given: Any) -> pd.DataFrame:
        """Return the rows of a report that differ from what they are without the trial.

        Parameters
        ----------
        report
            Its name, such as ``"aging"``.
        **given
            What it is told.

        Returns
        -------
        pandas.DataFrame
            What tells the rows apart, and of each amount that differs anywhere ``..._before``, ``..._after`` and
            ``..._change``, exact decimals.
        """
        with self._store.committed():
            before = self._reports.run(report, **given)
        return frame(_compared(before, self._reports.run(report, **given)))


@contextmanager
def what_if(reports: Reports, store: Store) -> Iterator[Trial]:
    """Let operations be tried out; see `Book.what_if`."""
    with store.trial("what if"), trying():
        yield Trial(reports, store)


def _compared(before: Report, after: Report) -> pa.Table:
    names = after.table.column_names
    figures = [name for name in names if name in after.numbers and not is_key(name)]
    keys = [name for name in names if name not in figures]
    then, now = _by_key(before, keys, figures), _by_key(after, keys, figures)
    differing = [key for key in {**then, **now} if then.get(key) != now.get(key)]
    differs = [
        name for nth, name in enumerate(figures) if any(_at(then, key, nth) != _at(now, key, nth) for key in differing)
    ]
    columns: dict[str, Any] = {
        name: pa.array([key[nth] for key in differing], after.table.schema.field(name).type)
        for nth, name in enumerate(keys)
    }
    for name in differs:
        nth, kind = figures.index(name), after.table.schema.field(name).type
        earlier, later = ([_at(side, key, nth) for key in differing] for side in (then, now))
        columns[f"{name}_before"] = pa.array(earlier, kind)
        columns[f"{name}_after"] = pa.array(later, kind)
        columns[f"{name}_change"] = pa.array([(b or 0) - (a or 0) for a, b in zip(earlier, later, strict=True)], kind)
    return pa.table(columns)


Key = tuple[Any, ...]


def _by_key(report: Report, keys: list[str], figures: list[str]) -> dict[Key, list[Decimal | int | None]]:
    """Return the figures of every row by what tells it from the others, and by its place among those nothing does."""
    seen: dict[Key, int] = {}
    found = {}
    for row in report.table.to_pylist():
        key = tuple(row[name] for name in keys)
        seen[key] = seen.get(key, -1) + 1
        found[(*key, seen[key])] = [row[name] for name in figures]
    return found


def _at(side: dict[Key, list[Decimal | int | None]], key: Key, nth: int) -> Decimal | int | None:
    return side[key][nth] if key in side else None
