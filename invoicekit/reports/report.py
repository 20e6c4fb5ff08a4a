"""What a report gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.errors import BookInUse
from invoicekit.reports.definition import FILTERS, Definition
from invoicekit.store import frame, held_here

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Report"]


@dataclass(frozen=True)
class Report:
    """The answer to a report's question, as of a business date.

    Attributes
    ----------
    definition
        Title, question, parameters and columns.
    params
        What the query was told.
    known_at
        The recorded moment it was asked for, if any.
    table
        The rows, as Arrow; amounts are exact decimals.
    """

    definition: Definition
    params: dict[str, Any]
    known_at: Any
    table: pa.Table = field(repr=False)

    @cached_property
    def df(self) -> pd.DataFrame:
        """The rows as a DataFrame; amounts are exact decimals, never floats."""
        return frame(self.table)

    @property
    def title(self) -> str:
        """Title with the business date, and what was known when that was asked."""
        known = f", as known at {self.known_at}" if self.known_at is not None else ""
        chosen = [f"{chosen.name} {self.params[chosen.name]}" for chosen in FILTERS if self.params.get(chosen.name)]
        only = f" ({', '.join(chosen)})" if chosen else ""
        return f"{self.definition.title}{only} as of {self.params['as_of']}{known}"

    @property
    def sql(self) -> str:
        """The query, parameters written in: it runs in any DuckDB that has the book open."""
        return self.definition.literal(self.params)

    @property
    def amounts(self) -> list[str]:
        """The columns that hold amounts of money."""
        return [column.name for column in self.table.schema if pa.types.is_decimal(column.type)]

    @property
    def numbers(self) -> set[str]:
        """The columns that are written to the right: amounts, counts, days."""
        return {column.name for column in self.table.schema if pa.types.is_integer(column.type)} | set(self.amounts)

    @property
    def totals(self) -> dict[str, dict[str, Decimal]]:
        """The sum of every amount, by currency; currencies are never added up."""
        sums: dict[str, dict[str, Decimal]] = {}
        for row in self.table.select(["currency", *self.amounts]).to_pylist():
            if row["currency"] is not None:
                of_currency = sums.setdefault(row["currency"], dict.fromkeys(self.amounts, Decimal(0)))
                for name in self.amounts:
                    of_currency[name] += row[name] or 0
        return dict(sorted(sums.items()))

    def plot(self) -> Figure:
        """Draw the report as a matplotlib Figure, one panel for each currency."""
        from invoicekit.reports.chart import draw

        return draw(self)

    def to_excel(self, path: str | PathLike[str]) -> Path:
        """Write the report as a workbook and return its path; an earlier file is replaced.

        Raises
        ------
        BookInUse
            If the path is that of a book that is open.
        """
        from invoicekit.reports.excel import write

        if held_here(path):
            raise BookInUse(f"{path} is a book that is open here. Write the workbook elsewhere.")
        return write(self, Path(path))

    def __str__(self) -> str:
        return f"{self.title}\n{self.df.to_string(index=False)}"

    def _repr_html_(self) -> str:
        from invoicekit.reports.html import render

        return render(self)
