"""Files on their way in: read, map, check, plan, apply - and a receipt for every row."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from invoicekit.imports.plan import Plan
from invoicekit.imports.receipt import Receipt, receipt_of
from invoicekit.imports.steps import Steps, silent
from invoicekit.store import Hold, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Imports", "Plan", "Receipt"]


class Imports:
    """The imports of a book."""

    def __init__(self, hold: Hold) -> None:
        self._hold = hold
        self._store = hold.store

    def read(
        self,
        path: str | PathLike[str],
        into: str | None = None,
        *,
        source: str = "",
        sheet: str | None = None,
        header_row: int | None = None,
        steps: Steps = silent,
    ) -> Plan:
        """Read a workbook or text table and suggest what its columns mean. Nothing is written.

        Parameters
        ----------
        path
            An .xlsx, .xlsb, .xls, .ods, .csv or other delimited text file; its bytes decide,
            not its name.
        into
            ``customers``, ``invoices``, ``invoice_lines`` or ``payments``; guessed for each
            sheet from its headings unless given.
        source
            A name for the system the file comes from. Its customer numbers and invoice
            numbers are told apart from those of other systems by it.
        sheet
            The one sheet to read; every sheet that can be understood unless given.
        header_row
            The row of the headings, as the spreadsheet counts; found unless given.
        steps
            Called with a few words whenever a new step begins.

        Raises
        ------
        FileMissing, NotAWorkbook, NoTable
            See `invoicekit.errors`.

        Returns
        -------
        Plan
            Look at ``plan.mapping`` and ``plan.problems``, correct it with ``plan.map``,
            ``plan.skip`` and the like, then ``plan.apply()``.
        """
        return Plan.read(
            self._hold, Path(path), into=into, source=source, sheet=sheet, header_row=header_row, steps=steps
        )

    def receipt(self, number: int) -> Receipt:
        """Return the receipt of an earlier import.

        Raises
        ------
        NotFound
            If there is none with this number.
        """
        return receipt_of(self._store, number)

    def list(self) -> pd.DataFrame:
        """Return all receipts, newest first, one row each, as a DataFrame."""
        return frame(self._store.arrow("select * exclude (mapping) from imports order by id desc"))
