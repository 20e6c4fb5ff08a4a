"""Matters on a screen: the list, and the form of one with the work on it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from typing import Any

import ipywidgets

from invoicekit.errors import UndoRefused
from invoicekit.forms.activities import ActivitiesScreen
from invoicekit.forms.finding import customers_found, users_found
from invoicekit.forms.invoices import InvoicesScreen
from invoicekit.forms.parts.form import Form
from invoicekit.forms.parts.grid import Column
from invoicekit.forms.parts.listing import Listing
from invoicekit.forms.parts.picker import Picker
from invoicekit.forms.parts.screen import replace
from invoicekit.forms.parts.tabs import Tabs
from invoicekit.forms.parts.words import Words
from invoicekit.forms.stopwatch import start
from invoicekit.ledger import Matters, undo, written_by
from invoicekit.ledger.parties.customers import Which
from invoicekit.schema import TABLES
from invoicekit.store import Hold

__all__ = ["MatterForm", "MattersScreen"]

_ABOUT = ("number", "title", "nature", "responsible", "opened_on", "notes")
_RATES = ("currency", "rate", "tax_rate", "time_step", "budget")


class MattersScreen(Listing):
    """The matters of a book, or of one customer."""

    def __init__(
        self,
        hold: Hold,
        *,
        customer: Which | None = None,
        language: str = "en",
        closed: Callable[[], object] | None = None,
    ) -> None:
        matters, self._customer, w = Matters(hold), customer, Words(language)
        self.include_closed = ipywidgets.Checkbox(
            description=w("include_closed"), indent=False, layout=ipywidgets.Layout(width="auto")
        )
        columns = (
            Column("title", w.label("matters", "title"), width="3fr"),
            Column("number", w.label("matters", "number"), width="1fr"),
            Column("clients", w("clients"), width="2fr"),
            Column("responsible", w.label("matters", "responsible"), width="1fr"),
            Column("opened_on", w.label("matters", "opened_on"), width="104px"),
            Column("unbilled", w("unbilled"), "right", "150px"),
        )
        super().__init__(
            hold, columns, lambda: matters.pages(customer=customer, include_closed=self.include_closed.value), w("matters"),
            sums=("unbilled",), filters=(self.include_closed,), opens=self.open, height_px=330,
            more=[(w("new_matter"), self.add)], language=language, closed=closed,
        )  # fmt: skip

    def open(self, matter: int, *, begun: int | None = None) -> MatterForm:
        """Open the form of a matter below the list."""
        form = MatterForm(self._hold, matter, begun=begun, language=self.language, closed=self.inner_closed)
        self.enter(form)
        return form

    def add(self) -> MatterForm:
        """Open a new matter and its form; closed untouched, it is taken out again."""
        clients = [] if self._customer is None else [self._customer]
        added = Matters(self._hold).open(self.words("new_matter_title"), customers=clients)
        return self.open(added, begun=written_by(self._store, "matters", added))

    def look(self, row: Mapping[str, Any]) -> str | None:
        """Show closed ones muted."""
        return "inactive" if row["closed_on"] else None


class MatterForm(Form):
    """The form of one matter: what it is about, for whom, at which rates, and the work on it.

    Attributes
    ----------
    id
        Whose form it is.
    clients
        Where a client is added.
    """

    tabs: Tabs

    def __init__(
        self,
        hold: Hold,
        matter: Which,
        *,
        begun: int | None = None,
        language: str = "en",
        closed: Callable[[], object] | None = None,
    ) -> None:
        self._matters = Matters(hold)
        self.id, self._begun = int(self._matters.get(matter)["id"]), begun
        declared = TABLES["matters"]
        w = Words(language)
        super().__init__(
            hold,
            lambda: self._matters.get(self.id),
            self._keep,
            {
                w("about"): [declared.field(name) for name in _ABOUT],
                w("rates"): [declared.field(name) for name in _RATES],
            },
            choices={"responsible": users_found(hold)},
            language=language,
            closed=closed,
        )
        self.clients = Picker(w("add_client"), customers_found(hold)[0], self.add_client, w)
        self._named = ipywidgets.HBox()
        self._clients: list[tuple[int, str]] | None = None
        self._named.add_class("ik-bar")
        section = ipywidgets.VBox([ipywidgets.HTML(f"<h4>{escape(w('clients'))}</h4>"), self._named, self.clients.box])
        section.add_class("ik-section")
        self.body.children = (*self.body.children, section)
        self._standing = self.button(w("close_matter"), self._turn_standing)
        bill = self.button(w("bill"), self._bill, style="primary", tooltip=w("bill_hint"))
        note = self.button(w("new_activity"), self._note)
        watch = self.button(w("stopwatch"), lambda: self.say(start(hold, self.words, self.id)))
        self.buttons.children = (note, watch, bill, self._standing, self.button(w("close"), self.leave))
        of: dict[str, Any] = {"matter": self.id, "language": language}
        self.tabs = Tabs(
            self, w("details"),
            {
                w("activities"): lambda: ActivitiesScreen(hold, **of),
                w("invoices"): lambda: InvoicesScreen(hold, **of),
            },
            self.body,
        )  # fmt: skip
        self.refresh()
        self.compose_form(self.tabs.box)

    def called(self, record: Mapping[str, Any]) -> str:
        """Return the title, and since when it is closed."""
        number = f"{record['number']} " if record["number"] else ""
        closed = f" ({self.words('closed_since', day=record['closed_on'])})" if record["closed_on"] else ""
        return f"{number}{record['title']}{closed}"

    def refresh(self) -> None:
        """Show the matter as it is now."""
        super().refresh()
        held = [
            (int(id_), name) for id_, name in self._matters.clients(self.id)[["id", "name"]].itertuples(index=False)
        ]
        if held != self._clients:
            self._clients = held
            named = [
                self.button(f"{name} ✕", partial(self._without, id_), tooltip=self.words("take_off_client", name=name))
                for id_, name in held
            ]
            replace(
                self._named,
                *(named or [ipywidgets.HTML(f'<span class="ik-quiet">{escape(self.words("no_client"))}</span>')]),
            )
        closed = self._matters.get(self.id)["closed_on"]
        self._standing.description = self.words("reopen_matter" if closed else "close_matter")

    def add_client(self, customer: int) -> None:
        """Make a customer a client of the matter."""
        with self.told():
            self._matters.change(self.id, customers=[*map(int, self._matters.clients(self.id)["id"]), customer])
            self._begun = None
            self.clients.show("")
            self.refresh()

    def close(self) -> None:
        """Save what was typed and take the form away; a new matter that nobody touched goes as well."""
        if not self.is_open:
            return
        refused = bool(self.not_saved())
        super().close()
        if self._begun is not None and not refused:
            with contextlib.suppress(UndoRefused):
                undo(self._store, self._begun)

    def _keep(self, name: str, value: Any) -> None:
        self._matters.change(self.id, **{name: value})
        self._begun = None

    def _without(self, customer: int) -> None:
        self._matters.change(
            self.id, customers=[int(id_) for id_ in self._matters.clients(self.id)["id"] if id_ != customer]
        )
        self._begun = None
        self.refresh()

    def _turn_standing(self) -> None:
        self.flush()
        held = self._matters.get(self.id)
        if held["closed_on"]:
            self._matters.reopen(self.id)
        else:
            left = self._matters.close(self.id)
            if len(left):
                self.say(self.words.count("closed_with_work", len(left)), "warning")
        self._begun = None
        self.refresh()

    def _note(self) -> None:
        self._begun = None
        self.tabs.show(self.words("activities"))
        if isinstance(self.inner, ActivitiesScreen):
            self.inner.add()

    def _bill(self) -> None:
        self._begun = None
        self.tabs.show(self.words("invoices"))
        if isinstance(self.inner, InvoicesScreen):
            self.inner.bill(self.id)
