"""The list of customers on a screen, and the form of the one that is opened."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets

from invoicekit.forms.customer import CustomerForm
from invoicekit.forms.frame import Frame
from invoicekit.forms.grid import Column, Grid
from invoicekit.forms.picker import Picker
from invoicekit.forms.question import Question
from invoicekit.forms.standing import standing_question
from invoicekit.ledger import Customers
from invoicekit.money import show
from invoicekit.reports import Reports
from invoicekit.store import Hold

__all__ = ["CustomersScreen"]

_COLUMNS = (
    Column("customer", "Name", width="3fr"),
    Column("kind", "Kind", width="84px"),
    Column("parent_name", "Main customer", width="1.4fr"),
    Column("email", "E-mail", width="1.6fr"),
    Column("billed", "Billed", "right", "136px", sorts=False),
    Column("open", "Open", "right", "136px", sorts=False),
    Column("overdue", "Overdue", "right", "136px", sorts=False),
    Column("missing", "Missing", width="1fr"),
    Column("edit", "", width="68px", action=True),
    Column("turn", "", width="124px", action=True),
)


class CustomersScreen:
    """Searching, opening, adding and putting out of use customers.

    Attributes
    ----------
    box
        The widget to show.
    text, include_inactive
        What is searched, and whether inactive ones are shown.
    grid
        The list.
    form
        The form that is open below, if any.
    """

    def __init__(self, hold: Hold, *, language: str = "en") -> None:
        self._hold, self._language = hold, language
        self._customers = Customers(hold)
        self._timer: threading.Timer | None = None
        self.form: CustomerForm | None = None
        self.question: Question | None = None
        self.text = ipywidgets.Text(
            description="Search", description_allow_html=False, placeholder="name, number, e-mail or tax id",
            layout=ipywidgets.Layout(width="22em"), style={"description_width": "4em"},
        )  # fmt: skip
        self.include_inactive = ipywidgets.Checkbox(
            description="Include inactive", indent=False, layout=ipywidgets.Layout(width="auto")
        )
        self.new = ipywidgets.Dropdown(
            options=[("", ""), ("customer", "customer"), ("lead", "lead"), ("from contacts", "contacts"),
                     ("many, from a workbook", "import")],
            value="", description="+ New", layout=ipywidgets.Layout(width="17em"), style={"description_width": "4em"},
        )  # fmt: skip
        self.grid = Grid(_COLUMNS, self._rows, label="Customers", height_px=426)
        self.slot = ipywidgets.VBox()
        self.slot.add_class("ik-slot")
        self.said = ipywidgets.HTML()
        self.frame = Frame()
        bar = ipywidgets.HBox([self.text, self.include_inactive, self.new])
        bar.add_class("ik-bar")
        self.box = ipywidgets.VBox([self.frame, bar, self.grid, self.said, self.slot])
        self.box.add_class("ik")
        self.text.observe(self._searched, "value")
        self.include_inactive.observe(lambda _: self.grid.refresh(to_top=True), "value")
        self.new.observe(self._new, "value")
        self.grid.on_open(lambda key: self.open(int(key)))
        self.grid.on_action(self._act)
        self._end_watch = hold.store.watch(self.grid.refresh)

    def open(self, customer: int, *, begun: int | None = None) -> CustomerForm:
        """Open a customer's form below the list; what was typed in the one open before is saved."""
        self.said.value = ""
        self.close_form()
        self.form = CustomerForm(
            self._hold, customer, language=self._language, begun=begun, closed=lambda: self._show(None)
        )
        self._show(self.form.box)
        self.frame.look_at(".ik-form .ik-sections")
        return self.form

    def add(self, kind: str = "customer") -> CustomerForm:
        """Store a new customer and open its form; closed untouched, it is taken out again."""
        added = self._customers.begin(kind)
        begun = self._hold.store.rows("select operation from customers where id = $id", id=added)[0]["operation"]
        return self.open(added, begun=begun)

    def flush(self) -> None:
        """Save now whatever was typed."""
        if self.form is not None and self.form.is_open:
            self.form.flush()

    def not_saved(self) -> str:
        """Name what was typed in the open form and is not saved."""
        return self.form.not_saved() if self.form is not None and self.form.is_open else ""

    def close_form(self) -> None:
        """Save and close the form that is open, if any; what it could not save is told."""
        form, self.form = self.form, None
        if form is None or not form.is_open:
            return
        name, unsaved = self._customers.get(form.id)["display_name"], form.not_saved()
        form.close()
        if unsaved:
            text = f"Left unsaved in {name}: {unsaved}."
            self.said.value = f'<p role="status" class="ik-refused">{escape(text)}</p>'

    def close(self) -> None:
        """Save what was typed and take the screen away."""
        self.close_form()
        self._end_watch()
        self.box.close()

    def _rows(self, first: int, count: int, sort: str, descending: bool) -> tuple[int, Sequence[Mapping[str, Any]]]:
        total, rows = self._customers.page(
            self.text.value,
            first=first,
            count=count,
            sort=sort,
            descending=descending,
            include_inactive=self.include_inactive.value,
        )
        return total, [{**_shown(row), **said} for row, said in zip(rows, self._totals(rows), strict=True)]

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

    def _searched(self, _: object) -> None:
        # A grid asks for its rows itself: it only has to hear that others are wanted.
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(0.15, self.grid.refresh, kwargs={"to_top": True})
        self._timer.daemon = True
        self._timer.start()

    def _new(self, change: Mapping[str, Any]) -> None:
        wanted = change["new"]
        if not wanted:
            return
        self.new.value = ""
        if wanted == "import":
            self.close_form()
            self._ask(
                "Many customers at once come from a workbook, in one operation that can be undone: "
                'book.imports.read("clients.xlsx", into="customers") shows what it understands, .apply() writes it.',
                ("Understood", lambda: self._show(None)),
            )
        elif wanted == "contacts":
            self.close_form()
            self._show(Picker("Contact", self._contacts, self._convert).box)
        else:
            self.add(wanted)

    def _contacts(self, text: str) -> list[tuple[str, int]]:
        _, rows = self._customers.page(text, count=20, kind="contact")
        return [(f"{row['customer']} ({row['id']})", row["id"]) for row in rows]

    def _convert(self, contact: int) -> None:
        self._customers.convert(contact)
        self.open(contact)

    def _act(self, key: str, column: str) -> None:
        customer = int(key)
        if column == "edit":
            self.open(customer)
            return
        self.close_form()
        if self._customers.get(customer)["inactive_since"] and not self._customers.went_down_with(customer):
            self._customers.activate(customer)
            return
        self.question = standing_question(self._customers, customer, self._say, lambda: self._show(None))
        self._show(self.question.box)

    def _say(self, text: str, tone: str) -> None:
        self.said.value = f'<p role="status" class="ik-{tone}">{escape(text)}</p>'

    def _ask(self, text: str, *answers: tuple[str, Callable[[], None]]) -> None:
        self.question = Question(text, answers)
        self._show(self.question.box)

    def _show(self, widget: Any) -> None:
        self.slot.children = (widget,) if widget is not None else ()
        if widget is not None:
            self.frame.look_at(".ik-slot")

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.box._repr_mimebundle_(**kwargs)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as the list shows it."""
    inactive = row["inactive_since"] is not None
    return {
        **row,
        "missing": ", ".join(row["missing"]).replace("_", " ") or None,
        "edit": "Edit",
        "turn": "Activate" if inactive else "Make inactive",
        "_class": "inactive" if inactive else None,
    }
