"""A customer on a screen: what it is called, where it stands, how it is reached and billed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import ipywidgets

from invoicekit.errors import InvoicekitError, MergeProposed, UndoRefused
from invoicekit.forms.form import Form
from invoicekit.forms.merging import merge_question
from invoicekit.forms.picker import Picker
from invoicekit.forms.question import Question
from invoicekit.forms.standing import standing_question
from invoicekit.forms.table import table
from invoicekit.ledger import Customers, undo
from invoicekit.ledger.parties.customers import Which
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
    question
        What was asked last.
    """

    question: Question

    def __init__(
        self, hold: Hold, customer: Which, *, language: str = "en", begun: int | None = None,
        closed: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        self._hold = hold
        self._customers = Customers(hold)
        self.id = int(self._customers.get(customer)["id"])
        self._begun, self._closed = begun, closed
        self._ticking = False
        self._above: int | None = None
        self._declined: set[int] = set()
        self.is_sub_customer = ipywidgets.Checkbox(description="Is a sub-customer", indent=False)
        self.parent = Picker(TABLES["customers"].field("parent").title(language), self._possible_parents, self._move)
        self._standing = ipywidgets.Button(description="Make inactive")
        self._standing.on_click(lambda _: self._turn_standing())
        self._convert = ipywidgets.Button(
            description="Make a customer", tooltip="Same record, no longer a mere lead or contact"
        )
        self._convert.on_click(lambda _: self._convert_now())
        super().__init__(
            lambda: self._customers.get(self.id),
            self._keep,
            hold.store.watch,
            hold.store.turn,
            _FIELDS,
            language=language,
            folded=("shipping",),
        )
        self.is_sub_customer.observe(self._ticked, "value")
        done = ipywidgets.Button(description="Done", tooltip="Look it over once more; everything is saved already")
        done.on_click(lambda _: self._told(self.review))
        close = ipywidgets.Button(description="Close")
        close.on_click(lambda _: self._told(self.leave))
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
        with self._hold.store.turn():
            held = self._customers.get(self.id)
            if held["id"] != self.id:
                self._take_over(held)
            super().refresh()
            if held["parent"] != self._above:
                self._show_place(self._customers.get(held["parent"]) if held["parent"] is not None else None)
            elif held["parent"] is None and not self.is_sub_customer.value:
                self._show_place(None)
            self._standing.description = "Activate" if held["inactive_since"] else "Make inactive"
            self._convert.layout.display = "" if held["kind"] in ("lead", "contact") else "none"

    def refused(self, name: str, error: InvoicekitError) -> None:
        """Offer the merge where a name is that of another customer."""
        if name != "display_name" or not isinstance(error, MergeProposed):
            return
        other = self._customers.get(error.into)
        said = f"Not saved: another customer is called {other['display_name']}."
        if error.into in self._declined:
            self.fields[name].say(said, "refused")
            return
        self.fields[name].say(f"{said} Are they one? See the question at the foot of the form.", "refused")
        question = Question(
            f"Another customer is called {other['display_name']} (record {other['id']}). Are they one and the same?",
            (
                ("They are one: show what would move", lambda: self.offer_merge(error.into)),
                ("They are two", lambda: self._declined.add(error.into)),
            ),
        )
        # Somebody may be typing on: the cursor stays where it is.
        self._put(question, look=False)

    def offer_merge(self, into: int) -> None:
        """Show what would move to another customer, and merge once that is confirmed."""
        with self.told():
            self.flush()
            merge = self._customers.merge(self.id, into=into)
            self._put(merge_question(merge, lambda: self._told(confirm), lambda: None))

        def confirm() -> None:
            self.flush()
            merge.confirm()
            self.refresh()

    def review(self) -> None:
        """Show every value with what is to be said about it, and what could not be saved."""
        unsaved = self.not_saved()
        told = self._customers.review(self.id)
        told = told[told["value"].notna() | told["warning"].notna()]
        warned = int(told["warning"].notna().sum())
        if unsaved:
            text = f"Not saved: {unsaved}. Everything else is saved."
        elif warned:
            text = f"Everything is saved; {warned} to look at."
        else:
            text = "Everything is saved, and nothing is missing."
        details = [table(told, ["label", "value", "warning"])]
        self.ask(text, ("Close the form", self.leave), ("Go on", lambda: None), details=details)

    def not_saved(self) -> str:
        """Name what was typed and is not saved, with what was typed; nothing where all is saved."""
        if not self.is_open:
            return ""
        told = [f'{field.label}: "{field.text}"' for field in self.unsaved]
        if self.is_sub_customer.value and self._above is None and self.parent.text.value:
            told.append(f'{self.parent.text.description}: "{self.parent.text.value}" is not chosen')
        return ", ".join(told)

    def leave(self) -> None:
        """Close, unless something typed would be lost without a word."""
        unsaved = self.not_saved()
        if not unsaved:
            self.close()
            return
        text = f"Not saved: {unsaved}. Each field says why. Close all the same?"
        self.ask(text, ("Go on", lambda: None), ("Close", self.close))

    def ask(self, text: str, *answers: tuple[str, Callable[[], None]], details: Any = ()) -> Question:
        """Ask beside the buttons."""
        return self._put(Question(text, answers, details))

    def say(self, text: str, tone: str = "saved") -> None:
        """Tell something beside the buttons."""
        self.slot.children = (ipywidgets.HTML(f'<p role="status" class="ik-{tone}">{escape(text)}</p>'),)

    @contextlib.contextmanager
    def told(self) -> Any:
        """Show a refusal beside the buttons instead of raising it."""
        try:
            yield
        except InvoicekitError as error:
            self.say(str(error), "refused")

    def close(self) -> None:
        """Save what was typed and take the form away; a new customer that nobody touched goes as well."""
        refused = bool(self.not_saved())
        super().close()
        if self._begun is not None and not refused:
            with contextlib.suppress(UndoRefused):
                undo(self._hold.store, self._begun)
        if self._closed is not None:
            self._closed()

    def _told(self, act: Callable[[], None]) -> None:
        with self.told():
            act()

    def _put(self, question: Question, *, look: bool = True) -> Question:
        self.slot.children = (question.box,)
        self.question = question
        if look:
            self.frame.look_at(".ik-slot")
        return question

    def _keep(self, name: str, value: Any) -> None:
        self._customers.change(self.id, **{name: value})
        self._begun = None

    def _take_over(self, held: Mapping[str, Any]) -> None:
        """Become the form of the customer that this one was merged into."""
        lost = [f'{field.label}: "{field.text}"' for field in self.fields.values() if field.is_pending]
        self.id = int(held["id"])
        for field in self.fields.values():
            field.drop()
        left = f" Not kept of what was typed: {', '.join(lost)}." if lost else ""
        self.say(f"Merged into {held['display_name']}: this is its form now.{left}")

    def _convert_now(self) -> None:
        with self.told():
            self._customers.convert(self.id)
            self.refresh()

    def _possible_parents(self, text: str) -> list[tuple[str, int]]:
        found = self._customers.possible_parents(self.id, text, most=20)
        return [(f"{name} ({id_})", int(id_)) for id_, name in zip(found["id"], found["name"], strict=True)]

    def _move(self, parent: int | None) -> None:
        try:
            # A main customer has nobody else to bill.
            self._customers.change(self.id, parent=parent, **({} if parent else {"bill_to": "self"}))
            self._begun = None
        except InvoicekitError as error:
            self.parent.say(f"Not saved: {error}", "refused")
            return
        self.parent.say("Saved", "saved")
        self.refresh()

    def _ticked(self, change: Mapping[str, Any]) -> None:
        if self._ticking:
            return
        if change["new"]:
            self.parent.box.layout.display = ""
            self.parent.say("Choose the main customer: until then this is not saved.", "refused")
        elif self._above is not None:
            self._move(None)
        else:
            self._show_place(None)

    def _show_place(self, above: Mapping[str, Any] | None) -> None:
        self._above = int(above["id"]) if above is not None else None
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
            self.parent.say("")

    def _turn_standing(self) -> None:
        with self.told():
            self.flush()
            if self._customers.get(self.id)["inactive_since"] and not self._customers.went_down_with(self.id):
                self._customers.activate(self.id)
                self.refresh()
                return
            self._put(standing_question(self._customers, self.id, self.say, self.refresh))
