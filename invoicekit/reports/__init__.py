"""Reports: one definition each, which gives a frame, a view, a chart, an Excel sheet and what explains its figures."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoicekit.errors import InvalidValue, NotFound
from invoicekit.ledger import Customers
from invoicekit.reports.definition import Definition, definitions, views
from invoicekit.reports.parameters import Parameter
from invoicekit.reports.report import Report
from invoicekit.reports.what_if import Trial, what_if
from invoicekit.store import Hold, writable

__all__ = ["MONTH_END", "Definition", "Report", "Reports", "Trial", "definitions", "views", "what_if"]

# What a month is closed with.
MONTH_END = (
    "balances", "aging", "open_items", "invoice_register", "revenue", "vat", "payment_register", "dso", "concentration",
    "wip", "inactive_customers", "closed_invoices", "data_quality",
)  # fmt: skip


class Reports:
    """The reports of a book, a method each: ``book.reports.aging(as_of="2026-10-31")``.

    Every method takes ``as_of=`` (business date) and ``known_at=`` (what had been recorded
    by then) and returns a `Report`. The methods are made from the reports' own files.
    """

    def __init__(self, hold: Hold) -> None:
        self._hold = hold
        self._store = hold.store
        self._customers = Customers(hold)

    def run(self, name: str, *, known_at: Any = None, **given: Any) -> Report:
        """Run a report by name; see the method of that name.

        Raises
        ------
        NotFound
            If there is no such report.
        """
        if name not in definitions():
            raise NotFound(f'There is no report "{name}". There are: {", ".join(sorted(definitions()))}.')
        definition = definitions()[name]
        definition.signature.bind(known_at=known_at, **given)
        values = {p.name: p.value(given.get(p.name)) for p in definition.parameters}
        told = {p.name: str(given[p.name]) for p in definition.parameters if given.get(p.name) is not None}
        for one in definition.filters:
            if (asked := given.get(one.name)) is None or asked is True:
                continue
            values[one.name], told[one.name] = self._meant(one, asked)
        self._must_be_about_somebody(definition, values)
        known = self._store.known(known_at)
        asked_for = definition.asked(values)

        def ask(sql: str, **more: Any) -> Any:
            return self._store.arrow(sql, known=known, **{**values, **more})

        return Report(asked_for, values, known_at, ask(asked_for.body), told, ask)

    def to_workbook(
        self,
        path: str | PathLike[str],
        *,
        as_of: Any = None,
        known_at: Any = None,
        reports: Sequence[str] = MONTH_END,
        **given: Any,
    ) -> Path:
        """Write several reports into one workbook, with a table of contents, and return its path.

        Parameters
        ----------
        path
            The .xlsx file; an earlier one is replaced.
        as_of, known_at
            Of all of them.
        reports
            Which, in this order; what a month is closed with unless given.
        **given
            What else each of them is told that can be: ``tag="retail"``, ``currency="EUR"``, ``period="quarter"``.

        Raises
        ------
        InvalidValue
            If there is no such report, or none of them can be told something.
        """
        from invoicekit.reports.excel import write_pack

        return write_pack(self.several(reports, as_of=as_of, known_at=known_at, **given), writable(path))

    def several(self, reports: Sequence[str] = MONTH_END, *, known_at: Any = None, **given: Any) -> list[Report]:
        """Return several reports, each told of ``given`` what it can be told.

        Raises
        ------
        InvalidValue
            If there is no such report, or none of them can be told something.
        """
        known = definitions()
        if unknown := [name for name in reports if name not in known]:
            raise InvalidValue(f"There is no report {', '.join(unknown)}. There are: {', '.join(known)}.")
        taken = {name: known[name].signature.parameters for name in reports}

        def knows(name: str, option: str, value: Any) -> bool:
            return all(
                value is None or not one.choices or value in one.choices
                for one in known[name].parameters
                if one.name == option
            )

        told = {
            name: {
                option: value for option, value in given.items() if option in taken[name] and knows(name, option, value)
            }
            for name in reports
        }
        if stray := [option for option in given if not any(option in one for one in told.values())]:
            raise InvalidValue(
                f"None of these reports can be told {', '.join(f'{one}={given[one]!r}' for one in stray)}."
            )
        return [self.run(name, known_at=known_at, **told[name]) for name in reports]

    def settle(self) -> None:
        """Make the copy of the postings anew that reports read from; nothing they say changes.

        It is made by itself when a fifth of the postings were written since the last one, and 50,000 or more. `Book.check`
        proves it.
        """
        self._store.settle()

    def _meant(self, chosen: Parameter, given: Any) -> tuple[Any, str]:
        """Return what a filter is told, and how a person says it; customers are found by their names."""
        if not chosen.kind.startswith("customer"):
            return chosen.value(given), str(chosen.value(given))
        if chosen.kind == "customers" and isinstance(given, Sequence) and not isinstance(given, str):
            # A screen asks for many at once, and knows their numbers.
            ids = [one if isinstance(one, int) else self._customers.get(one)["id"] for one in given]
            return ids, f"{len(ids):,} of them" if len(ids) > 3 else ", ".join(map(str, given))
        found = self._customers.get(given)
        return found["id"], found["display_name"]

    @staticmethod
    def _must_be_about_somebody(definition: Definition, values: dict[str, Any]) -> None:
        if definition.of_somebody and not {"customer", "tree"} & values.keys():
            raise InvalidValue(
                f'{definition.title} is of one customer, or of one and everybody below it. Say customer="..." or tree="...".'
            )

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
