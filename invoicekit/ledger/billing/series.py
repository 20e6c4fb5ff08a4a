"""How what the book issues is numbered: in series without a gap, never back in time."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.dates import to_date
from invoicekit.errors import InvalidValue, NotFound
from invoicekit.ledger.part import Part, clean, statement
from invoicekit.store import Operation, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXTERNAL", "OWN", "Series", "number"]

EXTERNAL = "external"
# What invoices are numbered in unless told otherwise, and credit notes where there is no series for them.
OWN = "own"
CREDIT_NOTES = "credit notes"
_USUAL = {"prefix": None, "width": 1, "first": 1}


class Series(Part):
    """The series of numbers of a book.

    Invoices are numbered in the series ``own``: 1, 2, 3, until `change` says otherwise. Credit notes are numbered in it as
    well, unless there is a series ``credit notes``. France asks for one continuous sequence, and lets several stand beside
    one another where the business needs them (CGI, annexe II, article 242 nonies A, I, 7).
    """

    def change(
        self, name: str = OWN, *, prefix: str | None = None, width: int | None = None, first: int | None = None
    ) -> None:
        """Say how a series writes its numbers from now on; one that is not there yet is begun.

        Parameters
        ----------
        prefix
            What stands before the count. ``{year}`` stands for the year of the document, and the count begins anew each year.
        width
            How many digits the count has at least: with 7, 1054 is written 0001054.
        first
            Where the count begins, if an earlier program gave the numbers before it.

        Raises
        ------
        InvalidValue
            If the prefix ends in a digit, or is that of another series, or the count would begin below a number that was given.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> book.series.change(prefix="F{year}-", width=5)
        >>> book.series.next(date="2026-03-31")
        'F2026-00001'
        """
        with self.store.operation("change series") as op:
            if not isinstance(name, str) or not name.strip() or name == EXTERNAL:
                raise InvalidValue(f"{name!r} cannot name a series: it is a text, and other than {EXTERNAL}.")
            held = self._held(name)
            said = {"prefix": prefix, "width": width, "first": first}
            given = clean("series", {key: value for key, value in said.items() if value is not None})
            after = {**_USUAL, **(held or {}), **given, "name": name}
            self._must_be_writable(op, after, bool(given.get("first")))
            if held:
                op.update("series", [{"id": held["id"], **given}])
            else:
                op.insert("series", [after])
            op.summary = f"{name}: the first is {_written(after, after['first'], op.today)}"

    def get(self, name: str = OWN) -> dict[str, Any]:
        """Return how a series writes its numbers.

        Raises
        ------
        NotFound
            If there is none of that name.
        """
        held = self._held(name)
        if held is None and name != OWN:
            raise NotFound(f'There is no series "{name}". Begin it by book.series.change("{name}", prefix=...).')
        return {**_USUAL, "name": OWN} if held is None else held

    def next(self, name: str = OWN, *, date: date | str | None = None) -> str:
        """Return the number that the next document of a series would be given, on a day."""
        day = to_date(date) if date is not None else self.store.today
        series = self.get(name)
        year = day.year if _yearly(series) else None
        [held] = self.store.rows(statement("series_so_far"), series=name, year=year, counter=_counter(name, year))
        return _written(series, held["last"] + 1 if held["begun"] else max(held["last"] + 1, series["first"]), day)

    def list(self) -> pd.DataFrame:
        """Return the series, and what each gave last: ``name``, ``prefix``, ``width``, ``given``, ``last``, ``last_date``."""
        return frame(self.store.arrow(statement("series_listed")))

    def of_credit_notes(self) -> str:
        """Return the series that credit notes are numbered in."""
        return CREDIT_NOTES if self._held(CREDIT_NOTES) else OWN

    def _held(self, name: str) -> dict[str, Any] | None:
        found = self.store.rows("select * exclude (operation) from series where name = $name", name=name)
        return found[0] if found else None

    def _must_be_writable(self, op: Operation, series: dict[str, Any], begins: bool) -> None:
        prefix = series["prefix"] or ""
        if re.search(r"\d$", prefix) or prefix.endswith("{year}"):
            raise InvalidValue(
                f'The prefix "{prefix}" ends in a digit: it could not be told from the count. '
                f'End it in another sign, as in "{prefix}-".'
            )
        if re.sub(r"\{year\}", "", prefix).strip("{}") != re.sub(r"\{year\}", "", prefix):
            raise InvalidValue(f'The prefix "{prefix}" holds braces; only {{year}} stands for something.')
        for other in [
            *op.rows("select name, prefix from series where name <> $name", name=series["name"]),
            *_own(op, series),
        ]:
            theirs = other["prefix"] or ""
            if _alike(prefix, theirs) or _alike(theirs, prefix):
                raise InvalidValue(
                    f'The series "{series["name"]}" would write the same numbers as "{other["name"]}", whose prefix is "{theirs}". '
                    "Give it another prefix."
                )
        if begins:
            given = op.rows(
                "select arg_max(number, sequence) as number from invoices where series = $name and sequence is not null",
                name=series["name"],
            )[0]["number"]
            if given is not None:
                raise InvalidValue(
                    f"The count cannot begin at {series['first']}: the series gave {given} already, and has no gap. "
                    "Leave first out."
                )


def number(op: Operation) -> None:
    """Give documents (``to_number``: ``id``, ``series``, ``date``) the next numbers of their series, in the order of their days.

    Leaves ``numbered`` (``id``, ``sequence``, ``number``). A rolled-back operation gives the numbers back.

    Raises
    ------
    InvalidValue
        If a day is before that of the last number of its series: numbers never run back.
    """
    op.derive("series_used", statement("series_used"))
    for row in op.rows(statement("days_before_numbers")):
        raise InvalidValue(f"{row['problem']} {row['hint']}")
    starts = []
    for run in op.rows(statement("runs_of_numbers")):
        counter = _counter(run["series"], run["year"])
        given = op.next_number(counter, run["documents"])
        # A count begins where it is told to; documents that came with a whole book brought their numbers, and no counter.
        least = run["last"] + 1 if run["begun"] else max(run["first"], 1)
        if given < least:
            op.next_number(counter, least - given)
            given = least
        starts.append({"series": run["series"], "year": run["year"], "start": given})
    op.stage(
        "number_starts",
        pa.table(
            {
                "series": pa.array([run["series"] for run in starts], pa.string()),
                "year": pa.array([run["year"] for run in starts], pa.int64()),
                "start": pa.array([run["start"] for run in starts], pa.int64()),
            }
        ),
    )
    op.derive("numbered", statement("numbers_written"))
    for row in op.rows(
        "select numbered.number from numbered inner join invoices using (number) where invoices.series <> 'external' limit 1"
    ):
        raise InvalidValue(
            f"The number {row['number']} was given already. Give the series another prefix: book.series.change."
        )


def _own(op: Operation, series: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the series that is there without having been begun."""
    there = series["name"] == OWN or op.rows("select id from series where name = $name", name=OWN)
    return [] if there else [{"name": OWN, "prefix": None}]


def _alike(prefix: str, other: str) -> bool:
    """Say whether a prefix may write what another one writes, in some year."""
    return re.fullmatch(re.escape(prefix).replace(re.escape("{year}"), r"(\d{4}|\{year\})"), other) is not None


def _yearly(series: dict[str, Any]) -> bool:
    return "{year}" in (series["prefix"] or "")


def _counter(series: str, year: int | None) -> str:
    return f"numbers of {series}" + (f" {year}" if year else "")


def _written(series: dict[str, Any], count: int, day: date) -> str:
    return (series["prefix"] or "").replace("{year}", str(day.year)) + str(count).zfill(series["width"])
