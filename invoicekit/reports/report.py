"""What a report gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.reports.definition import Definition
from invoicekit.store import frame, writable

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Report"]

Ask = Callable[..., pa.Table]
# What is named in a title by itself.
_APART = ("as_of", "by", "since", "period")


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
    told
        What the caller said, as a person reads it.
    """

    definition: Definition
    params: dict[str, Any]
    known_at: Any
    table: pa.Table = field(repr=False)
    told: dict[str, str] = field(default_factory=dict)
    _ask: Ask | None = field(default=None, repr=False)
    _rates: dict[str, Decimal] = field(default_factory=dict)

    @cached_property
    def df(self) -> pd.DataFrame:
        """The rows as a DataFrame; amounts are exact decimals, never floats."""
        return frame(self.table)

    @property
    def df_float(self) -> pd.DataFrame:
        """The rows as a DataFrame for models and charts: amounts are floats, days are timestamps."""
        plain = pa.schema([(one.name, _plain(one.type)) for one in self.table.schema])
        result: pd.DataFrame = self.table.cast(plain).to_pandas()
        return result

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Hand the rows over to whatever speaks Arrow: ``polars.DataFrame(report)``, ``pyarrow.table(report)``."""
        return self.table.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def title(self) -> str:
        """Title with the business date, and what was known when that was asked."""
        known = f", as known at {self.known_at}" if self.known_at is not None else ""
        by = f" by {self.params['by'].replace('_', ' ')}" if "by" in self.params else ""
        period = f" by {self.params['period']}" if "period" in self.params else ""
        chosen = [f"{name.replace('_', ' ')} {said}" for name, said in self.told.items() if name not in _APART]
        only = f" ({', '.join(chosen)})" if chosen else ""
        since = f" from {self.params['since']}" if self.params.get("since") else ""
        rates = f", in {self._in} at stated rates" if self._rates else ""
        return f"{self.definition.title}{by}{period}{only}{since} as of {self.params['as_of']}{known}{rates}"

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
    def added(self) -> list[str]:
        """The columns that are added up: amounts and measures, but no ratios."""
        return [name for name in self._decimals if name not in self.definition.ratios]

    @property
    def totals(self) -> dict[str, dict[str, Decimal]]:
        """The sum of every amount and measure, by currency - these are never added up - or in all where there is none."""
        sums: dict[str, dict[str, Decimal]] = {}
        if "currency" in self.definition.chart.label or not self.definition.adds_up or not self.added:
            return sums
        has_currency = self.has_totals_by_currency
        for row in self.table.select([*(["currency"] if has_currency else []), *self.added]).to_pylist():
            currency = row["currency"] if has_currency else ""
            if currency is not None:
                of_currency = sums.setdefault(currency, dict.fromkeys(self.added, Decimal(0)))
                for name in self.added:
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
        return [name for name in self.table.column_names if not is_key(name)]

    @property
    def headings(self) -> list[str]:
        """What a person reads above each of these."""
        from invoicekit.reports.html import heading

        return [heading(name) for name in self.shown]

    def explain(self, row: Any = 0, figure: str | None = None) -> pd.DataFrame:
        """Return the records a figure is made of; their ``amount`` adds up to it.

        Parameters
        ----------
        row
            One of the report's rows: its place, counted from 0, or the row itself, as ``df.iloc[3]`` or a dict.
        figure
            The column to explain; the report's main figure unless given.

        Returns
        -------
        pandas.DataFrame
            The postings, documents or pieces of work, each with its number, what it is, and its amount as the report
            counts it.

        Raises
        ------
        InvalidValue
            If there is no such row, or no such figure.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> acme = book.customers.add(display_name="Acme")
        >>> _ = book.invoices.record(acme, number="F-1", date="2026-01-10", due_date="2026-02-10", total="100")
        >>> book.reports.aging(as_of="2026-03-01").explain(0, "days_1_30")[["document", "amount"]].values.tolist()
        [['F-1', Decimal('100.0000')]]
        """
        from invoicekit.reports.explaining import explain

        return frame(explain(self, row, figure))

    @property
    def ask(self) -> Ask | None:
        """What asks the book another question about the same day, knowledge and customers; None after a conversion."""
        return None if self._rates else self._ask

    def in_currency(self, currency: str, rates: Mapping[str, Any]) -> Report:
        """Return the report with every amount in one currency, at rates that are stated.

        Parameters
        ----------
        currency
            ISO 4217 code.
        rates
            What one unit of each other currency comes to in that one: ``{"GBP": "1.17"}``.

        Returns
        -------
        Report
            ``of_currency`` says what each row's amounts were in; its title says that rates were stated, and its
            workbook which.

        Raises
        ------
        InvalidValue
            If a rate is missing, is a float, or is not positive; or if the report is not about money.
        """
        from invoicekit.reports.rates import converted

        return converted(self, currency, rates)

    @property
    def rates(self) -> dict[str, Decimal]:
        """The rates its amounts were converted at; none where they were not."""
        return self._rates

    @property
    def _in(self) -> str:
        return next(code for code, rate in self._rates.items() if rate == 1)

    def plot(self, *, dark: bool = False) -> Figure:
        """Draw the report as a matplotlib Figure, one panel for each currency.

        Parameters
        ----------
        dark
            Whether for a dark page.
        """
        from invoicekit.reports.chart import draw

        return draw(self, dark=dark)

    def to_excel(self, path: str | PathLike[str]) -> Path:
        """Write the report as a workbook and return its path; an earlier file is replaced.

        Raises
        ------
        BookInUse
            If the path is that of a book that is open.
        OperationFailed
            While something is only tried out: see `Book.what_if`.
        """
        from invoicekit.reports.excel import write

        return write(self, writable(path))

    def to_html(self) -> str:
        """Return the report as HTML, everything escaped: a table with its first rows, and totals."""
        from invoicekit.reports.html import render

        return render(self)

    def to_markdown(self) -> str:
        """Return the report as a Markdown table with totals, for a note or a message."""
        from invoicekit.reports.html import markdown

        return markdown(self)

    def __str__(self) -> str:
        return f"{self.title}\n{self.df.to_string(index=False)}"

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_markdown_(self) -> str:
        return self.to_markdown()


def is_key(name: str) -> bool:
    """Say whether a column holds the number of a record, which a name stands for."""
    return name == "record" or name.endswith("_id")


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_decimal(kind):
        return pa.float64()
    return pa.timestamp("ns") if pa.types.is_date(kind) else kind
