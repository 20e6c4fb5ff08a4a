"""The list of customers on a screen, and the form of the one that is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets

from invoicekit.forms.customer import CustomerForm
from invoicekit.forms.duplicates import DuplicatesScreen
from invoicekit.forms.importing import ImportScreen
from invoicekit.forms.parts.grid import Column, Grid
from invoicekit.forms.parts.later import Later
from invoicekit.forms.parts.listing import grid_texts
from invoicekit.forms.parts.picker import Picker
from invoicekit.forms.parts.screen import Screen
from invoicekit.forms.standing import standing_question
from invoicekit.ledger import Customers, written_by
from invoicekit.money import show
from invoicekit.reports import Reports
from invoicekit.store import Hold

__all__ = ["CustomersScreen"]


class CustomersScreen(Screen):
    """Searching, opening, adding and putting out of use customers.

    Attributes
    ----------
    text, include_inactive, tag
        What is searched, whether inactive ones are shown, and the tag they bear.
    grid
        The list.
    """

    inner: CustomerForm | DuplicatesScreen | ImportScreen | None

    def __init__(self, hold: Hold, *, language: str = "en", closed: Callable[[], object] | None = None) -> None:
        super().__init__(hold, language=language, closed=closed)
        self._customers = Customers(hold)
        w = self.words
        narrow = {"style": {"description_width": "initial"}, "description_allow_html": False}
        self.text = ipywidgets.Text(
            description=w("search"), placeholder=w("search_customers"), layout=ipywidgets.Layout(width="24em"), **narrow
        )
        self.include_inactive = ipywidgets.Checkbox(
            description=w("include_inactive"), indent=False, layout=ipywidgets.Layout(width="auto")
        )
        self.tag = ipywidgets.Combobox(
            description=w("tag"), options=self._tags(), layout=ipywidgets.Layout(width="12em"), **narrow
        )
        choices = ("customer", "lead", "contacts", "import")
        self.new = ipywidgets.Dropdown(
            options=[("", ""), *((w(f"new_{choice}"), choice) for choice in choices)],
            value="", description=w("new"), layout=ipywidgets.Layout(width="17em"), **narrow,
        )  # fmt: skip
        self.grid = Grid(self._columns(), self._rows, label=w("customers"), height_px=426, texts=grid_texts(w))
        duplicates = self.button(w("duplicates"), lambda: self.enter(DuplicatesScreen(hold, language=language)))
        bar = self.bar(self.text, self.include_inactive, self.tag, self.new, duplicates)
        self.title(w("customers"))
        self.compose(self.heading, bar, self.grid, self.said, self.slot)
        self._search_soon = Later(lambda: self.grid.refresh(to_top=True), 0.15, restarts=True)
        for searched in (self.text, self.tag):
            searched.observe(lambda _: self._search_soon(), "value")
        self.include_inactive.observe(lambda _: self.grid.refresh(to_top=True), "value")
        self.new.observe(self._new, "value")
        self.grid.on_open(lambda key: self.do(lambda: self.open(int(key))))
        self.grid.on_action(self._act)

    @property
    def form(self) -> CustomerForm | None:
        """The form that is open below, if any."""
        return self.inner if isinstance(self.inner, CustomerForm) and self.inner.is_open else None

    def refresh(self) -> None:
        """Show the customers as they are now."""
        self.grid.refresh()

    def open(self, customer: int, *, begun: int | None = None) -> CustomerForm:
        """Open a customer's form below the list; what was typed in the one open before is saved."""
        self.close_form()
        form = CustomerForm(self._hold, customer, language=self.language, begun=begun, closed=self.inner_closed)
        self.inner = form
        self._show(form.box, look=False)
        self.frame.look_at(".ik-form .ik-sections")
        return form

    def add(self, kind: str = "customer") -> CustomerForm:
        """Store a new customer and open its form; closed untouched, it is taken out again."""
        added = self._customers.begin(kind)
        return self.open(added, begun=written_by(self._store, "customers", added))

    def close_form(self) -> None:
        """Save and close the form that is open, if any; what it could not save is told."""
        self.say("")
        self.close_inner()

    def _columns(self) -> tuple[Column, ...]:
        w = self.words
        return (
            Column("customer", w("name"), width="3fr"),
            Column("kind", w.label("customers", "kind"), width="84px"),
            Column("parent_name", w.label("customers", "parent"), width="1.4fr"),
            Column("email", w.label("customers", "email"), width="1.6fr"),
            Column("billed", w("billed"), "right", "136px", sorts=False),
            Column("open", w("open"), "right", "136px", sorts=False),
            Column("overdue", w("overdue"), "right", "136px", sorts=False),
            Column("missing", w("missing"), width="1fr"),
            Column("edit", "", width="84px", action=True),
            Column("turn", "", width="136px", action=True),
        )

    def _tags(self) -> tuple[str, ...]:
        return tuple(self._customers.tags())

    def _rows(self, first: int, count: int, sort: str, descending: bool) -> tuple[int, Sequence[Mapping[str, Any]]]:
        total, rows = self._customers.page(
            self.text.value,
            first=first,
            count=count,
            sort=sort,
            descending=descending,
            include_inactive=self.include_inactive.value,
            tag=self.tag.value.strip() or None,
        )
        return total, [{**self._shown(row), **said} for row, said in zip(rows, self._totals(rows), strict=True)]

    def _totals(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
        """Return what was billed to each customer, what of it is open, and overdue, in each currency: as reports say it."""
        owing: list[int] = [row["id"] for row in rows if row["kind"] == "customer"]
        said: dict[int, dict[str, list[str]]] = {}
        for balance in Reports(self._hold).run("balances", customer=owing).table.to_pylist() if owing else ():
            held = said.setdefault(balance["customer_id"], {"billed": [], "open": [], "overdue": []})
            for column, figure in (("billed", "invoiced"), ("open", "balance"), ("overdue", "overdue")):
                if balance[figure]:
                    held[column].append(show(balance[figure], balance["currency"]))
        return [{column: " · ".join(sums) for column, sums in said.get(row["id"], {}).items()} for row in rows]

    def _new(self, change: Mapping[str, Any]) -> None:
        wanted = change["new"]
        if not wanted:
            return
        self.new.value = ""
        with self.told():
            if wanted == "import":
                self.enter(ImportScreen(self._hold, into="customers", language=self.language, closed=self.inner_closed))
            elif wanted == "contacts":
                self.close_form()
                self._show(Picker(self.words("contact"), self._contacts, self._convert, self.words).box)
            else:
                self.add(wanted)

    def _contacts(self, text: str) -> list[tuple[str, int]]:
        _, rows = self._customers.page(text, count=20, kind="contact")
        return [(f"{row['customer']} ({row['id']})", row["id"]) for row in rows]

    def _convert(self, contact: int) -> None:
        with self.told():
            self._customers.convert(contact)
            self.open(contact)

    def _act(self, key: str, column: str) -> None:
        customer = int(key)
        if column == "edit":
            self.do(lambda: self.open(customer))
            return
        self.close_form()
        with self.told():
            if self._customers.get(customer)["inactive_since"] and not self._customers.went_down_with(customer):
                self._customers.activate(customer)
                return
            self.put(standing_question(self._customers, customer, self.words, self.say, self.inner_closed))

    def _shown(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row as the list shows it."""
        inactive = row["inactive_since"] is not None
        return {
            **row,
            "kind": self.words.value(row["kind"] or "customer"),
            "missing": ", ".join(self.words.label("customers", name) for name in row["missing"]) or None,
            "edit": self.words("edit"),
            "turn": self.words("activate" if inactive else "make_inactive"),
            "_class": "inactive" if inactive else None,
        }
