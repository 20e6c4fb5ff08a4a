"""Reports: one definition each, which gives a frame, a view, a chart and an Excel sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from invoicekit.reports.definition import Definition, definitions, views
from invoicekit.reports.report import Report
from invoicekit.store import Hold

__all__ = ["Definition", "Report", "Reports", "definitions", "views"]


class Reports:
    """The reports of a book, a method each: ``book.reports.aging(as_of="2026-10-31")``.

    Every method takes ``as_of=`` (business date) and ``known_at=`` (what had been recorded
    by then) and returns a `Report`. The methods are made from the reports' own files.
    """

    def __init__(self, hold: Hold) -> None:
        self._hold = hold
        self._store = hold.store

    def run(self, name: str, *, known_at: Any = None, **given: Any) -> Report:
        """Run a report by name; see the method of that name."""
        definition = definitions()[name]
        definition.signature.bind(known_at=known_at, **given)
        if any(given.get(chosen.name) is not None for chosen in definition.filters):
            definition = definition.filtered()
        values = {p.name: p.value(given.get(p.name)) for p in definition.parameters}
        known = self._store.known(known_at)
        table = self._store.arrow(definition.query(values), known=known, **values)
        return Report(definition, values, known_at, table)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *definitions()]

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


def _method(definition: Definition) -> Any:
    def run(self: Reports, **given: Any) -> Report:
        return self.run(definition.name, **given)

    run.__name__ = definition.name
    run.__qualname__ = f"Reports.{definition.name}"
    run.__doc__ = definition.doc
    own = definition.signature
    first = own.replace(parameters=[_SELF, *own.parameters.values()])
    run.__signature__ = first  # type: ignore[attr-defined]
    return run


def _self() -> Any:
    import inspect

    return inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)


_SELF = _self()
for _definition in definitions().values():
    setattr(Reports, _definition.name, _method(_definition))
