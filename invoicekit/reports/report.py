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
        by = f" by {self.params['by']}" if "by" in self.params else ""
        since = f" from {self.params['since']}" if self.params.get("since") else ""
        return f"{self.definition.title}{by}{only}{since} as of {self.params['as_of']}{known}"

    @property
    def sql(self) -> str:
        """The query, parameters written in: it runs in any DuckDB that has the book open."""
        return self.definition.literal(self.params)

    @property
    def amounts(self) -> list[str]:
        """The columns that hold amounts of money."""
        other = self.definition.measures | self.definition.ratios
        return [name for name in self._decimals if name not in other]

    @property
    def _decimals(self) -> list[str]:
        return [column.name for column in self.table.schema if pa.types.is_decimal(column.type)]

    @property
    def numbers(self) -> set[str]:
        """The columns that are written to the right: amounts, counts, days."""
        return {column.name for column in self.table.schema if pa.types.is_integer(column.type)} | set(self._decimals)

    @property
    def totals(self) -> dict[str, dict[str, Decimal]]:
        """The sum of every amount and measure, by currency - these are never added up - or in all where there is none."""
        added = [name for name in self._decimals if name not in self.definition.ratios]
        sums: dict[str, dict[str, Decimal]] = {}
        if "currency" in self.definition.chart.label:
            return sums
        has_currency = self.has_totals_by_currency
        for row in self.table.select([*(["currency"] if has_currency else []), *added]).to_pylist():
            currency = row["currency"] if has_currency else ""
            if currency is not None:
                of_currency = sums.setdefault(currency, dict.fromkeys(added, Decimal(0)))
                for name in added:
                    of_currency[name] += row[name] or 0
        return dict(sorted(sums.items()))

    @property
    def days(self) -> set[str]:
        """The columns that hold days."""
        return {column.name for column in self.table.schema if pa.types.is_date(column.type)}

    def places(self, name: str) -> int | None:
        """Return how many decimals of a column a person reads; None for money, which has those of its currency."""
        return 2 if name in self.definition.measures else 1 if name in self.definition.ratios else None

    @property
    def has_totals_by_currency(self) -> bool:
        """Whether amounts are told apart by currency, so that each has totals of its own."""
        return "currency" in self.table.column_names and "currency" not in self.definition.chart.label

    @property
    def shown(self) -> list[str]:
        """The columns a person reads: all but the numbers of records that a name stands for."""
        return [name for name in self.table.column_names if name != "id" and not name.endswith("_id")]

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
