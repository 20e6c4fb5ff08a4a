"""Closed periods: what was locked, and what they say now that they did not say then."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa

from invoicekit.dates import to_date
from invoicekit.errors import NotFound
from invoicekit.ledger.part import Part, statement
from invoicekit.store import frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Periods"]


class Periods(Part):
    """The periods of a book that were locked, by ``book.settings.lock_date``.

    A lock refuses whatever posts on its days. It can be moved back, and then something can be posted there: that is seen here.
    """

    def list(self) -> pd.DataFrame:
        """Return every lock there was: ``lock_date``, ``operation``, ``locked_at``, ``actor``, and whether it ``holds``."""
        return frame(self._locks())

    def exceptions(self, lock_date: date | str | None = None) -> pd.DataFrame:
        """Return the postings of closed periods that came, went or changed after they were locked for the first time.

        Parameters
        ----------
        lock_date
            One period only; all that were ever locked unless given.

        Returns
        -------
        pandas.DataFrame
            ``lock_date``, ``date``, ``customer``, ``change`` (added, taken out, changed), ``kind``, ``document``, ``currency``,
            ``difference`` of the balance, and the operation: ``operation``, ``recorded_at``, ``actor``, ``summary``.

        Raises
        ------
        NotFound
            If the book was never locked up to that day.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> acme = book.customers.add(display_name="Acme SA")
        >>> book.settings.lock_date = "2026-01-31"
        >>> book.settings.lock_date = None
        >>> _ = book.invoices.record(acme, number="F-1", date="2026-01-10", total="120.00")
        >>> book.periods.exceptions()[["customer", "change", "difference"]].values.tolist()
        [['Acme SA', 'added', Decimal('120.0000')]]
        """
        return frame(self._each("exceptions_to_closed_period", lock_date))

    def restated(self, lock_date: date | str | None = None) -> pd.DataFrame:
        """Return what customers owed at the end of closed periods, then and now, for those whose balance differs.

        Returns
        -------
        pandas.DataFrame
            ``lock_date``, ``customer``, ``currency``, ``known_then`` (when it was locked for the first time), ``known_now``,
            ``difference``; empty while every closed period still says what it said.

        Raises
        ------
        NotFound
            If the book was never locked up to that day.
        """
        return frame(self._each("periods_restated", lock_date))

    def _each(self, query: str, lock_date: date | str | None) -> pa.Table:
        known = self._known()
        first: dict[date, int] = {}
        for lock in self._locks().to_pylist():
            first.setdefault(lock["lock_date"], lock["operation"])
        if lock_date is not None:
            day = to_date(lock_date)
            if day not in first:
                raise NotFound(f"The book was never locked up to {day}. book.periods.list() shows its locks.")
            first = {day: first[day]}
        # A book that was never locked gives the columns alone.
        asked: dict[date, int] = dict(sorted(first.items())) or {date.min: known}
        found = [
            self.store.arrow(statement(query), lock_date=day, operation=by, until=known) for day, by in asked.items()
        ]
        return pa.concat_tables(found)

    def _locks(self) -> pa.Table:
        return self.store.arrow(statement("periods_locked"), until=self._known())

    def _known(self) -> int:
        return int(self.store.rows("select coalesce(max(id), 0) as id from operations")[0]["id"])
