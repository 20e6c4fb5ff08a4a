"""A customer on a screen: what it is called, where it stands, how it is reached and billed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import date
from html import escape
from typing import Any

import ipywidgets

from invoicekit.errors import InvoicekitError, MergeProposed, UndoRefused
from invoicekit.forms.form import Form
from invoicekit.forms.merging import merge_question
from invoicekit.forms.picker import Picker
from invoicekit.forms.question import Question
from invoicekit.forms.table import table
from invoicekit.ledger import Customers, undo
from invoicekit.ledger.customers import Which
from invoicekit.schema import TABLES
from invoicekit.store import Hold

__all__ = ["CustomerForm"]

# Where it stands in the tree is chosen, not typed.
_FIELDS = [field for field in TABLES["customers"].fillable if field.section and field.name != "parent"]


class CustomerForm(Form):
    """The form of one customer.

    Attributes
    ----------
    id
        Whose form it is.
    is_sub_customer
        The tick box that reveals the parent.
    parent
        Where the parent is chosen.
    """

    def __init__(
        self, hold: Hold, customer: Which, *, language: str = "en", begun: int | None = None,
        closed: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        self._hold = hold
        self._customers = Customers(hold)
        self.id = int(self._customers.get(customer)["id"])
        self._begun, self._closed = begun, closed
        self._ticking = False
        self.is_sub_customer = ipywidgets.Checkbox(description="Is a sub-customer", indent=False)
        self.parent = Picker(TABLES["customers"].field("parent").title(language), self._possible_parents, self._move)
        self._standing = ipywidgets.Button(description="Make inactive")
        self._standing.on_click(lambda _: self._turn())
        self._convert = ipywidgets.Button(
            description="Make a customer", tooltip="Same record, no longer a mere lead or contact"
        )
        self._convert.on_click(lambda _: self._customers.convert(self.id))
        super().__init__(
            lambda: self._customers.get(self.id),
            self._keep,
            hold.store.watch,
            _FIELDS,
            language=language,
            folded=("shipping",),
        )
        self.is_sub_customer.observe(self._ticked, "value")
        done = ipywidgets.Button(description="Done", tooltip="Look it over once more; everything is saved already")
        done.on_click(lambda _: self.review())
        close = ipywidgets.Button(description="Close")
        close.on_click(lambda _: self._leave())
        self.buttons.children = (done, self._standing, self._convert, close)

    def section(self, name: str) -> Any:
        """Return the widget of a section; the tree's begins with the tick box and the parent."""
        box = super().section(name)
        if name == "tree":
            heading, inside = box.children
            self._bill_to = self.fields["bill_to"].box
            box.children = (heading, self.is_sub_customer, self.parent.box, inside)
        return box

    def title(self, record: Mapping[str, Any]) -> str:
        """Return the name with what is to be known at a glance."""
        marks = [
            {"lead": "lead", "contact": "contact"}.get(record["kind"] or ""),
            "inactive" if record["inactive_since"] else None,
            "incomplete" if self._customers.missing(record) else None,
        ]
        told = "".join(f" ({mark})" for mark in marks if mark)
        return f"{record['display_name']}{told}"

    def refresh(self) -> None:
        """Show the customer as it is now."""
        super().refresh()
        held = self._customers.get(self.id)
        self.id = int(held["id"])
        above = self._customers.get(held["parent"]) if held["parent"] is not None else None
        if not self.is_sub_customer.value or above is not None:
            self._show_place(above)
        self._standing.description = "Activate" if held["inactive_since"] else "Make inactive"
        self._convert.layout.display = "" if held["kind"] in ("lead", "contact") else "none"

    def refused(self, name: str, error: InvoicekitError) -> None:
        """Offer the merge where a name is that of another customer."""
        if name == "display_name" and isinstance(error, MergeProposed):
            other = self._customers.get(error.into)
            self.ask(
                f"Another customer is called {other['display_name']}. Are they one and the same?",
                ("They are one: show what would move", lambda: self.offer_merge(error.into)),
                ("They are two", lambda: None),
            )

    def offer_merge(self, into: int) -> None:
        """Show what would move to another customer, and merge once that is confirmed."""
        merge = self._customers.merge(self.id, into=into)

        def confirm() -> None:
            with self.told():
                merge.confirm()
                for field in self.fields.values():
                    field.drop()
                self.refresh()
                self.say(f"Merged into {merge.kept['display_name']}: this is its form now.")

        self._put(merge_question(merge, confirm, lambda: None))

    def review(self) -> None:
        """Show every value with what is to be said about it; everything is saved already."""
        self.flush()
        told = self._customers.review(self.id)
        told = told[told["value"].notna() | told["warning"].notna()]
        warned = int(told["warning"].notna().sum())
        text = (
            f"Everything is saved. {warned} to look at." if warned else "Everything is saved, and nothing is missing."
        )
        details = [table(told, ["label", "value", "warning"])]
        self.ask(text, ("Close the form", self._leave), ("Go on", lambda: None), details=details)

    def ask(self, text: str, *answers: tuple[str, Callable[[], None]], details: Any = ()) -> Question:
        """Ask above the fields."""
        return self._put(Question(text, answers, details))

    def _put(self, question: Question) -> Question:
        self.slot.children = (question.box,)
        self.question = question
        return question

    def say(self, text: str, tone: str = "saved") -> None:
        """Tell something above the fields."""
        self.slot.children = (ipywidgets.HTML(f'<p role="status" class="ik-{tone}">{escape(text)}</p>'),)

    @contextlib.contextmanager
    def told(self) -> Any:
        """Show a refusal above the fields instead of raising it."""
        try:
            yield
        except InvoicekitError as error:
            self.say(str(error), "refused")

    def close(self) -> None:
        """Save what was typed and take the form away; a new customer that nobody touched goes as well."""
        super().close()
        if self._begun is not None:
            with contextlib.suppress(UndoRefused):
                undo(self._hold.store, self._begun)
        if self._closed is not None:
            self._closed()

    def _leave(self) -> None:
        """Close, unless something typed would be lost without a word."""
        refused = self.unsaved
        if not refused:
            self.close()
            return
        names = ", ".join(field.input.description for field in refused)
        self.ask(
            f"Not saved: {names}. See below each field why. Close all the same?",
            ("Go on", lambda: None),
            ("Close", self.close),
        )

    def _keep(self, name: str, value: Any) -> None:
        self._customers.change(self.id, **{name: value})
        self._begun = None

    def _possible_parents(self, text: str) -> list[tuple[str, int]]:
        found = self._customers.possible_parents(self.id, text, most=20)
        return [(f"{name} ({id_})", int(id_)) for id_, name in zip(found["id"], found["name"], strict=True)]

    def _move(self, parent: int | None) -> None:
        try:
            self._keep("parent", parent)
        except InvoicekitError as error:
            self.parent.say(f"Not saved: {error}", "refused")
            return
        self.parent.say("Saved", "saved")
        self.refresh()

    def _ticked(self, change: Mapping[str, Any]) -> None:
        if self._ticking:
            return
        held = self._customers.get(self.id)
        if change["new"]:
            self.parent.box.layout.display = ""
            self.parent.say("" if held["parent"] else "Choose the main customer: nothing is saved before.", "refused")
        elif held["parent"] is not None:
            self._move(None)
        else:
            self._show_place(None)

    def _show_place(self, above: Mapping[str, Any] | None) -> None:
        self._ticking = True
        try:
            self.is_sub_customer.value = above is not None
        finally:
            self._ticking = False
        shown = "" if above is not None else "none"
        self.parent.box.layout.display = shown
        self._bill_to.layout.display = shown
        if above is not None:
            self.parent.show(f"{above['display_name']} ({above['id']})")

    def _turn(self) -> None:
        self.flush()
        held = self._customers.get(self.id)
        if held["inactive_since"]:
            with self.told():
                self._customers.activate(self.id)
                self.refresh()
            return
        below = len(self._customers.below(self.id))
        others = f" and its {below:,} sub-customers" if below else ""

        def confirm() -> None:
            with self.told():
                self._customers.make_inactive(self.id, since=date.today())
                self.refresh()
                self.say("It is inactive: hidden from lists, and in every report as before.")

        self.ask(f"Make {held['display_name']}{others} inactive?", ("Yes", confirm), ("No", lambda: None))
