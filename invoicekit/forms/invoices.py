"""Invoices on a screen: the list by status, and what can be done with those that are chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import ipywidgets

from invoicekit.documents import Documents, Invoices
from invoicekit.errors import InvalidValue
from invoicekit.forms.draft import DraftForm
from invoicekit.forms.finalising import ask_to_finalise
from invoicekit.forms.finding import customers_found, matters_found
from invoicekit.forms.parts.dialog import ask_for, control
from invoicekit.forms.parts.download import link, page
from invoicekit.forms.parts.grid import Column
from invoicekit.forms.parts.listing import Action, Listing
from invoicekit.forms.parts.picker import Picker
from invoicekit.forms.parts.table import table
from invoicekit.forms.parts.words import Words
from invoicekit.forms.payments import ask_payment
from invoicekit.forms.sending import ask_means, ask_to_send, warned
from invoicekit.ledger import Customers, Matters
from invoicekit.ledger.parties.customers import Which
from invoicekit.store import Hold

__all__ = ["InvoicesScreen"]

_DRAFT, _FINAL, _CLOSED = (frozenset({one}) for one in ("draft", "final", "closed"))


class InvoicesScreen(Listing):
    """The invoices of a book, of one customer or on one matter; closed ones are shown where they are asked for.

    Attributes
    ----------
    status
        Which are shown: all but the closed ones unless told.
    """

    def __init__(
        self,
        hold: Hold,
        *,
        matter: Which | None = None,
        customer: Which | None = None,
        language: str = "en",
        closed: Callable[[], object] | None = None,
    ) -> None:
        w, self._of, self._invoices = Words(language), {"matter": matter, "customer": customer}, Invoices(hold)
        self.status = ipywidgets.Dropdown(
            options=[(w("all_but_closed"), ""), *((w.value(one), one) for one in ("draft", "final", "closed"))],
            description=w("status"), layout=ipywidgets.Layout(width="16em"), style={"description_width": "initial"},
        )  # fmt: skip
        columns = (
            Column("number", w("number"), width="120px"),
            Column("kind", w("kind"), width="100px"),
            Column("customer", w("customer"), width="3fr"),
            Column("date", w("date"), width="104px"),
            Column("due_date", w("due_date"), width="104px"),
            Column("total", w("total"), "right", "150px"),
            Column("amount_due", w("amount_due"), "right", "150px"),
            Column("payment_status", w("payment"), width="110px"),
            Column("status", w("status"), width="90px"),
        )
        actions = (
            Action(w("edit"), lambda ids: self.open(ids[0]), single=True, when=_DRAFT),
            Action(w("finalise"), self._finalise, when=_DRAFT, style="primary"),
            Action(w("send"), lambda ids: ask_to_send(self, hold, ids), when=_FINAL),
            Action(w("sent_otherwise"), lambda ids: ask_means(self, hold, ids), when=_FINAL),
            Action(w("show"), lambda ids: self.open(ids[0]), single=True, when=_FINAL | _CLOSED),
            Action(w("pdf"), self._print),
            Action(w("record_payment"), self._pay, single=True, when=_FINAL),
            Action(w("credit"), self._credit, single=True, when=_FINAL),
            Action(w("close_invoice"), self._close, when=_FINAL),
            Action(w("revert_to_final"), self._reopen, when=_CLOSED),
            Action(w("delete"), self._delete, when=_DRAFT, style="danger"),
        )
        super().__init__(
            hold, columns, lambda: self._invoices.pages(status=self.status.value or None, **self._of), w("invoices"),
            actions=actions, state="status", sums=("total", "amount_due"), filters=(self.status,), opens=self.open,
            more=((w("new_invoice"), self.add),), height_px=360, language=language, closed=closed,
        )  # fmt: skip

    def open(self, invoice: int) -> DraftForm | None:
        """Open a draft for editing, or show an issued invoice as it is printed."""
        if self._invoices.get(invoice)["status"] == "draft":
            form = DraftForm(self._hold, invoice, language=self.language, closed=self.inner_closed)
            form.finalise = lambda: self._finalise([invoice])
            self.enter(form)
            return form
        document = Documents(self._hold).invoice(invoice)
        went = self._invoices.sendings(invoice)
        shown = [page(document.name, document.html)]
        if len(went):
            shown.insert(0, table(went, ("date", "means", "recipient", "note"), self.words("sendings"), self.words))
        self.show_widget(ipywidgets.VBox(shown))
        return None

    def add(self) -> None:
        """Ask whom to bill: the unbilled work on a matter, or a customer by lines of one's own."""
        w, given = self.words, self._of
        if given["matter"] is not None:
            self.bill(Matters(self._hold).get(given["matter"])["id"])
            return
        customer = Picker(w("customer"), customers_found(self._hold)[0], lambda _: None, w)
        matter = Picker(w("matter_to_bill"), matters_found(self._hold)[0], lambda _: None, w)
        if given["customer"] is not None:
            held = Customers(self._hold).get(given["customer"])
            customer.show(f"{held['display_name']} ({held['id']})", held["id"])

        def draft(answer: dict[str, Any]) -> None:
            if answer["matter"] is not None:
                self._draft(answer["matter"], customer=answer["customer"])
            elif answer["customer"] is not None:
                lines = [{"description": w("new_line"), "quantity": "1", "unit_price": "0"}]
                self._draft(customer=answer["customer"], lines=lines)
            else:
                raise InvalidValue(w("choose_whom_to_bill"))

        ask_for(self, w("new_invoice_question"), {"customer": customer, "matter": matter}, {w("draft_it"): draft})

    def bill(self, matter: int, **more: Any) -> DraftForm | None:
        """Draft an invoice of all unbilled work on a matter, and open it."""
        self.do(lambda: self._draft(matter, **more))
        return self.inner if isinstance(self.inner, DraftForm) else None

    def _draft(self, *of: Any, **more: Any) -> None:
        made = self._invoices.draft(*of, **{name: one for name, one in more.items() if one is not None})
        self.refresh()
        self.open(made)

    def _finalise(self, ids: list[int]) -> None:
        if self.inner is not None:
            self.inner.flush()
        ask_to_finalise(self, self._hold, ids)

    def _print(self, ids: list[int]) -> None:
        documents = Documents(self._hold)
        if len(ids) == 1:
            one = documents.invoice(ids[0])
            self.show_widget(link(f"{one.name}.pdf", one.pdf, self.words("save_file", name=f"{one.name}.pdf")))
            return
        packed = BytesIO()
        with ZipFile(packed, "w") as archive:
            for id_ in ids:
                one = documents.invoice(id_)
                archive.writestr(f"{one.name}.pdf", one.pdf)
        self.show_widget(link("invoices.zip", packed.getvalue(), self.words.count("save_files", len(ids))))

    def _pay(self, ids: list[int]) -> None:
        held = self._invoices.get(ids[0])
        ask_payment(self, self._hold, customer=held["customer"], invoice=held)

    def _credit(self, ids: list[int]) -> None:
        w = self.words
        controls = {"reason": control("text", w("reason")), "amount": control("text", w("amount_or_all"))}

        def credit(given: dict[str, Any]) -> None:
            note = self._invoices.credit(ids[0], **{name: one for name, one in given.items() if one is not None})
            number = self._invoices.get(note)["number"]
            self.grid.tick(())
            self.say(w("credited", number=number))

        number = self._invoices.get(ids[0])["number"]
        ask_for(self, w("credit_question", number=number), controls, {w("credit"): credit})

    def _close(self, ids: list[int]) -> None:
        _, told = warned(lambda: self._invoices.close(ids))
        self.grid.tick(())
        self.say(f"{self.words.count('closed_many', len(ids))} {told}".strip(), "warning" if told else "saved")

    def _reopen(self, ids: list[int]) -> None:
        self._invoices.reopen(ids)
        self.grid.tick(())
        self.say(self.words.count("reopened_many", len(ids)))

    def _delete(self, ids: list[int]) -> None:
        def delete() -> None:
            with self._store.operation("delete drafts"):
                for id_ in ids:
                    self._invoices.delete_draft(id_)
            self.grid.tick(())
            self.say(self.words.count("drafts_deleted", len(ids)))

        self.ask(
            self.words.count("delete_drafts_question", len(ids)),
            (self.words("yes"), delete),
            (self.words("no"), lambda: None),
        )

    def _rows(self, first: int, count: int, sort: str, descending: bool) -> tuple[int, Sequence[Mapping[str, Any]]]:
        total, rows = super()._rows(first, count, sort, descending)
        # A draft has no number yet, and something to click on.
        return total, [{**row, "number": row["number"] or f"({self.words('draft')} {row['id']})"} for row in rows]

    def look(self, row: Mapping[str, Any]) -> str | None:
        """Show closed ones muted."""
        return "inactive" if row["status"] == "closed" else None
