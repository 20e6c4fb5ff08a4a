"""Files on their way in: read, map, check, plan, apply - and a receipt for every row."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from invoicekit.errors import InvalidValue
from invoicekit.imports.gathering import Gathered, PathsLike, gather, read_files
from invoicekit.imports.headings import TARGETS
from invoicekit.imports.mappings import Mappings
from invoicekit.imports.moving import Move, export, is_whole
from invoicekit.imports.plan import Plan
from invoicekit.imports.receipt import Receipt, receipt_of
from invoicekit.imports.steps import Progress, Steps
from invoicekit.imports.template import write_template
from invoicekit.ledger import Seller
from invoicekit.store import Hold, frame
from invoicekit.workbooks import Limits, Reading

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Imports", "Plan", "Receipt", "export", "write_template"]


class Imports:
    """The imports of a book."""

    def __init__(self, hold: Hold) -> None:
        self._hold = hold
        self._store = hold.store

    def read(
        self,
        path: PathsLike,
        into: str | None = None,
        *,
        source: str = "",
        sheet: str | None = None,
        header_row: int | None = None,
        password: str | None = None,
        encoding: str | None = None,
        delimiter: str | None = None,
        widths: Sequence[int] | None = None,
        limits: Limits | None = None,
        steps: Steps | None = None,
    ) -> Plan:
        """Read workbooks or text tables and suggest what their columns mean. Nothing is written.

        Parameters
        ----------
        path
            An .xlsx, .xlsb, .xls, .ods, .csv or other text file, or an electronic invoice (Factur-X, CII, UBL) the book's seller
            issued elsewhere; its bytes decide, not its name. Several,
            a folder or a pattern such as ``exports/*.csv`` are imported together, as one.
        into
            What the rows are: ``customers``, ``contact_persons``, ``users``, ``matters``, ``activities``, ``invoices``,
            ``invoice_lines``, ``payments``, ``allocations`` or ``opening_balances``; guessed for each
            sheet from its headings unless given.
        source
            A name for the system the file comes from. Its customer numbers and invoice
            numbers are told apart from those of other systems by it.
        sheet
            The one sheet to read; every sheet that can be understood unless given.
        header_row
            The row of the headings, as the spreadsheet counts; found unless given.
        password
            Of workbooks that are protected by one.
        encoding, delimiter, widths
            How text tables are written, and how many characters each column takes where no mark stands
            between; found unless given.
        limits
            What reading may take of time and memory; see `invoicekit.workbooks.Limits`.
        steps
            Called with a few words whenever a new step begins; unless given, a bar appears where a long import
            is watched, in a notebook or a terminal.

        Raises
        ------
        FileMissing, NotAWorkbook, PasswordNeeded, NoTable
            See `invoicekit.errors`.

        Returns
        -------
        Plan
            Look at ``plan.mapping`` and ``plan.problems``, correct it with ``plan.map``,
            ``plan.skip`` and the like, then ``plan.apply()``.
        """
        if into is not None and into not in TARGETS:
            raise InvalidValue(f'Files are imported into {", ".join(TARGETS)}, not into "{into}".')
        if header_row is not None and not isinstance(header_row, int):
            raise InvalidValue(f"The row of the headings is a number, as the spreadsheet counts: not {header_row!r}.")
        steps = steps or Progress()
        reading = Reading(password, encoding, delimiter, widths, limits or Limits())
        try:
            files = read_files(path, reading, steps, Seller(self._hold).get())
            if into is None and sheet is None and is_whole(self._store, files.file.sheets):
                return Move(self._hold, Gathered(files.file, [], {}, files.paths), source, steps)
            found = gather(files, into, sheet, header_row, Mappings(self._store), steps)
            return Plan(self._hold, found, source, steps)
        finally:
            steps("done")

    def template(self, into: str, path: str | PathLike[str], language: str = "en") -> Path:
        """Write an empty workbook to fill in: headings with hints, drop-downs, and an example row that is skipped.

        Parameters
        ----------
        into
            What its rows will be, as in `read`.
        language
            Of the headings: ``en``, ``fr``, ``es`` or ``de``.

        Raises
        ------
        InvalidValue
            If there is no template of that, or none in that language.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> book = ik.open(folder / "acme.duckdb")
        >>> path = book.imports.template("customers", folder / "clients.xlsx", language="fr")
        >>> book.imports.read(path).preview["reason"].tolist()
        ['it is the example of the template']
        """
        return write_template(into, Path(path), language)

    @property
    def mappings(self) -> pd.DataFrame:
        """What columns were found to mean: saved under a name, or confirmed by an import; newest first."""
        return frame(self._store.arrow("select id, name, target, mapping from import_mappings order by id desc"))

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
