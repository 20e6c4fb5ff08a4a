"""Payments on a screen: the list, recording one, and what it settles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets

from invoicekit import money
from invoicekit.errors import InvalidValue
from invoicekit.forms.finding import customers_found
from invoicekit.forms.parts.dialog import ask_for, control
from invoicekit.forms.parts.grid import Column
from invoicekit.forms.parts.listing import Action, Listing
from invoicekit.forms.parts.picker import Picker
from invoicekit.forms.parts.screen import Screen
from invoicekit.forms.parts.table import table
from invoicekit.forms.parts.words import Words
from invoicekit.ledger import Customers, Payments
from invoicekit.ledger.billing.settling import still_open
from invoicekit.ledger.parties.customers import Which
from invoicekit.reports import Reports
from invoicekit.store import Hold

__all__ = ["PaymentsScreen", "ask_payment"]


class PaymentsScreen(Listing):
    """The payments of a book, or of one customer."""

    def __init__(
        self,
        hold: Hold,
        *,
        customer: Which | None = None,
        language: str = "en",
        closed: Callable[[], object] | None = None,
    ) -> None:
        w, self._payments, self._customer = Words(language), Payments(hold), customer
        columns = (
            Column("date", w("date"), width="104px"),
            Column("customer", w("customer"), width="3fr"),
            Column("amount", w("amount"), "right", "150px"),
            Column("unapplied", w("unapplied"), "right", "150px"),
            Column("invoice_number", w("for_invoice"), width="120px"),
            Column("method", w.label("payments", "method"), width="1fr"),
            Column("reference", w.label("payments", "reference"), width="1.6fr"),
            Column("bounced_on", w("bounced"), width="104px"),
        )
        actions = (
            Action(w("what_it_settles"), self._show_settled, single=True),
            Action(w("apply_oldest"), self._apply),
            Action(w("apply_otherwise"), self._apply_otherwise, single=True),
            Action(w("bounce"), self._bounce, single=True, style="danger"),
        )
        super().__init__(
            hold, columns, lambda: self._payments.pages(customer=customer), w("payments"), actions=actions,
            sums=("amount", "unapplied"), more=((w("record_payment"), self.add),),
            opens=lambda id_: self._show_settled([id_]), height_px=360, language=language, closed=closed,
        )  # fmt: skip

    def add(self) -> None:
        """Ask for a payment."""
        which = Customers(self._hold).get(self._customer)["id"] if self._customer is not None else None
        ask_payment(self, self._hold, customer=which)

    def look(self, row: Mapping[str, Any]) -> str | None:
        """Show those that bounced muted."""
        return "inactive" if row["bounced_on"] else None

    def _show_settled(self, ids: list[int]) -> None:
        found = self._payments.allocations(payment=ids[0])
        if not len(found):
            self.say(self.words("settles_nothing"))
            return
        options = [
            (f"{row['date']} · {row['number']} · {money.show(row['amount'], row['currency'])}", int(row["id"]))
            for row in found.to_dict("records")
            if row["taken_back_on"] is None or row["taken_back_on"] != row["taken_back_on"]
        ]
        shown = table(found, ("date", "number", "customer", "amount", "taken_back_on", "currency"), words=self.words)
        if not options:
            self.show_widget(shown)
            return
        back = control("choice", self.words("allocation"), options[0][1], options=options)

        def take_back(given: dict[str, Any]) -> None:
            self._payments.take_back(given["allocation"])
            self.say(self.words("taken_back"))

        ask_for(
            self,
            self.words("what_it_settles"),
            {"allocation": back},
            {self.words("take_back"): take_back},
            details=[shown],
        )

    def _apply(self, ids: list[int]) -> None:
        with self._store.operation("apply payments"):
            made = sum(self._payments.allocate(id_) for id_ in ids)
        self.grid.tick(())
        self.say(self.words.count("applied", made))

    def _apply_otherwise(self, ids: list[int]) -> None:
        chooser = _Chooser(self._hold, self.words)
        chooser.show(self._payments.get(ids[0])["customer"])

        def apply(_: dict[str, Any]) -> None:
            made = self._payments.reallocate(ids[0], chooser.chosen)
            self.grid.tick(())
            self.say(self.words.count("applied", made))

        question = {"invoices": chooser.control}
        ask_for(self, self.words("apply_question"), question, {self.words("apply"): apply}, details=[chooser.hint])

    def _bounce(self, ids: list[int]) -> None:
        w = self.words
        controls = {"reason": control("text", w("reason")), "on": control("date", w("date"), self._store.today)}

        def bounce(given: dict[str, Any]) -> None:
            self._payments.bounce(ids[0], **given)
            self.grid.tick(())
            self.say(w("bounced_now"))

        ask_for(self, w("bounce_question"), controls, {w("bounce"): bounce})


class _Chooser:
    """Choosing which open items money settles; none chosen, it settles what is due first."""

    def __init__(self, hold: Hold, words: Words) -> None:
        self._reports, self._words = Reports(hold), words
        self.control = ipywidgets.SelectMultiple(
            description=words("settles"), options=[], rows=4, layout=ipywidgets.Layout(width="auto", display="none"),
            style={"description_width": "13em"},
        )  # fmt: skip
        self.hint = ipywidgets.HTML()

    @property
    def chosen(self) -> list[int] | None:
        """The invoices that are chosen; None for what is due first."""
        return [*self.control.value] or None

    def show(self, customer: int, only: int | None = None) -> None:
        """Show what a customer owes."""
        found = [row for row in self._reports.run("open_items", tree=customer).table.to_pylist() if row["amount"] > 0]
        self.control.options = [
            (f"{row['number']} · {row['due_date']} · {money.show(row['amount'], row['currency'])}", row["record"])
            for row in found[:200]
            if row["kind"] == "invoice"
        ]
        self.control.rows = min(8, max(2, len(found)))
        self.control.layout.display = "" if found else "none"
        self.hint.value = f'<p class="ik-quiet">{self._words("oldest_first" if found else "nothing_open")}</p>'
        if only is not None and only in {invoice for _, invoice in self.control.options}:
            self.control.value = (only,)


def ask_payment(
    screen: Screen, hold: Hold, *, customer: int | None = None, invoice: Mapping[str, Any] | None = None
) -> None:
    """Ask for a payment: of whom, how much, when, and what it settles; nothing is posted before it is confirmed."""
    w, chooser = screen.words, _Chooser(hold, screen.words)
    search, called = customers_found(hold)
    payer = Picker(w("customer") + " *", search, chooser.show, w)
    owed = ""
    if customer is not None:
        payer.show(called(customer), customer)
        chooser.show(customer, invoice["id"] if invoice else None)
    if invoice is not None:
        due = still_open(hold.store, invoice["id"])
        owed = f"{money.round_to(due, money.digits(invoice['currency'])):f}" if due > 0 else ""
    controls: dict[str, Any] = {
        "customer": payer,
        "amount": control("text", w("amount") + " *", owed),
        "date": control("date", w("date") + " *", hold.store.today),
        "currency": control("text", w.label("payments", "currency"), invoice["currency"] if invoice else ""),
        "method": control("text", w.label("payments", "method")),
        "reference": control("text", w.label("payments", "reference")),
        "invoices": chooser.control,
    }

    def record(given: dict[str, Any]) -> None:
        payer_id, chosen = given.pop("customer"), given.pop("invoices")
        if payer_id is None:
            raise InvalidValue(w("choose_who_paid"))
        made = Payments(hold).record(payer_id, invoices=[*chosen] or None, **given)
        held = Payments(hold).get(made)
        settled = len(Payments(hold).allocations(payment=made))
        said = w.count("recorded", settled, amount=money.show(held["amount"], held["currency"]))
        screen.done_with_chosen()
        screen.say(said)

    ask_for(screen, w("payment_question"), controls, {w("record_payment"): record}, details=[chooser.hint])
