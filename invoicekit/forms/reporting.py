"""Reports on a screen: which, as of when, of whom; the table, the chart, the sheet, and what a figure is made of."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from typing import Any

import ipywidgets

from invoicekit.errors import InvalidValue
from invoicekit.folders import OwnFolder
from invoicekit.forms.finding import customers_found
from invoicekit.forms.parts.dialog import control, picked
from invoicekit.forms.parts.download import link, picture
from invoicekit.forms.parts.grid import Column, Grid
from invoicekit.forms.parts.listing import grid_texts
from invoicekit.forms.parts.picker import Picker
from invoicekit.forms.parts.screen import Screen, replace
from invoicekit.forms.parts.table import table
from invoicekit.reports import Report, Reports, definitions
from invoicekit.reports.html import cell, totals
from invoicekit.reports.parameters import Parameter
from invoicekit.store import Hold

__all__ = ["ReportScreen"]


class ReportScreen(Screen):
    """One report after the other, each with its own parameters.

    Attributes
    ----------
    which
        Which report.
    parameters
        Its controls, by name.
    report
        What was run last.
    grid
        Its rows.
    """

    report: Report | None = None
    grid: Grid | None = None

    def __init__(
        self,
        hold: Hold,
        name: str = "aging",
        *,
        language: str = "en",
        closed: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(hold, language=language, closed=closed)
        w, known = self.words, definitions()
        if name not in known:
            raise InvalidValue(f'There is no report "{name}". There are: {", ".join(known)}.')
        self._reports = Reports(hold)
        self.which = ipywidgets.Dropdown(
            options=sorted((definition.title, key) for key, definition in known.items()), value=name,
            description=w("report"), layout=ipywidgets.Layout(width="26em"), style={"description_width": "initial"},
        )  # fmt: skip
        self.parameters: dict[str, Any] = {}
        self._choices = ipywidgets.VBox()
        self._choices.add_class("ik-parameters")
        self._question = ipywidgets.HTML()
        self._shown = ipywidgets.VBox()
        self._chart = ipywidgets.VBox()
        self._hint = ipywidgets.HTML()
        self._below = ipywidgets.VBox()
        self.chart = ipywidgets.Checkbox(
            value=True, description=w("chart"), indent=False, layout=ipywidgets.Layout(width="auto")
        )
        self.chart.observe(lambda _: self.do(self._draw), "value")
        bar = self.bar(
            self.which, self.button(w("show"), self.run, style="primary"), self.button(w("as_workbook"), self._hand_over),
            self.button(w("explain"), self._explain), self.chart,
        )  # fmt: skip
        self.title(w("reports"))
        self.compose(
            self.heading,
            bar,
            self._question,
            self._choices,
            self.said,
            self._hint,
            self._chart,
            self._shown,
            self._below,
            self.slot,
        )
        self.which.observe(lambda _: self.do(self._choose), "value")
        self._choose()

    def run(self) -> Report | None:
        """Run the report as its parameters stand, and show it; None where that is refused."""
        self.do(self._run)
        return self.report

    def _run(self) -> None:
        self._forget()
        given = {name: self._read(self._declared[name], one) for name, one in self.parameters.items()}
        known_at = given.pop("known_at", None)
        asked = {name: one for name, one in given.items() if one is not None}
        self.report = self._reports.run(self.which.value, known_at=known_at, **asked)
        self._show_report(self.report)

    def _forget(self) -> None:
        """Show no report: what stood here was of other parameters."""
        self.report = self.grid = None
        self._hint.value = ""
        for box in (self._shown, self._chart, self._below):
            replace(box)

    def _ran(self) -> Report:
        if self.report is None:
            raise InvalidValue(self.words("show_it_first"))
        return self.report

    def refresh(self) -> None:
        """Say that what is shown was worked out before something was changed."""
        if self.report is not None:
            self._hint.value = f'<p role="status" class="ik-warning">{escape(self.words("changed_since"))}</p>'

    def _choose(self) -> None:
        """Show the parameters of the report that was chosen, and run it where nothing else has to be said."""
        definition = definitions()[self.which.value]
        self._question.value = f'<p class="ik-quiet">{escape(definition.question)}</p>'
        own = [*definition.parameters, *definition.filters]
        self._declared: dict[str, Parameter | None] = {one.name: one for one in own}
        self._declared["known_at"] = None
        before = dict(self.parameters)
        self.parameters = {one.name: self._control(one) for one in own}
        self.parameters["known_at"] = control("date", self.words("known_at"))
        for name, one in before.items():
            # What was asked of one report is asked of the next, where it has a word for it.
            if (
                name in self.parameters
                and type(one) is type(self.parameters[name])
                and name in ("as_of", "since", "currency", "tag")
            ):
                self.parameters[name].value = one.value
        first = [getattr(one, "box", one) for name, one in self.parameters.items() if name in _FIRST]
        rest = [getattr(one, "box", one) for name, one in self.parameters.items() if name not in _FIRST]
        more = ipywidgets.Accordion([ipywidgets.VBox(rest)], titles=(self.words("more_choices"),), selected_index=None)
        replace(self._choices, *first, *([more] if rest else []))
        self._forget()
        self.say("")
        if not definition.of_somebody:
            self.run()
        else:
            self.say(self.words("say_of_whom"), "quiet")

    def _control(self, parameter: Parameter) -> Any:
        label = parameter.name.replace("_", " ")
        if parameter.kind == "date":
            return control("date", label, parameter.usual)
        if parameter.choices:
            options = [(self.words.value(one), one) for one in parameter.choices]
            return control("choice", label, parameter.default, options=options)
        if parameter.kind == "flag":
            return control("tick", label, parameter.usual if parameter.usual != "true" else True)
        if parameter.kind in ("customer", "customers"):
            return Picker(label, customers_found(self._hold)[0], lambda _: None, self.words, clear=lambda: None)
        usual = parameter.usual
        shown = ", ".join(map(str, usual)) if isinstance(usual, list) else "" if usual is None else str(usual)
        return control("text", label, shown)

    def _read(self, parameter: Parameter | None, widget: Any) -> Any:
        if isinstance(widget, Picker):
            return picked(widget, self.words)
        value = widget.value.strip() or None if isinstance(widget.value, str) else widget.value
        if parameter is None or value is None or not isinstance(value, str):
            return value
        if parameter.kind == "days":
            return [int(one) if one.strip().isdecimal() else one for one in value.split(",")]
        return int(value) if parameter.kind == "integer" and value.isdecimal() else value

    def _show_report(self, report: Report) -> None:
        self.say(self.words.count("rows_found", len(report)), "quiet")
        numbers = report.numbers
        columns = [
            Column(name, heading, "right" if name in numbers else "left", "1fr" if name in numbers else "1.6fr")
            for name, heading in zip(report.shown, report.headings, strict=True)
        ]
        self.grid = Grid(
            columns,
            partial(self._rows, report),
            key="_place",
            label=report.title,
            sort="",
            height_px=380,
            texts=grid_texts(self.words),
        )
        told = totals(report)
        self.grid.totals = (
            {name: "\n".join(line[nth] for line in told) for nth, name in enumerate(report.shown)} if told else {}
        )
        replace(self._shown, self.grid)
        self._draw()

    @staticmethod
    def _rows(
        report: Report, first: int, count: int, sort: str, descending: bool
    ) -> tuple[int, list[Mapping[str, Any]]]:
        held = report.table
        places: Any = range(first, min(first + count, held.num_rows))
        if sort:
            import pyarrow.compute as pc

            order = "descending" if descending else "ascending"
            sorted_ = pc.sort_indices(held, sort_keys=[(sort, order, "at_end")])
            places = sorted_.slice(first, count).to_pylist()
        rows = held.take([*places]).to_pylist() if len(places) else []
        return held.num_rows, [
            {
                **{name: cell(row[name], row.get("currency"), report.places(name)) for name in report.shown},
                "_place": str(place),
            }
            for place, row in zip(places, rows, strict=True)
        ]

    def _draw(self) -> None:
        replace(self._chart)
        if self.chart.value and self.report is not None and len(self.report):
            report = self.report
            replace(self._chart, picture(_drawn(report, dark=False), _drawn(report, dark=True), report.title))

    def _hand_over(self) -> None:
        report = self._ran()
        with OwnFolder() as folder:
            path = report.to_excel(folder / f"{report.definition.name}.xlsx")
            replace(self._below, link(path.name, path.read_bytes(), self.words("save_file", name=path.name)))

    def _explain(self) -> None:
        report = self._ran()
        if self.grid is None or self.grid.selected is None:
            raise InvalidValue(self.words("choose_a_row"))
        found = report.explain(int(self.grid.selected))
        replace(self._below, table(found.head(500), caption=self.words("made_of"), words=self.words))


def _drawn(report: Report, *, dark: bool) -> str:
    written = io.StringIO()
    report.plot(dark=dark).savefig(written, format="svg", bbox_inches="tight")
    return written.getvalue()


# Asked first; the rest is folded.
_FIRST = ("as_of", "since", "by", "kind", "period", "customer", "method")
