"""A customer on a screen: what it is called, where it stands, how it is reached and billed, and what belongs to it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets

from invoicekit.errors import InvoicekitError, MergeProposed, UndoRefused
from invoicekit.forms.activities import ActivitiesScreen
from invoicekit.forms.invoices import InvoicesScreen
from invoicekit.forms.matters import MattersScreen
from invoicekit.forms.merging import merge_question
from invoicekit.forms.parts.form import Form
from invoicekit.forms.parts.picker import Picker
from invoicekit.forms.parts.question import Question
from invoicekit.forms.parts.table import table
from invoicekit.forms.parts.tabs import Tabs
from invoicekit.forms.payments import PaymentsScreen
from invoicekit.forms.standing import standing_question
from invoicekit.ledger import Customers, undo
from invoicekit.ledger.parties.customers import Which
from invoicekit.schema import LANGUAGES, SECTIONS, TABLES
from invoicekit.store import Hold, frame

__all__ = ["CustomerForm"]

# Where it stands in the tree is chosen, not typed.
_FIELDS = [field for field in TABLES["customers"].fillable if field.section and field.name != "parent"]

_ACCOUNT = ("date", "kind", "document", "invoice", "amount", "balance", "currency")
_HISTORY = ("recorded_at", "actor", "summary", "field", "before", "after")


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

    question: Question
    tabs: Tabs

    def __init__(
        self,
        hold: Hold,
        customer: Which,
        *,
        language: str = "en",
        begun: int | None = None,
        closed: Callable[[], object] | None = None,
    ) -> None:
        self._customers = Customers(hold)
        self.id = int(self._customers.get(customer)["id"])
        self._begun = begun
        self._ticking = False
        self._above: int | None = None
        self._declined: set[int] = set()
        titles = {name: said[LANGUAGES.index(language)] for name, said in SECTIONS.items() if name != "document"}
        super().__init__(
            hold,
            lambda: self._customers.get(self.id),
            self._keep,
            {titles[name]: [field for field in _FIELDS if field.section == name] for name in titles},
            language=language,
            folded=(titles["shipping"],),
            closed=closed,
        )
        w = self.words
        self.is_sub_customer = ipywidgets.Checkbox(
            description=w("is_a_sub_customer"), indent=False, layout=ipywidgets.Layout(width="auto")
        )
        self.parent = Picker(w.label("customers", "parent"), self._possible_parents, self._move, w)
        heading, inside = self.sections[titles["tree"]].children
        self.sections[titles["tree"]].children = (heading, self.is_sub_customer, self.parent.box, inside)
        self._standing = self.button(w("make_inactive"), self._turn_standing)
        self._convert = self.button(w("make_a_customer"), self._convert_now, tooltip=w("make_a_customer_hint"))
        done = self.button(w("done"), self.review, tooltip=w("done_hint"))
        self.buttons.children = (done, self._standing, self._convert, self.button(w("close"), self.leave))
        self.is_sub_customer.observe(self._ticked, "value")
        self.tabs = Tabs(self, w("details"), self._views(), self.body)
        self.refresh()
        self.compose_form(self.tabs.box)

    def called(self, record: Mapping[str, Any]) -> str:
        """Return the name with what is to be known at a glance."""
        marks = [
            self.words.value(record["kind"]) if record["kind"] in ("lead", "contact") else None,
            self.words("inactive") if record["inactive_since"] else None,
            self.words("incomplete") if self._customers.missing(record) else None,
        ]
        told = "".join(f" ({mark})" for mark in marks if mark)
        return f"{record['display_name']}{told}"

    def refresh(self) -> None:
        """Show the customer as it is now."""
        with self._store.turn():
            held = self._customers.get(self.id)
            if held["id"] != self.id:
                self._take_over(held)
            super().refresh()
            if held["parent"] != self._above:
                self._show_place(self._customers.get(held["parent"]) if held["parent"] is not None else None)
            elif held["parent"] is None and not self.is_sub_customer.value:
                self._show_place(None)
            self._standing.description = self.words("activate" if held["inactive_since"] else "make_inactive")
            self._convert.layout.display = "" if held["kind"] in ("lead", "contact") else "none"

    def refused(self, name: str, error: InvoicekitError) -> None:
        """Offer the merge where a name is that of another customer."""
        if name != "display_name" or not isinstance(error, MergeProposed):
            return
        other = self._customers.get(error.into)
        if error.into in self._declined:
            self.fields[name].say(self.words("name_taken", name=other["display_name"]), "refused")
            return
        self.fields[name].say(self.words("name_taken_question", name=other["display_name"]), "refused")
        question = Question(
            self.words("one_and_the_same", name=other["display_name"], id=other["id"]),
            (
                (self.words("they_are_one"), lambda: self.offer_merge(error.into)),
                (self.words("they_are_two"), lambda: self._declined.add(error.into)),
            ),
        )
        # Somebody may be typing on: the cursor stays where it is.
        self.put(question, look=False)

    def odd(self, record: Mapping[str, Any]) -> Mapping[str, str]:
        """Return by field why a country, an e-mail address or a tax id looks odd."""
        return self._customers.odd(record)

    def offer_merge(self, into: int) -> None:
        """Show what would move to another customer, and merge once that is confirmed."""
        with self.told():
            self.flush()
            merge = self._customers.merge(self.id, into=into)
            self.put(merge_question(merge, self.words, lambda: self.do(confirm), lambda: None))

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
            text = self.words("all_else_is_saved", what=unsaved)
        else:
            text = self.words("saved_with_warnings", number=warned) if warned else self.words("nothing_is_missing")
        details = [table(told, ["label", "value", "warning"], words=self.words)]
        self.ask(text, (self.words("close_the_form"), self.leave), (self.words("go_on"), lambda: None), details=details)

    def not_saved(self) -> str:
        """Name what was typed and is not saved, with what was typed; nothing where all is saved."""
        if not self.is_open:
            return ""
        told = [super().not_saved()]
        if self.is_sub_customer.value and self._above is None and self.parent.text.value:
            told.append(self.words("is_not_chosen", field=self.parent.text.description, text=self.parent.text.value))
        return ", ".join(filter(None, told))

    def close(self) -> None:
        """Save what was typed and take the form away; a new customer that nobody touched goes as well."""
        if not self.is_open:
            return
        refused = bool(self.not_saved())
        super().close()
        if self._begun is not None and not refused:
            with contextlib.suppress(UndoRefused):
                undo(self._store, self._begun)

    def _views(self) -> dict[str, Callable[[], Any]]:
        """Return what belongs to the customer."""
        of: dict[str, Any] = {"customer": self.id, "language": self.language}
        w = self.words
        return {
            w("sub_customers"): lambda: table(
                self._customers.list(parent=self.id, include_inactive=True), ("customer", "city", "email", "phone"), words=w
            ),
            w("matters"): lambda: MattersScreen(self._hold, **of),
            w("activities"): lambda: ActivitiesScreen(self._hold, **of),
            w("invoices"): lambda: InvoicesScreen(self._hold, **of),
            w("payments"): lambda: PaymentsScreen(self._hold, **of),
            w("account"): lambda: table(
                self._customers.explain(self.id).tail(200), _ACCOUNT, words=w
            ),
            w("history"): lambda: table(
                frame(self._store.story("customers", self.id)).tail(200).iloc[::-1],
                _HISTORY, words=w,
            ),
        }  # fmt: skip

    def _keep(self, name: str, value: Any) -> None:
        self._customers.change(self.id, **{name: value})
        self._begun = None

    def _take_over(self, held: Mapping[str, Any]) -> None:
        """Become the form of the customer that this one was merged into."""
        lost = [f'{field.label}: "{field.text}"' for field in self.fields.values() if field.is_pending]
        self.id = int(held["id"])
        for field in self.fields.values():
            field.drop()
        left = f" {self.words('not_kept', what=', '.join(lost))}" if lost else ""
        self.say(f"{self.words('merged_into', name=held['display_name'])}{left}")

    def _convert_now(self) -> None:
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
            held = self._customers.get(self.id)["parent"]
            self._show_place(self._customers.get(held) if held is not None else None)
            self.parent.say(self.words("not_saved", why=error), "refused")
            return
        self.parent.say(self.words("saved_now"), "saved")
        self.refresh()

    def _ticked(self, change: Mapping[str, Any]) -> None:
        if self._ticking:
            return
        if change["new"]:
            self.parent.box.layout.display = ""
            self.parent.say(self.words("choose_the_parent"), "refused")
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
        self.fields["bill_to"].box.layout.display = shown
        if above is not None:
            self.parent.show(f"{above['display_name']} ({above['id']})", self._above)
            self.parent.say("")

    def _turn_standing(self) -> None:
        self.flush()
        if self._customers.get(self.id)["inactive_since"] and not self._customers.went_down_with(self.id):
            self._customers.activate(self.id)
            self.refresh()
            return
        self.put(standing_question(self._customers, self.id, self.words, self.say, self.refresh))
