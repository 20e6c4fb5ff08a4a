"""A report is one ``.sql`` file: its header says what it is, its body is the query.

From the file come the call with its signature, the public view, the chart, what explains a figure, and the page of the
docs. Lines that stand for some choices only are told by `reports.asking`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from invoicekit.reports.asking import asked, has_filters, with_parts
from invoicekit.reports.parameters import FILTERS, Parameter
from invoicekit.store.sql import load

__all__ = ["Chart", "Definition", "Explanation", "definitions", "views"]

_HEADER = re.compile(
    r"-- (?P<key>title|question|parameter|column|measure|ratio|chart|explain|identity|about|totals): (?P<text>.+)"
)
_PARAMETER = re.compile(
    r"(?P<name>\w+) (?P<kind>date|integer|choice|days)(?:\((?P<choices>[^)]+)\))? = (?P<default>[^|]+?) \| (?P<help>.+)"
)
_CHART = re.compile(
    r"(?:(?P<kind>columns|lines|band|pareto) )?(?P<label>\w+(?:, \w+)*): (?P<bars>[\w, ]+?)(?: \[(?P<unit>[\w%]+)\])?"
)
_EXPLAIN = re.compile(
    r"(?P<figures>[\w, ]+?) = (?P<step>\w+)\((?P<table>\w+)\) by (?P<keys>\w+(?:, \w+)*)(?: where (?P<where>.+))?"
)


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart shows: some amounts for each label; ``unit`` is what they are in where that is no currency.

    Bars show the largest first; where the label is made of several columns, such as user and week, the rows keep their
    order. Columns, lines and a band keep it as well: they show time.
    """

    label: tuple[str, ...]
    bars: tuple[str, ...]
    unit: str = "days"
    kind: str = "bars"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What some figures of a report are made of: the rows of one step of its own query that bear the row's keys.

    Attributes
    ----------
    figures
        The columns it explains.
    step
        The step of the query; it has the ``id`` of the record, and its ``amount`` as the report counts it.
    table
        Where the records are kept.
    keys
        Columns of the row, of the same name in the step; ``groups`` stands for what customers are summed up by.
    where
        What else must hold.
    """

    figures: tuple[str, ...]
    step: str
    table: str
    keys: tuple[str, ...]
    where: str | None


@dataclass(frozen=True, slots=True)
class Definition:
    """A report as its file declares it, for what was asked of it.

    Attributes
    ----------
    measures
        Columns that are decimal and no money, such as hours.
    ratios
        Columns that are not added up.
    of_somebody
        Whether it is about one customer, or one and everybody below it.
    adds_up
        Whether its rows add up to something.
    """

    name: str
    text: str
    title: str
    question: str
    parameters: tuple[Parameter, ...]
    columns: Mapping[str, str]
    measures: frozenset[str]
    ratios: frozenset[str]
    chart: Chart
    explanations: tuple[Explanation, ...]
    identity: str
    body: str
    of_somebody: bool
    adds_up: bool

    @property
    def filters(self) -> tuple[Parameter, ...]:
        """How it may be asked of some customers or one currency only; not where it is not about these."""
        customers, currency = has_filters(self.text)
        return tuple(one for one in FILTERS if (currency if one.name == "currency" else customers))

    @property
    def signature(self) -> inspect.Signature:
        """The call's signature, as the header declares it."""
        keyword = inspect.Parameter.KEYWORD_ONLY
        own = [
            inspect.Parameter(p.name, keyword, default=True if p.kind == "flag" else None)
            for p in (*self.parameters, *self.filters)
        ]
        return inspect.Signature([*own, inspect.Parameter("known_at", keyword, default=None)])

    @property
    def doc(self) -> str:
        """The call's documentation."""
        lines = [self.question, "", "Parameters", "----------"]
        for parameter in (*self.parameters, *self.filters):
            lines += [f"{parameter.name} : {parameter.said}", f"    {parameter.help}"]
        lines += [
            "known_at : date, datetime, str or operation number, optional",
            "    What the book knew then, whatever was recorded since; a date includes that day.",
            "", "Returns", "-------", "Report", "    With the columns",
        ]  # fmt: skip
        lines += [f"    ``{name}``: {text}" for name, text in self.columns.items()]
        return "\n".join([*lines, "", "Notes", "-----", f"Identity: {self.identity}."])

    @property
    def defaults(self) -> dict[str, Any]:
        """What it is told where nobody says anything; days as SQL."""
        return {one.name: one.usual for one in self.parameters}

    def asked(self, values: Mapping[str, Any]) -> Definition:
        """Return the report for some choices: its columns and its query are those it then has."""
        told = {**self.defaults, **values}
        # Of whom it is does not change the text, nor on which day: only that it is of somebody, and of how many.
        shape = {
            name: tuple(value) if name == "buckets" else value if name in self._choices else isinstance(value, list)
            for name, value in told.items()
        }
        return _asked(self.name, tuple(shape.items()))

    @property
    def _choices(self) -> set[str]:
        return {one.name for one in self.parameters if one.kind == "choice"}

    def literal(self, values: Mapping[str, Any]) -> str:
        """Return the query with its parameters written into it, ready for any DuckDB."""
        kinds = {one.name: one for one in (*self.parameters, *FILTERS)}
        written = {name: kinds[name].literal(value) for name, value in values.items() if name in kinds}
        return re.sub(r"\$(\w+)", lambda name: written.get(name[1], name[0]), self.body)

    @property
    def view(self) -> str:
        """The query of the public view: every parameter at its default."""
        written = {one.name: one.sql_default for one in self.parameters}
        return re.sub(r"\$(\w+)", lambda name: written.get(name[1], name[0]), self.body)

    def explained(self, figure: str | None) -> Explanation | None:
        """Return what explains a figure, or the report's main one, of which others are parts; None where nothing does."""
        if figure is None:
            return next((one for one in self.explanations if one.where is None), next(iter(self.explanations), None))
        return next((one for one in self.explanations if figure in one.figures), None)

    def steps(self, ending: str) -> str:
        """Return its query with another ending: the steps are the same, so that what explains a figure is what made it."""
        return f"{self.body.rsplit(_LAST, 1)[0]}\n{ending}"


# The last step of a query stands after an empty line, by itself.
_LAST = "\n\nselect"


@lru_cache(maxsize=512)
def _asked(name: str, shape: tuple[tuple[str, Any], ...]) -> Definition:
    told = {key: [*value] if key == "buckets" else [] if value is True else value for key, value in shape}
    return _read(name, definitions()[name].text, told)


@cache
def definitions() -> dict[str, Definition]:
    """Return every report, by name."""
    folder = files("invoicekit.reports") / "sql"
    names = sorted(file.name.removesuffix(".sql") for file in folder.iterdir() if file.name.endswith(".sql"))
    return {name: _read(name, with_parts(load("invoicekit.reports", name)), None) for name in names}


def views() -> dict[str, str]:
    """Return the public views the reports give, by name; one that is about whoever is asked for has none."""
    return {name: one.view for name, one in definitions().items() if not one.of_somebody}


def _read(name: str, text: str, values: Mapping[str, Any] | None) -> Definition:
    parameters = tuple(_parameter(name, match["text"]) for match in _headers(text) if match["key"] == "parameter")
    whole = asked(text, values or {one.name: one.usual for one in parameters})
    said: dict[str, list[str]] = {}
    columns: dict[str, str] = {}
    for match in _headers(whole):
        told = match["text"]
        if match["key"] in ("column", "measure", "ratio"):
            told, _, help_ = told.partition(" | ")
            columns[told] = help_
        said.setdefault(match["key"], []).append(told)
    return Definition(
        name=name,
        text=text,
        title=said["title"][0],
        question=said["question"][0],
        parameters=parameters,
        columns=columns,
        measures=frozenset(said.get("measure", [])),
        ratios=frozenset(said.get("ratio", [])),
        chart=_chart(name, said["chart"][0]),
        explanations=tuple(_explanation(name, one) for one in said.get("explain", [])),
        identity=said["identity"][0],
        body="".join(line + "\n" for line in whole.splitlines() if not _HEADER.fullmatch(line)),
        of_somebody="about" in said,
        adds_up="totals" not in said,
    )


def _headers(text: str) -> list[re.Match[str]]:
    return [match for line in text.splitlines() if (match := _HEADER.fullmatch(line))]


def _parameter(name: str, declared: str) -> Parameter:
    match = _PARAMETER.fullmatch(declared)
    assert match is not None, f"{name}.sql: unreadable parameter: {declared}"
    choices = tuple(match["choices"].split(", ")) if match["choices"] else ()
    return Parameter(match["name"], match["kind"], match["default"], match["help"], choices)


def _chart(name: str, declared: str) -> Chart:
    match = _CHART.fullmatch(declared)
    assert match is not None, f"{name}.sql: unreadable chart: {declared}"
    return Chart(_list(match["label"]), _list(match["bars"]), match["unit"] or "days", match["kind"] or "bars")


def _explanation(name: str, declared: str) -> Explanation:
    match = _EXPLAIN.fullmatch(declared)
    assert match is not None, f"{name}.sql: unreadable explanation: {declared}"
    return Explanation(_list(match["figures"]), match["step"], match["table"], _list(match["keys"]), match["where"])


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))
