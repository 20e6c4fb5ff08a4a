"""A report is one ``.sql`` file: its header says what it is, its body is the query.

From the file come the call with its signature, the public view, the chart and the page of the
docs. Lines between ``-- if by is matter, user`` and ``-- end`` stand for these choices of a parameter only:
what nobody asked for need not be planned.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from invoicekit.dates import to_date
from invoicekit.errors import InvalidValue
from invoicekit.store.backup import sql_text
from invoicekit.store.sql import load

__all__ = ["FILTERS", "Chart", "Definition", "Parameter", "definitions", "views"]

_HEADER = re.compile(r"-- (?P<key>title|question|parameter|column|measure|ratio|chart|identity): (?P<text>.+)")
_PARAMETER = re.compile(
    r"(?P<name>\w+) (?P<kind>date|integer|choice)(?:\((?P<choices>[^)]+)\))? = (?P<default>\S+) \| (?P<help>.+)"
)
# A part of the query that stands for some choices only.
_PART = re.compile(r"-- if (?P<name>\w+) is (?P<choices>[\w, ]+)\n(?P<text>.*?)-- end\n", re.DOTALL)
_CHART = re.compile(r"(?P<label>\w+(?:, \w+)*): (?P<bars>[\w, ]+?)(?: \[(?P<unit>\w+)\])?")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a report; ``default`` is SQL, today is ``current_date``, and ``null`` is none."""

    name: str
    kind: str
    default: str
    help: str
    choices: tuple[str, ...] = ()

    def value(self, given: Any) -> date | int | str | None:
        """Return what the query is told for what the caller said.

        Raises
        ------
        InvalidValue
            If that is not of the parameter's kind.
        """
        if self.kind == "date":
            return to_date(given) if given is not None else None if self.default == "null" else date.today()
        if self.kind == "choice":
            if given is not None and given not in self.choices:
                raise InvalidValue(f'{self.name} is one of {", ".join(self.choices)}, not "{given}".')
            return given or self.default
        if self.kind == "text":
            if given is not None and not isinstance(given, str):
                raise InvalidValue(f"{self.name} wants text, not {given!r}.")
            return given
        if given is None:
            return int(self.default)
        if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= 100_000:
            raise InvalidValue(f"{self.name} wants a whole number, not {given!r}.")
        return given

    def literal(self, value: Any) -> str:
        """Return a value as it stands in a query."""
        if value is None:
            return "null"
        if self.kind in ("text", "choice"):
            return sql_text(value)
        return f"date '{value}'" if self.kind == "date" else str(value)

    @property
    def usual(self) -> str:
        """Its default, as it stands in a query."""
        return sql_text(self.default) if self.kind == "choice" else self.default


# Which customers a report is of, where it is not of all.
FILTERS = (
    Parameter("category", "text", "null", "Only customers of this category."),
    Parameter("tag", "text", "null", "Only customers that bear this tag."),
)

_ONLY = """
chosen as (
    select id
    from customers
    where
        ($category is null or lower(category) = lower($category))
        and ($tag is null or list_contains(list_transform(tags, lambda tag: lower(tag)), lower($tag)))
),

numbered as (select *, row_number() over () as place from report)

select * exclude (place)
from numbered
where customer_id in (select id from chosen)
order by place
"""


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart shows: bars of some amounts, one for each label; ``unit`` is what they are in where that is no currency.

    The largest come first; where the label is made of several columns, such as user and week, the rows keep their order.
    """

    label: tuple[str, ...]
    bars: tuple[str, ...]
    unit: str = "days"


@dataclass(frozen=True, slots=True)
class Definition:
    """A report as its file declares it.

    Attributes
    ----------
    measures
        Columns that are decimal and no money, such as hours.
    ratios
        Columns that are not added up.
    """

    name: str
    title: str
    question: str
    parameters: tuple[Parameter, ...]
    columns: Mapping[str, str]
    measures: frozenset[str]
    ratios: frozenset[str]
    chart: Chart
    identity: str
    body: str

    @property
    def filters(self) -> tuple[Parameter, ...]:
        """How it may be asked of some customers only; not at all where it is not about customers."""
        return FILTERS if "customer_id" in self.columns else ()

    @property
    def signature(self) -> inspect.Signature:
        """The call's signature, as the header declares it."""
        keyword = inspect.Parameter.KEYWORD_ONLY
        own = [inspect.Parameter(p.name, keyword, default=None) for p in (*self.parameters, *self.filters)]
        return inspect.Signature([*own, inspect.Parameter("known_at", keyword, default=None)])

    @property
    def doc(self) -> str:
        """The call's documentation."""
        lines = [self.question, "", "Parameters", "----------"]
        for parameter in self.parameters:
            shown = {"current_date": "today", "null": "none"}.get(parameter.default, parameter.default)
            kind = f"{{{', '.join(parameter.choices)}}}" if parameter.choices else parameter.kind
            lines += [f"{parameter.name} : {kind}, default {shown}", f"    {parameter.help}"]
        lines += [line for chosen in self.filters for line in (f"{chosen.name} : str, optional", f"    {chosen.help}")]
        lines += [
            "known_at : date, datetime, str or operation number, optional",
            "    What the book knew then, whatever was recorded since; a date includes that day.",
            "", "Returns", "-------", "Report", "    With the columns",
        ]  # fmt: skip
        lines += [f"    ``{name}``: {text}" for name, text in self.columns.items()]
        return "\n".join([*lines, "", "Notes", "-----", f"Identity: {self.identity}."])

    def literal(self, values: Mapping[str, Any]) -> str:
        """Return the query with its parameters written into it, ready for any DuckDB."""
        text = self.query(values)
        for parameter in self.parameters:
            text = text.replace(f"${parameter.name}", parameter.literal(values[parameter.name]))
        return text

    def query(self, values: Mapping[str, Any]) -> str:
        """Return the query for the choices that were made; what stands for others is left out."""

        def kept(part: re.Match[str]) -> str:
            return part["text"] if values[part["name"]] in part["choices"].split(", ") else ""

        return _PART.sub(kept, self.body)

    def filtered(self) -> Definition:
        """Return the same report of some customers only, by `FILTERS`."""
        body = f"with report as (\n{self.body}),\n{_ONLY}"
        return replace(self, body=body, parameters=(*self.parameters, *FILTERS))

    @property
    def view(self) -> str:
        """The query of the public view: every parameter at its default."""
        text = self.query({parameter.name: parameter.default for parameter in self.parameters})
        for parameter in self.parameters:
            text = text.replace(f"${parameter.name}", parameter.usual)
        return text


@cache
def definitions() -> dict[str, Definition]:
    """Return every report, by name."""
    folder = files("invoicekit.reports") / "sql"
    names = sorted(file.name.removesuffix(".sql") for file in folder.iterdir() if file.name.endswith(".sql"))
    return {name: _read(name, load("invoicekit.reports", name)) for name in names}


def views() -> dict[str, str]:
    """Return the public views the reports give, by name."""
    return {name: definition.view for name, definition in definitions().items()}


def _read(name: str, text: str) -> Definition:
    said: dict[str, list[str]] = {}
    columns: dict[str, str] = {}
    lines = text.splitlines()
    body_from = 0
    for number, line in enumerate(lines):
        match = _HEADER.fullmatch(line)
        if match is None:
            body_from = number
            break
        told = match["text"]
        if match["key"] in ("column", "measure", "ratio"):
            told, _, help_ = told.partition(" | ")
            columns[told] = help_
        said.setdefault(match["key"], []).append(told)
    parameters = []
    for declared in said.get("parameter", []):
        match = _PARAMETER.fullmatch(declared)
        assert match is not None, f"{name}.sql: unreadable parameter: {declared}"
        choices = tuple(match["choices"].split(", ")) if match["choices"] else ()
        parameters.append(Parameter(match["name"], match["kind"], match["default"], match["help"], choices))
    chart = _CHART.fullmatch(said["chart"][0])
    assert chart is not None, f"{name}.sql: unreadable chart: {said['chart'][0]}"
    return Definition(
        name=name,
        title=said["title"][0],
        question=said["question"][0],
        parameters=tuple(parameters),
        columns=columns,
        measures=frozenset(said.get("measure", [])),
        ratios=frozenset(said.get("ratio", [])),
        chart=Chart(tuple(chart["label"].split(", ")), tuple(chart["bars"].split(", ")), chart["unit"] or "days"),
        identity=said["identity"][0],
        body="\n".join(lines[body_from:]) + "\n",
    )
